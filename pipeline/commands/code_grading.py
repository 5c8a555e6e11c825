"""``tracestill grade code``: programs against their tests, in the sandbox, on any file."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ...verifiers.sandbox.limits import Limits
from ...verifiers.sandbox.runner import SandboxFault, Tier
from ...verifiers.sandbox.sandbox import Judged, Sandbox
from .. import logs
from ..errors import ConfigError
from ..problems.unit_tests import tests_text
from .grading import row_of, text_of, write_answers

_AHEAD = 4
"""Lines that are read ahead, for each thread."""
_TRIES = 2
"""A fault of the sandbox is worth another try."""


def grade_code(file: Path, out: Path, tier: Tier | None, remote: str | None) -> None:
    """Grade every line of ``file`` into the same line of ``out``, which appears when it is complete.

    A line is ``{"id", "code", "tests"}``; ``tests`` has one of the five forms of docs/problems.md. A line that cannot
    be read is answered too, with the outcome ``error``.

    Args:
        file: the programs.
        out: the verdicts.
        tier: the isolation that programs run in; null takes the best that this machine gives.
        remote: the address of a server that runs the programs instead.

    Raises:
        ConfigError: the input is not there, the output cannot be written, or the address is of no known server.
        NoIsolation: this machine gives no isolation.
    """
    try:
        graders = _Graders(lambda: Sandbox(Limits(), tier, remote))
    except ValueError as error:
        raise ConfigError(f"--remote: {error}") from error
    if tier == "none":
        logs.warning("programs run without isolation: they can read, change and send what you can.")
    with graders:
        write_answers(file, out, lambda: _in_order(file, graders))


class _Graders:
    """A thread for each core, each with a sandbox of its own."""

    def __init__(self, make: Callable[[], Sandbox]) -> None:
        self.threads = os.cpu_count() or 1
        self._local = threading.local()
        self._stack = ExitStack()
        self._make = make
        self._first = make()
        self._isolation = ""
        self._pool = ThreadPoolExecutor(self.threads)

    def __enter__(self) -> _Graders:
        try:
            self._isolation = self._first.isolation
        finally:
            self._first.close()
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._stack.close()

    def submit(self, place: str, line: bytes) -> Future[dict[str, Any]]:
        return self._pool.submit(self._answer, place, line)

    def _answer(self, place: str, line: bytes) -> dict[str, Any]:
        started = time.perf_counter()
        answer: dict[str, Any] = {"id": None, "outcome": "error", "reason": ""}
        try:
            row = row_of(line)
            answer["id"] = row.get("id")
            judged = self._judged(row)
            answer |= {"outcome": judged.outcome, "reason": judged.reason}
            if judged.is_weak:
                answer["weak"] = True
        except Exception as error:  # noqa: BLE001 - a line that breaks something is answered like any other
            answer["reason"] = f"{place}: {error or type(error).__name__}"
        return answer | {"seconds": round(time.perf_counter() - started, 6), "isolation": self._isolation}

    def _judged(self, row: dict[str, Any]) -> Judged:
        if missing := [name for name in ("id", "code", "tests") if name not in row]:
            raise ValueError(f"the key {missing[0]!r} is missing")
        code, tests = text_of(row, "code"), json.loads(tests_text(row["tests"]))
        for _ in range(_TRIES - 1):
            try:
                return self._sandbox().grade(code, tests)
            except SandboxFault:
                continue
        return self._sandbox().grade(code, tests)

    def _sandbox(self) -> Sandbox:
        found: Sandbox | None = getattr(self._local, "sandbox", None)
        if found is None:
            found = self._local.sandbox = self._make()
            self._stack.callback(found.close)
        return found


def _in_order(file: Path, graders: _Graders) -> Iterator[dict[str, Any]]:
    waiting: deque[Future[dict[str, Any]]] = deque()
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            waiting.append(graders.submit(f"{file}:{number}", line))
            if len(waiting) > graders.threads * _AHEAD:
                yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
