"""Programs in other languages than Python: compiled where that is needed, then run like any program."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from typing import BinaryIO

from .native import PRODUCT
from .seccomp import EXECUTABLE
from .supervisor import Call, Done, Supervisor
from .toolchains import NotCallable, Toolchain
from .watching import content_of, memory_file

_STDERR, _SCRIPT = 2, 5
_ABORTED = signal.SIGABRT.name
_OUT_OF_MEMORY = (b"std::bad_alloc", b"out of memory")
"""How the languages say why they abort."""
_COMPLAINT_BYTES = 100_000
_COMPLAINT_CHARACTERS = 200


class Language:
    """One program of a language, in its supervisor's tier. Same questions as to ``Supervisor``, of one program."""

    def __init__(self, supervisor: Supervisor, tools: Toolchain) -> None:
        self.limits = supervisor.limits
        self._supervisor = supervisor
        self._tools = tools
        self._stack = ExitStack()
        self._made: tuple[str, BinaryIO] | None = None

    def close(self) -> None:
        """Let go of what was compiled."""
        self._stack.close()

    def call(self, program: str, name: str, calls: Sequence[Call]) -> Done:
        """What a function of the program answers to each call; fewer answers are a failure.

        Raises:
            NotCallable: the language has no such calls.
            SandboxFault: the sandbox failed.
        """
        if any(call.kwargs for call in calls):
            raise NotCallable(f"{self._tools.language} has no arguments by name")
        asked = json.dumps([call.args for call in calls], ensure_ascii=False)
        return self._run(self._tools.with_calls(program, name), asked)

    def whole(self, program: str, stdin: str) -> Done:
        """Run the program from what it reads to what it prints.

        Raises:
            SandboxFault: the sandbox failed.
        """
        return self._run(program, stdin)

    def _run(self, source: str, stdin: str) -> Done:
        if self._made is None or self._made[0] != source:
            file, failure = self._compiled(source) if self._tools.compiles else (self._script(source), None)
            if failure is not None:
                return Done([], b"", failure)
            self._made = source, file
        self._made[1].seek(0)  # a run that read it has left it at its end
        place = EXECUTABLE if self._tools.compiles else _SCRIPT
        told, given = self._tools.running(self.limits.memory_mb), stdin.encode("utf-8", "surrogateescape")
        with memory_file() as complaint:
            files = {place: self._made[1].fileno(), _STDERR: complaint.fileno()}
            done = self._supervisor.native(self._tools, told, given, files)
            said = content_of(complaint, _COMPLAINT_BYTES)
        if done.failure is not None and _ABORTED in done.failure and any(word in said for word in _OUT_OF_MEMORY):
            return done._replace(failure=self.limits.passed("memory"))
        return done

    def _script(self, source: str) -> BinaryIO:
        return self._stack.enter_context(memory_file(source.encode("utf-8", "replace")))

    def _compiled(self, source: str) -> tuple[BinaryIO, str | None]:
        """The executable, and why there is none."""
        made = self._stack.enter_context(memory_file())
        with memory_file() as complaint:
            files = {PRODUCT: made.fileno(), _STDERR: complaint.fileno()}
            done = self._supervisor.native(
                self._tools, self._tools.compiling(), source.encode("utf-8", "replace"), files
            )
            if done.failure is not None:
                return made, f"while it was compiled: {done.failure}"
            if not content_of(made, 1):
                said = content_of(complaint, _COMPLAINT_BYTES).decode(errors="replace").splitlines()
                errors = [line for line in said if "error" in line] or said or ["the compiler says nothing"]
                return made, f"the program does not compile: {errors[0][:_COMPLAINT_CHARACTERS]}"
        return made, None
