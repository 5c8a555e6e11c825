"""The system calls that Python has no name for: namespaces, mounts, capabilities, filters.

Standard library only, and no import of the project: the processes of the sandbox load this by itself.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import secrets
from collections.abc import Mapping, Sequence

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
"""clone(2)'s namespaces."""

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
MNT_DETACH = 2
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
"""mount_setattr(2)'s attributes."""

_MACHINE = os.uname().machine
_NUMBERS = {
    "x86_64": {"pivot_root": 155, "capset": 126, "seccomp": 317, "execveat": 322},
    "aarch64": {"pivot_root": 41, "capset": 91, "seccomp": 277, "execveat": 281},
}.get(_MACHINE, {}) | {
    "mount_setattr": 442,
    "landlock_create_ruleset": 444,
    "landlock_add_rule": 445,
    "landlock_restrict_self": 446,
}
"""Numbers above 423 are the same on every machine."""

_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_SET_PDEATHSIG = 4, 24, 38, 1
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_M_ARENA_MAX = -8
_MAP_FIXED_NOREPLACE = 0x100000
_LOWEST, _PAGES, _TRIES = 1 << 32, (1 << 46) // mmap.PAGESIZE, 16
AT_EMPTY_PATH = 0x1000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.mmap.restype = ctypes.c_void_p


def syscall(name: str, *arguments: object) -> int:
    """One raw call.

    Raises:
        OSError: it failed, or this machine's number for it is not known (ENOSYS).
    """
    if name not in _NUMBERS:
        raise OSError(38, f"{name}: not known on {_MACHINE}")
    done = _libc.syscall(ctypes.c_long(_NUMBERS[name]), *arguments)
    if done < 0:
        raise _error(name)
    return done


def unshare(namespaces: int) -> None:
    """Leave the given namespaces for new ones."""
    if _libc.unshare(namespaces) != 0:
        raise _error("unshare")


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """Put ``source``, a folder or a file system of a ``kind``, on ``target``; flags and data as the kernel has them."""
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind, data)]
    if _libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]) != 0:
        raise _error(f"mount {target}")


def unmount(target: str) -> None:
    """Take a mount away, whoever still uses it."""
    if _libc.umount2(os.fsencode(target), MNT_DETACH) != 0:
        raise _error(f"umount {target}")


def make_read_only(target: str) -> None:
    """Every mount at and below ``target`` becomes read-only, without devices and without set-uid."""
    attributes = (ctypes.c_uint64 * 4)(ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV, 0, 0, 0)
    syscall(
        "mount_setattr",
        ctypes.c_int(_AT_FDCWD),
        ctypes.c_char_p(os.fsencode(target)),
        ctypes.c_uint(_AT_RECURSIVE),
        ctypes.byref(attributes),
        ctypes.c_size_t(ctypes.sizeof(attributes)),
    )


def pivot_root(new_root: str) -> None:
    """Make ``new_root``, a mount, the root of everything, and let go of the old one."""
    os.chdir(new_root)
    syscall("pivot_root", ctypes.c_char_p(b"."), ctypes.c_char_p(b"."))
    unmount(".")  # the old root lies above the new one now
    os.chdir("/")


def drop_capabilities() -> None:
    """Give up every capability, for good once there are no new privileges."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    nothing = (ctypes.c_uint32 * 6)()
    syscall("capset", ctypes.byref(header), ctypes.byref(nothing))


def no_new_privileges() -> None:
    """No program that is executed from here on has more rights than this one."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def be_dumpable() -> None:
    """Own one's files in /proc again, after a change of user."""
    _prctl(_PR_SET_DUMPABLE, 1)


def not_be_dumpable() -> None:
    """Let nobody of the same user look into this process."""
    _prctl(_PR_SET_DUMPABLE, 0)


def empty_text() -> int:
    """Where an empty text lies that nobody can guess: in a page of its own, somewhere in all of the address space.

    Raises:
        OSError: no free page was hit.
    """
    private, anonymous, read = 2, 0x20, 1
    for _ in range(_TRIES):
        page = _LOWEST + secrets.randbelow(_PAGES) * mmap.PAGESIZE
        found = _libc.mmap(
            *(ctypes.c_void_p(page), ctypes.c_size_t(mmap.PAGESIZE), read),
            *(private | anonymous | _MAP_FIXED_NOREPLACE, -1, ctypes.c_long(0)),
        )
        if found == page:
            return page + secrets.randbelow(mmap.PAGESIZE)
    raise _error("mmap")


def execute(descriptor: int, empty: int, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Become the program in a descriptor; ``empty`` is where an empty text lies, in place of its path.

    Raises:
        OSError: it cannot be executed.
    """
    words = [os.fsencode(word) for word in arguments]
    pairs = [os.fsencode(f"{name}={value}") for name, value in environment.items()]
    syscall(
        "execveat",
        ctypes.c_int(descriptor),
        ctypes.c_void_p(empty),
        (ctypes.c_char_p * (len(words) + 1))(*words, None),
        (ctypes.c_char_p * (len(pairs) + 1))(*pairs, None),
        ctypes.c_int(AT_EMPTY_PATH),
    )


def use_one_arena() -> None:
    """Let all threads allocate from one place: an arena for each would reserve 64 MiB of address space a thread."""
    _libc.mallopt(_M_ARENA_MAX, 1)


def die_with_parent() -> None:
    """Be killed when the parent ends."""
    _prctl(_PR_SET_PDEATHSIG, 9)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        raise _error("prctl")


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")
