"""One zygote as its supervisor sees it: start it, have it run a payload, wait, and say how the run ended.

Nothing of a program or a test is executed on this side.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from .cgroup import Group, group_of
from .confinement import MAX_DESCRIPTORS, Bounds
from .watching import deleted_files, memory_file, overflows, remove, seconds_on_run_queue

Tier = Literal["namespaces", "landlock", "none"]
Role = Literal["candidate", "grader", "pytest", "native"]

_START_SECONDS = 60.0
_BOOT = (
    "import sys,types;p=types.ModuleType('sandbox');p.__path__=[sys.argv[1]];sys.modules['sandbox']=p;"
    "from sandbox import zygote;zygote.main(int(sys.argv[2]),*sys.argv[3:])"
)
_KILL, _CPU_LIMIT, _FILE_LIMIT = -9, -24, -25
_STARVED = 0.1
"""Share of its time on the clock that a program waited for a processor, from which on the clock is no proof."""


class SandboxFault(RuntimeError):
    """The sandbox itself failed: no verdict on any program."""


class Ended(NamedTuple):
    """How a run ended."""

    status: int
    """The exit code, or minus the signal."""
    limit: str | None
    """The limit that it hit, as far as that is known from outside."""
    is_starved: bool = False
    """Whether it hit the limit on the clock while it waited for a processor."""


class Runner:
    """Starts its zygote on first use. One run at a time; not for several threads.

    Args:
        tier: what its zygote enters.
        role: what a run does.
        bounds: the limits of a run.
        extra: the folder that the zygote has pytest from in the role of that name, or the places that it shows in the
            role ``native``, as JSON.
    """

    def __init__(self, tier: Tier, role: Role, bounds: Bounds, extra: str | None = None) -> None:
        self._tier: Tier = tier
        self._role = role
        self._bounds = bounds
        self._extra = extra
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._folder: Path | None = None
        self._group: Group | None = None
        self._stopped: str | None = None
        self._is_starved = False
        self._is_needless = False
        self._said = b""

    def start(self) -> None:
        """Have the zygote ready.

        Raises:
            SandboxFault: this machine does not let it enter its tier, or it does not start.
        """
        if self._process is not None:
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = ours
        self._folder = Path(tempfile.mkdtemp(prefix="tracestill-"))
        python: str = getattr(sys, "_base_executable", sys.executable)
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(python, "-I", "-S", "-X", "utf8", "-c", _BOOT, str(Path(__file__).parent)),
                    *(str(theirs.fileno()), self._tier, self._role, str(self._folder), json.dumps(self._bounds)),
                    *([self._extra] if self._extra else []),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._join_group(self._process.pid)
        ours.settimeout(_START_SECONDS)
        try:
            said = ours.recv(4096)
        except OSError as error:
            said = str(error).encode()
        if said != b"ready":
            self.close()
            raise SandboxFault(said.decode(errors="replace") or "the sandbox process did not start")
        ours.settimeout(None)

    def _join_group(self, pid: int) -> None:
        self._group = group_of(self._bounds)
        try:
            if self._group is not None:
                self._group.add(pid)
        except OSError:  # every run has limits of its own without it
            assert self._group is not None
            self._group.remove()
            self._group = None

    def begin(self, payload: Mapping[str, Any], descriptors: Mapping[int, int]) -> None:
        """Start a run.

        Args:
            payload: what the child is told.
            descriptors: for each place in the child, the descriptor here that goes there.

        Raises:
            SandboxFault: the zygote is gone.
        """
        self.start()
        assert self._control is not None
        self._stopped, self._is_starved, self._is_needless = None, False, False
        with memory_file(json.dumps(payload).encode()) as told:
            try:
                socket.send_fds(
                    self._control, [json.dumps([4, *descriptors]).encode()], [told.fileno(), *descriptors.values()]
                )
            except OSError as error:
                raise self._lost(error) from error

    def fileno(self) -> int:
        """The descriptor that can be read once the run has ended."""
        assert self._control is not None
        return self._control.fileno()

    @property
    def has_ended(self) -> bool:
        """Whether the end of the run was told while it was looked at; then nothing is left to be read."""
        return bool(self._said)

    def stop(self, limit: str | None) -> None:
        """End the run now; ``limit`` is the one that it passed, null where it is only no longer needed."""
        assert self._control is not None
        if limit is None:
            self._is_needless = True
        else:
            self._stopped = limit
            self._is_starved = limit == "time" and self._waited_for_processor()
        try:
            self._control.send(b"kill")
        except OSError as error:
            raise self._lost(error) from error

    def end(self) -> Ended:
        """How the run ended; waits for it.

        Raises:
            SandboxFault: the zygote is gone.
        """
        assert self._control is not None
        try:
            said, self._said = self._said or self._control.recv(4096), b""
            answer = json.loads(said)
        except (OSError, ValueError) as error:
            raise self._lost(error) from error
        out_of_memory = self._group is not None and self._group.ran_out_of_memory()
        if not answer["is_clean"]:
            self.close()  # what is on disk goes with the zygote, and the next run has a new one
        limit = self._stopped or self._limit(answer["status"], answer["cpu_s"])
        if answer["status"] == _KILL and out_of_memory:
            limit = "memory"
        if not answer["was_ready"] and limit is None and not self._is_needless:
            raise self._lost(RuntimeError("a run could not be confined"))
        return Ended(answer["status"], limit, self._is_starved)

    def overflows(self) -> bool:
        """Whether the run keeps more files than it may; where they are in memory of its own it cannot."""
        if self._tier == "namespaces" or self._folder is None:
            return False
        if overflows(self._folder, self._bounds.scratch_bytes):
            return True
        with self._handle() as handle:
            try:
                return handle is not None and deleted_files(handle) > MAX_DESCRIPTORS
            except (OSError, LookupError, ValueError):
                return False

    def close(self) -> None:
        """End the zygote and everything in it."""
        process, control, folder, group = self._process, self._control, self._folder, self._group
        self._process = self._control = self._folder = self._group = None
        if control is not None:
            control.close()
        if process is not None:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if group is not None:
            group.remove()
        if folder is not None:
            remove(folder)

    def _limit(self, status: int, cpu_s: float) -> str | None:
        if status == _CPU_LIMIT or (status == _KILL and cpu_s > self._bounds.cpu_s):
            return "cpu"
        return "output" if status == _FILE_LIMIT else None

    def _waited_for_processor(self) -> bool:
        """Whether the program waited for a processor for a good part of its time; where that is unknown, it did."""
        with self._handle() as handle:
            try:
                return handle is None or seconds_on_run_queue(handle) > _STARVED * self._bounds.cpu_s
            except (OSError, ValueError, LookupError):
                return True

    @contextmanager
    def _handle(self) -> Generator[int | None]:
        """A pidfd of what runs; null where it has ended."""
        assert self._control is not None
        handles: list[int] = []
        if not self._said:
            try:
                self._control.send(b"look")
                said, handles, _, _ = socket.recv_fds(self._control, 4096, 1)
            except OSError as error:
                raise self._lost(error) from error
            if not handles:
                self._said = said
        try:
            yield handles[0] if handles else None
        finally:
            for handle in handles:
                os.close(handle)

    def _lost(self, error: Exception) -> SandboxFault:
        self.close()
        return SandboxFault(f"the sandbox process was lost: {error or type(error).__name__}")
