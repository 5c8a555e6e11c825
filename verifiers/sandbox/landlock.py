"""Landlock: a process gives up every file but some, TCP, and signals and abstract sockets of others, by itself.

It needs no privilege and no namespace, and so works inside containers. ABI 6 (Linux 6.12) is the first that holds back
signals and abstract sockets (landlock(7)).
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from . import kernel

LEAST_ABI = 6
_VERSION = 1
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_EVERY_FILE_RIGHT = 0xFFFF
_ONLY_FOR_FOLDERS = 0x3FF8
"""Listing, removing, making and moving entries."""
_TCP = 3
_SCOPES = 3
_READ = _READ_FILE | _READ_DIR
_DEVICE_NODES = (1 << 6) | (1 << 11)
_O_PATH = 0o10000000


def abi() -> int:
    """The version that this kernel speaks; 0 where it has none."""
    try:
        return kernel.syscall(
            "landlock_create_ruleset", ctypes.c_void_p(None), ctypes.c_size_t(0), ctypes.c_uint(_VERSION)
        )
    except OSError:
        return 0


def confine(readable: Iterable[str], writable: Iterable[str], *, executable: Iterable[str] = ()) -> None:
    """Give up everything but reading ``readable``, writing ``writable`` and running ``executable``. For good.

    Paths that are not there are left out.

    Raises:
        OSError: the kernel has no Landlock, or one that is too old.
    """
    rights = struct.pack("=QQQ", _EVERY_FILE_RIGHT, _TCP, _SCOPES)
    ruleset = kernel.syscall(
        "landlock_create_ruleset", ctypes.c_char_p(rights), ctypes.c_size_t(len(rights)), ctypes.c_uint(0)
    )
    try:
        for path in readable:
            _allow(ruleset, path, _READ)
        for path in executable:
            _allow(ruleset, path, _READ | _EXECUTE)
        for path in writable:
            _allow(ruleset, path, _EVERY_FILE_RIGHT & ~_EXECUTE & ~_DEVICE_NODES)
        kernel.no_new_privileges()
        kernel.syscall("landlock_restrict_self", ctypes.c_int(ruleset), ctypes.c_uint(0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, _O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= ~_ONLY_FOR_FOLDERS
        rule = struct.pack("=Qi", rights, place)
        kernel.syscall(
            "landlock_add_rule",
            ctypes.c_int(ruleset),
            ctypes.c_uint(_PATH_BENEATH),
            ctypes.c_char_p(rule),
            ctypes.c_uint(0),
        )
    finally:
        os.close(place)
