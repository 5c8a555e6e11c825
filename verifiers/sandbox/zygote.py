"""A warm process that forks one confined child for each run. Started by exec, so that it holds nothing of ours.

It talks with the supervisor over a socket of packets: a request with descriptors, then one answer when the child has
ended. In between the supervisor may ask for the child's handle (``look``) or for its end (``kill``).
"""

from __future__ import annotations

import _sitebuiltins
import builtins
import contextlib
import fcntl
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from . import candidate, confinement, grader, kernel, native, pytest_files, seccomp
from .confinement import Bounds

PRELOADED = (
    *("typing", "math", "collections", "functools", "itertools", "re", "string"),
    *("heapq", "bisect", "operator", "copy", "random", "datetime"),
)
"""What programs import most: each fork inherits it."""
PAYLOAD = 4
"""The descriptor that a request's payload comes in."""
_READY = 6
"""The descriptor on which a child says that it has given everything up, before it runs anything."""
_REQUEST_BYTES = 65536
_ROLES = {"candidate": candidate.run, "grader": grader.run, "pytest": grader.run, "native": native.run}
_OWN_TASKS = 3
"""This process, the one that waits for it outside, and one to spare."""
_OTHERS_TO_COME = 1024
"""Tasks that the same user may start elsewhere meanwhile."""


class Zygote:
    """The process itself, once it is in its tier."""

    def __init__(
        self, control: socket.socket, tier: str, role: str, folder: Path, bounds: Bounds, tools: Sequence[str]
    ) -> None:
        self._control = control
        self._tier = tier
        self._run = _ROLES[role]
        self._is_native = role == "native"
        self._bounds = bounds
        shares_user = tier != "namespaces" and os.getuid() != 0
        self._others = _tasks_of(os.getuid()) + _OTHERS_TO_COME if shares_user else _OWN_TASKS
        match tier:
            case "namespaces":
                self._scratch, self._stdin = confinement.enter_namespaces(folder, bounds, tools)
            case "landlock":
                self._scratch, self._stdin = confinement.enter_landlock(folder, tools)
            case _:
                self._scratch, self._stdin = confinement.enter_nothing(folder)
        self._untouched = _state(self._scratch)

    def serve(self) -> NoReturn:
        """Run what is asked for until the supervisor hangs up."""
        gc.collect()
        gc.freeze()
        self._control.send(b"ready")
        while True:
            data, descriptors, _, _ = socket.recv_fds(self._control, _REQUEST_BYTES, 8)
            if not data:
                os._exit(0)
            if data in (b"kill", b"look"):  # the child had ended already
                continue
            self._control.send(json.dumps(self._fork(json.loads(data), descriptors)).encode())

    def _fork(self, places: list[int], descriptors: list[int]) -> dict[str, Any]:
        told, ready = os.pipe()
        child = os.fork()
        if child == 0:
            self._be_child([*places, _READY], [*descriptors, ready])
        os.close(ready)
        answer = self._watch(child)
        if native.PRODUCT in places:
            self._copy_product(dict(zip(places, descriptors, strict=True))[native.PRODUCT])
        answer["is_clean"] = self._is_clean()
        for descriptor in descriptors:
            os.close(descriptor)
        answer["was_ready"] = os.read(told, 1) != b""
        os.close(told)
        return answer

    def _be_child(self, places: Sequence[int], descriptors: Sequence[int]) -> NoReturn:
        """Put each descriptor in its place, give up everything else, and run."""
        try:
            if self._stdin is not None:
                given = dict(zip(places, descriptors, strict=True)).get(0)
                os.ftruncate(self._stdin, 0)
                os.pwrite(self._stdin, b"" if given is None else _whole(given), 0)
            high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 64) for descriptor in descriptors]
            for place in {0, 1, 2} - set(places):  # not the zygote's own: flags and locks go with an open file
                nothing = os.open(os.devnull, os.O_RDWR)
                os.dup2(nothing, place)
                os.close(nothing)
            for place, descriptor in zip(places, high, strict=True):
                os.dup2(descriptor, place)
            payload = json.loads(_whole(PAYLOAD))
            kept = {0, 1, 2, *places} - {PAYLOAD}
            is_confined = self._tier != "none"
            if self._is_native:
                native.prepare(payload)
                kept = kept - {native.PRODUCT} | {seccomp.EXECUTABLE}
                how = payload["executing"], payload["empty"]
                reserves = payload.get("reserves", False)
                confinement.confine_run(
                    self._bounds, self._others, kept, *how, is_confined=is_confined, reserves=reserves
                )
            else:
                confinement.confine_run(self._bounds, self._others, kept, is_confined=is_confined)
            os.write(_READY, b"1")
            os.close(_READY)
            self._run(payload)
        finally:
            os._exit(70)

    def _watch(self, child: int) -> dict[str, Any]:
        handle = os.pidfd_open(child)
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.register(self._control, select.POLLIN)
        while handle not in dict(poll.poll()):
            word = self._control.recv(64)
            if word == b"look":
                socket.send_fds(self._control, [b"handle"], [handle])
                continue
            os.kill(child, signal.SIGKILL)
            if not word:
                os._exit(0)
        os.close(handle)
        if self._is_native:  # what a compiler started ends with it
            with contextlib.suppress(OSError):
                os.killpg(child, signal.SIGKILL)
        _, status, usage = os.wait4(child, 0)
        return {"status": os.waitstatus_to_exitcode(status), "cpu_s": usage.ru_utime + usage.ru_stime}

    def _copy_product(self, into: int) -> None:
        """Give what a compiler made to the supervisor."""
        with contextlib.suppress(OSError):
            opened = os.open(self._scratch / native.PRODUCED, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(opened, "rb") as made, os.fdopen(os.dup(into), "wb") as target:
                shutil.copyfileobj(made, target)

    def _is_clean(self) -> bool:
        """Whether the scratch folder is as it was; in memory of one's own it is made so."""
        if _state(self._scratch) == self._untouched:
            return True
        if self._tier != "namespaces":
            return False
        confinement.fresh_scratch(self._bounds, again=True)
        self._untouched = _state(self._scratch)
        return True


def _state(folder: Path) -> tuple[object, ...] | None:
    """What any change of a folder or of what is in it changes; null where it cannot be read any more."""
    try:
        found = folder.stat()
        return found.st_mode, found.st_mtime_ns, found.st_ctime_ns, *folder.iterdir()
    except OSError:
        return None


def _tasks_of(uid: int) -> int:
    """Threads that a user has now."""
    count = 0
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and entry.stat().st_uid == uid:
                count += sum(1 for _ in (entry / "task").iterdir())
        except OSError:  # it has ended
            continue
    return count


def _whole(descriptor: int) -> bytes:
    """All of a file; whoever reads on begins where it began."""
    with os.fdopen(os.dup(descriptor), "rb") as file:
        text = file.read()
        file.seek(0)
        return text


def main(descriptor: int, tier: str, role: str, folder: str, bounds: str, extra: str | None = None) -> NoReturn:
    """Enter the tier and serve; what goes wrong is told on the socket and on nothing else."""
    control = socket.socket(fileno=descriptor)
    try:
        for name in PRELOADED:
            importlib.import_module(name)
        if role == "pytest" and extra is not None:
            pytest_files.preload(extra)
        for name in ("exit", "quit"):  # what Python has from its site module
            setattr(builtins, name, _sitebuiltins.Quitter(name, "Ctrl-D"))
        kernel.use_one_arena()
        sys.argv = ["solution.py"]
        tools: list[str] = json.loads(extra) if role == "native" and extra is not None else []
        zygote = Zygote(control, tier, role, Path(folder), Bounds(*json.loads(bounds)), tools)
    except OSError as error:
        control.send(f"{tier}: {error}".encode())
        os._exit(1)
    zygote.serve()
