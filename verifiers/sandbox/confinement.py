"""How a process of the sandbox gives up what it could do to the machine, before it sees a line of a program.

Twice: the zygote enters its tier once (namespaces or Landlock), each run gives up the rest (descriptors, limits,
capabilities, system calls). Neither can be taken back.
"""

from __future__ import annotations

import contextlib
import os
import resource
import stat
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from . import kernel, landlock, seccomp
from .library import Library, library

INSIDE_UID = 1000
"""Who a program is inside its user namespace."""
MAX_FILES = 1024
"""Files in the scratch folder."""
MAX_DESCRIPTORS = 64
_STACK_BYTES = 64 << 20
"""Of the first thread: the kernel leaves room for twice that."""
_NAMESPACES = kernel.NEWUSER | kernel.NEWNS | kernel.NEWPID | kernel.NEWNET | kernel.NEWIPC | kernel.NEWUTS
_FIRST_FREE_UID = 0x70000000
_SCRATCH = Path("/tmp")
_STDIN = Path("/dev/stdin")


class Bounds(NamedTuple):
    """The limits of one run."""

    cpu_s: int
    memory_bytes: int
    output_bytes: int
    """Of what is printed, and of one file."""
    scratch_bytes: int
    threads: int


class Places(NamedTuple):
    """What a run shares with its zygote."""

    scratch: Path
    """The folder that a program may write to."""
    stdin: int | None = None
    """The file that a program finds as ``/dev/stdin`` and may only read, where there is no /proc to find it in."""


def enter_namespaces(root: Path, bounds: Bounds, tools: Sequence[str] = ()) -> Places:
    """Become the first process of namespaces of one's own, on a read-only root.

    What called it stays outside and waits for the end of what returns.

    Args:
        root: an empty folder to build on; nothing of it remains visible outside.
        bounds: for the size of the scratch folder.
        tools: further places to show, read-only.

    Raises:
        OSError: this machine does not let it.
    """
    found = library(tools)
    is_root = os.getuid() == 0
    if is_root:  # with rights to reach what the user to be may not
        _own_mounts()
        _build(root, found)
        leave_root()
    uid, gid = os.getuid(), os.getgid()
    kernel.unshare(_NAMESPACES)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{INSIDE_UID} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{INSIDE_UID} {gid} 1")
    _become_first_process()
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    if not is_root:
        _build(root, found)
    kernel.mount(str(root), str(root), None, kernel.MS_BIND | kernel.MS_REC)
    kernel.pivot_root(str(root))
    stdin = _readable_input()
    fresh_scratch(bounds)
    return Places(_SCRATCH, stdin)


def enter_landlock(scratch: Path, tools: Sequence[str] = ()) -> Places:
    """Give up every file but the standard library and ``scratch``, TCP, and signals to others.

    Raises:
        OSError: the kernel has no Landlock of ABI 6, or Python lies where only root may read and cannot be shown.
    """
    if (abi := landlock.abi()) < landlock.LEAST_ABI:
        raise OSError(95, f"Landlock has ABI {abi} here, and {landlock.LEAST_ABI} is needed (Linux 6.12)")
    found = library()
    if os.getuid() == 0:
        _show(found)
        leave_root(scratch)
    executable = [*tools, *found.shared] if tools else []
    landlock.confine([*found.files(), "/dev/urandom"], [str(scratch), "/dev/null"], executable=executable)
    os.chdir(scratch)
    return Places(scratch)


def enter_nothing(scratch: Path) -> Places:
    """No isolation at all, except that nobody runs a program as root."""
    if os.getuid() == 0:
        with contextlib.suppress(OSError):
            _show(library())
        leave_root(scratch)
    os.chdir(scratch)
    return Places(scratch)


def leave_root(scratch: Path | None = None) -> None:
    """Become a user that nobody is, for good, and the owner of ``scratch``.

    Raises:
        OSError: the user namespace that this runs in has none to spare.
    """
    os.setgroups([])
    uid = _FIRST_FREE_UID + os.getpid()
    try:
        os.setresgid(uid, uid, uid)
    except OSError:  # a container that has 65,536 users
        uid = 60000 + os.getpid() % 5000
        os.setresgid(uid, uid, uid)
    if scratch is not None:
        os.chown(scratch, uid, uid)
    os.setresuid(uid, uid, uid)
    kernel.be_dumpable()


def fresh_scratch(bounds: Bounds, *, again: bool = False) -> None:
    """Mount an empty scratch folder in memory, in place of the last one."""
    if again:
        os.chdir("/")
        kernel.unmount(str(_SCRATCH))
    room = f"size={bounds.scratch_bytes},nr_inodes={MAX_FILES},mode=700,uid={INSIDE_UID},gid={INSIDE_UID}"
    kernel.mount("scratch", str(_SCRATCH), "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC, room)
    os.chdir(_SCRATCH)


def confine_run(
    bounds: Bounds,
    others: int,
    kept: Collection[int],
    executing: seccomp.Executing = "no",
    empty: int = 0,
    *,
    is_confined: bool,
    reserves: bool = False,
) -> None:
    """Give up all that a run does not need: the last thing before the program.

    Args:
        bounds: its limits.
        others: tasks that this user has already, which count towards the threads.
        kept: the descriptors that stay open.
        executing: whether it may become another program, or start some (see ``seccomp.program``).
        empty: where the path of that lies.
        reserves: it reserves more address space than it will use, so that only what it can write to is counted.
        is_confined: false leaves system calls alone, for a run without isolation.
    """
    last = max(kept) + 1
    for descriptor in set(range(last)) - set(kept):
        with contextlib.suppress(OSError):
            os.close(descriptor)
    os.closerange(last, 1 << 20)
    # Whoever ignores the first signal is killed a second later.
    resource.setrlimit(resource.RLIMIT_CPU, (bounds.cpu_s, bounds.cpu_s + 1))
    limits = {
        resource.RLIMIT_DATA if reserves else resource.RLIMIT_AS: bounds.memory_bytes,
        resource.RLIMIT_FSIZE: bounds.output_bytes,
        resource.RLIMIT_NOFILE: MAX_DESCRIPTORS,
        resource.RLIMIT_NPROC: others + 1 + bounds.threads,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))
    _, most = resource.getrlimit(resource.RLIMIT_STACK)
    if most == resource.RLIM_INFINITY or most > _STACK_BYTES:  # recursion in C is deep in honest programs
        resource.setrlimit(resource.RLIMIT_STACK, (_STACK_BYTES, most))
    if is_confined:
        kernel.drop_capabilities()
        seccomp.confine(seccomp.program(os.getpid(), executing, empty))


def _readable_input() -> int:
    """Put a file at /dev/stdin that can only be read there, and written by whoever has what this gives."""
    kernel.mount("input", str(_SCRATCH), "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC, "mode=755")
    file = _SCRATCH / "stdin"
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o444)
    kernel.mount(str(file), str(_STDIN), None, kernel.MS_BIND)
    kernel.make_read_only(str(_STDIN))
    kernel.unmount(str(_SCRATCH))
    return descriptor


def _own_mounts() -> None:
    kernel.unshare(kernel.NEWNS)
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)


def _build(root: Path, found: Library) -> None:
    """A root that holds a standard library and its shared libraries, all of it read-only."""
    kernel.mount("root", str(root), "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=1m,mode=755")
    for path in (str(found.stdlib), *found.shared, *found.data, *found.tools):
        _bind(path, root)
    for hidden in found.packages():
        kernel.mount("hidden", f"{root}{hidden}", "tmpfs", kernel.MS_RDONLY, "size=4k,nr_inodes=1,mode=755")
    for name in ("lib", "lib64"):
        link = Path("/", name)
        if link.is_symlink() and not (root / name).exists():
            (root / name).symlink_to(link.readlink())
    (root / "tmp").mkdir()
    null = _place(Path("/dev/null"), root)
    (root / _STDIN.relative_to("/")).touch()
    kernel.make_read_only(str(root))
    kernel.mount("/dev/null", str(null), None, kernel.MS_BIND)


def _bind(path: str, root: Path) -> None:
    kernel.mount(path, str(_place(Path(path), root)), None, kernel.MS_BIND | kernel.MS_REC)


def _place(path: Path, root: Path) -> Path:
    """What to mount ``path`` on, below ``root``."""
    place = root / path.relative_to("/")
    if place.exists():
        return place
    if stat.S_ISDIR(path.stat().st_mode):
        place.mkdir(parents=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    return place


def _show(found: Library) -> None:
    """Put the standard library where others may read it, for this process alone, if only root may reach it."""
    closed = [
        folder
        for path in (found.stdlib, *map(Path, found.shared))
        for folder in reversed(path.parents)
        if not folder.stat().st_mode & stat.S_IXOTH
    ]
    if not closed:
        return
    cover = closed[0]
    below = [path for path in (str(found.stdlib), *found.shared) if cover in Path(path).parents]
    _own_mounts()
    opened = [os.open(path, os.O_RDONLY) for path in below]
    kernel.mount("cover", str(cover), "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=1m,mode=755")
    for path, place in zip(below, opened, strict=True):
        is_folder = stat.S_ISDIR(os.fstat(place).st_mode)
        target = Path(path)
        (target if is_folder else target.parent).mkdir(parents=True, exist_ok=True)
        if not is_folder:
            target.touch()
        kernel.mount(f"/proc/self/fd/{place}", path, None, kernel.MS_BIND | kernel.MS_REC)
        os.close(place)


def _become_first_process() -> None:
    """Go on as the first process of the new namespace; this one waits for it and ends as it does."""
    child = os.fork()
    if child == 0:
        kernel.die_with_parent()
        return
    os.closerange(0, 1 << 20)
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
