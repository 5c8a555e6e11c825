"""Memory and processes of a zygote and of all that it forks, held together by cgroup v2 where that is delegated.

Each run has limits of its own already. A group counts what those cannot: the memory of files, pipes and sockets, and
all processes at once. It is made in the group of this process or in the one above, wherever whoever set up the machine
allows that and passes ``memory`` and ``pids`` on (``cgroup.subtree_control``).
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from .confinement import Bounds

_CONTROLLERS = {"memory", "pids"}
_SPARE_BYTES = 256 << 20
"""For the zygote itself and what the kernel keeps for it."""
_WAITS, _WAIT_S = 50, 0.02
_SPARE_PIDS = 64
"""For a compiler and its parts."""


def delegated() -> Path | None:
    """The group that groups with limits can be made in; null where there is none."""
    try:
        here = _own_group()
    except (OSError, LookupError, ValueError):
        return None
    for folder in (here, here.parent):
        try:
            passed_on = set((folder / "cgroup.subtree_control").read_text().split())
        except OSError:
            continue
        if passed_on >= _CONTROLLERS and os.access(folder, os.W_OK):
            return folder
    return None


def group_of(bounds: Bounds) -> Group | None:
    """A new group with the limits of one run; null where none can be made."""
    if (parent := delegated()) is None:
        return None
    memory = bounds.memory_bytes + bounds.scratch_bytes + 4 * bounds.output_bytes + _SPARE_BYTES
    limits = {"memory.max": memory, "memory.swap.max": 0, "pids.max": bounds.threads + _SPARE_PIDS}
    try:
        return Group(parent, limits)
    except OSError:
        return None


class Group:
    """A group of processes.

    Args:
        parent: the group to make it in.
        limits: what to write to which of its files; files that there are not are left out.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, parent: Path, limits: Mapping[str, int]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tracestill-", dir=parent))
        try:
            for name, value in limits.items():
                if (self._folder / name).exists():
                    (self._folder / name).write_text(str(value))
        except OSError:
            self.remove()
            raise
        self._kills = self._killed()

    def add(self, pid: int) -> None:
        """Put a process into it; what it forks from then on is in it too.

        Raises:
            OSError: the kernel does not let it.
        """
        (self._folder / "cgroup.procs").write_text(str(pid))

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel ended a process for want of memory since this was last asked."""
        before, self._kills = self._kills, self._killed()
        return self._kills > before

    def remove(self) -> None:
        """End what is left in it, and let go of it."""
        with contextlib.suppress(OSError):
            (self._folder / "cgroup.kill").write_text("1")
        for _ in range(_WAITS):  # a process that was killed is there until somebody has noticed
            with contextlib.suppress(OSError):
                self._folder.rmdir()
            if not self._folder.exists():
                return
            time.sleep(_WAIT_S)

    def _killed(self) -> int:
        try:
            words = dict(line.split() for line in (self._folder / "memory.events").read_text().splitlines())
        except (OSError, ValueError):
            return 0
        return int(words.get("oom_kill", 0))


def _own_group() -> Path:
    """The folder of the group that this process is in."""
    [own] = [line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")]
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        place, _, kind = line.partition(" - ")
        if kind.startswith("cgroup2 "):
            root, mounted = place.split()[3:5]
            return Path(mounted) / Path(own).relative_to(root)
    raise LookupError("no cgroup v2 is mounted")
