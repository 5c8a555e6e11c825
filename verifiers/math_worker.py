"""The symbolic tier: a warm process that may be killed, so that no answer can hang or fill this one.

One request at a time, under a lock; no signals, so it works the same in threads, under asyncio and in Ray. The
worker ends when its input does, and so never outlives the process that started it.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

MODULE = "tracestill.verifiers.math_symbolic"
START_SECONDS = 60.0
"""How long a fresh worker may take to import sympy on a busy machine."""
PATIENCE = 20
"""Seconds on the clock, for each second of processor time that a comparison may take, until a worker counts as lost."""


class TooCostly(Exception):
    """The comparison passed its limit of time or memory."""


class WorkerLost(RuntimeError):
    """The worker did not start, died or got no processor time: a fault of ours, and worth another try."""


class Compared(NamedTuple):
    """What the worker says."""

    equal: bool | None
    unread: str | None
    """``reference`` or ``answer``: the side that is no formula."""


class MathWorker:
    """Compares formulas in a process of its own, started on first use. Safe to share between threads."""

    def __init__(self, timeout_s: float, memory_mb: int) -> None:
        self._timeout_s = timeout_s
        self._memory_mb = memory_mb
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def compare(self, reference: Sequence[str], answer: Sequence[str], *, relation: str = "") -> Compared:
        """Whether two formulas, or two relations given by their sides, are equal.

        Args:
            reference: one formula, or the left and right side of a relation.
            answer: the same.
            relation: ``=`` or ``<`` for relations.

        Raises:
            TooCostly: it took too long or too much memory.
            WorkerLost: the worker did not start, or died.
        """
        request = {"reference": list(reference), "answer": list(answer), "relation": relation}
        with self._lock:
            process = self._running()
            try:
                said = self._ask(process, request)
            except (OSError, EOFError, ValueError) as error:
                self._end()
                raise WorkerLost(f"the symbolic worker was lost: {error}") from error
        if said["why"] == "killed":
            raise TooCostly(f"more than {self._timeout_s:g} s of processor time")
        if said["why"] == "MemoryError":
            raise TooCostly(f"more than {self._memory_mb} MB")
        return Compared(said["equal"], said["unread"])

    def warm(self) -> None:
        """Have the worker ready, so that the first comparison does not wait for it."""
        with self._lock:
            self._running()

    def close(self) -> None:
        """End the worker; the next comparison starts a new one."""
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            command = [sys.executable, "-P", "-m", MODULE, str(self._memory_mb), str(self._timeout_s)]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
            )
            try:
                _read_line(self._process, START_SECONDS)
            except (OSError, EOFError, ValueError) as error:
                self._end()
                raise WorkerLost(f"the symbolic worker did not start: {error}") from error
        return self._process

    def _ask(self, process: subprocess.Popen[bytes], request: dict[str, Any]) -> dict[str, Any]:
        assert process.stdin is not None
        process.stdin.write(json.dumps(request).encode() + b"\n")
        return json.loads(_read_line(process, PATIENCE * self._timeout_s))

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def _read_line(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    assert process.stdout is not None
    ready = select.poll()  # not select.select, which knows the first 1,024 descriptors only
    ready.register(process.stdout, select.POLLIN)
    deadline = time.monotonic() + seconds
    line = b""
    while not line.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not ready.poll(left * 1000):
            raise TimeoutError(f"no answer within {seconds:g} s")
        chunk = process.stdout.read(65536)
        if not chunk:
            raise EOFError("it ended")
        line += chunk
    return line
