"""The system calls that a confined program may make: an allow-list, and everything else fails with EPERM.

Denied above all: fork and exec, every socket that reaches outside the process, memfd_create (memory that no limit
counts), ptrace, signals to others, namespaces, io_uring, bpf, keys, and whatever a kernel of tomorrow brings.
The filter is a classic BPF program over ``struct seccomp_data`` (seccomp(2)).
"""

from __future__ import annotations

import ctypes
import functools
import os
import struct
from typing import Literal

from . import kernel

_LISTED = """
read 0 63,write 1 64,open 2 -,close 3 57,stat 4 -,fstat 5 80,lstat 6 -,poll 7 -,lseek 8 62,mmap 9 222,mprotect 10 226,
munmap 11 215,brk 12 214,rt_sigaction 13 134,rt_sigprocmask 14 135,rt_sigreturn 15 139,pread64 17 67,pwrite64 18 68,
readv 19 65,writev 20 66,access 21 -,pipe 22 -,select 23 -,sched_yield 24 124,mremap 25 216,msync 26 227,
mincore 27 232,madvise 28 233,dup 32 23,dup2 33 -,pause 34 -,nanosleep 35 101,getitimer 36 102,alarm 37 -,
setitimer 38 103,getpid 39 172,sendfile 40 71,recvfrom 45 207,shutdown 48 210,getsockname 51 204,getpeername 52 205,
getsockopt 55 209,exit 60 93,wait4 61 260,uname 63 160,fsync 74 82,fdatasync 75 83,truncate 76 45,
ftruncate 77 46,getdents 78 -,getcwd 79 17,chdir 80 49,fchdir 81 50,rename 82 -,mkdir 83 -,rmdir 84 -,creat 85 -,
link 86 -,unlink 87 -,symlink 88 -,readlink 89 -,chmod 90 -,fchmod 91 52,umask 95 166,gettimeofday 96 169,
getrlimit 97 163,getrusage 98 165,sysinfo 99 179,times 100 153,getuid 102 174,getgid 104 176,geteuid 107 175,
getegid 108 177,getppid 110 173,getpgrp 111 -,getgroups 115 158,getresuid 118 148,getresgid 120 150,getpgid 121 155,
getsid 124 156,rt_sigpending 127 136,rt_sigtimedwait 128 137,rt_sigsuspend 130 133,sigaltstack 131 132,utime 132 -,
statfs 137 43,fstatfs 138 44,getpriority 140 141,sched_getparam 143 121,sched_getscheduler 145 120,
sched_get_priority_max 146 125,sched_get_priority_min 147 126,arch_prctl 158 -,setrlimit 160 164,gettid 186 178,
time 201 -,futex 202 98,sched_getaffinity 204 123,epoll_create 213 -,getdents64 217 61,set_tid_address 218 96,
restart_syscall 219 128,fadvise64 221 223,timer_create 222 107,timer_settime 223 110,timer_gettime 224 108,
timer_getoverrun 225 109,timer_delete 226 111,clock_gettime 228 113,clock_getres 229 114,clock_nanosleep 230 115,
exit_group 231 94,epoll_wait 232 -,epoll_ctl 233 21,utimes 235 -,waitid 247 95,openat 257 56,mkdirat 258 34,
newfstatat 262 79,unlinkat 263 35,renameat 264 38,linkat 265 37,symlinkat 266 36,readlinkat 267 78,fchmodat 268 53,
faccessat 269 48,pselect6 270 72,ppoll 271 73,set_robust_list 273 99,splice 275 76,utimensat 280 88,epoll_pwait 281 22,
timerfd_create 283 85,eventfd 284 -,timerfd_settime 286 86,timerfd_gettime 287 87,signalfd4 289 74,
eventfd2 290 19,epoll_create1 291 20,dup3 292 24,pipe2 293 59,preadv 295 69,pwritev 296 70,getcpu 309 168,
renameat2 316 276,getrandom 318 278,membarrier 324 283,copy_file_range 326 285,preadv2 327 286,pwritev2 328 287,
statx 332 291,rseq 334 293,close_range 436 436,faccessat2 439 439,epoll_pwait2 441 441,futex_waitv 449 449
"""
"""Name, number on x86_64, number on aarch64."""

_JUDGED = {
    "ioctl": (16, 29),
    "sendto": (44, 206),
    "socketpair": (53, 199),
    "clone": (56, 220),
    "kill": (62, 129),
    "fcntl": (72, 25),
    "prctl": (157, 167),
    "tgkill": (234, 131),
    "prlimit64": (302, 261),
    "clone3": (435, 435),
    "fallocate": (285, 47),
    "execveat": (322, 281),
    "execve": (59, 221),
}
"""Calls that are allowed with some arguments only."""

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_EPERM, _ENOSYS, _EOPNOTSUPP = 1, 38, 95
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_X32 = 0x40000000
_CLONE_THREAD, _CLONE_NAMESPACES = 0x10400, 0x7E020080
"""CLONE_THREAD and CLONE_FILES: a thread with descriptors of its own would hold more of them than are counted."""
_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1031, 1032)
"""Duplicating, flags, locks and the size of a pipe: not F_SETOWN, which sends signals."""
_IOCTL = (0x5401, 0x5413, 0x5421, 0x541B, 0x5450, 0x5451)
"""TCGETS, TIOCGWINSZ, FIONBIO, FIONREAD, FIONCLEX, FIOCLEX."""
_PRCTL = (15, 16, 0x53564D41)
"""Names of threads and of memory."""
_AF_UNIX, _SOCK_STREAM = 1, 1
_FORKS = ((57, 58), ())
"""fork and vfork, where a machine has them."""
_SET_MODE_FILTER = 1

EXECUTABLE = 100
"""The descriptor of what is executed once. Above the limit of descriptors, so that its number cannot be had again."""
Executing = Literal["no", "once", "freely"]

is_known = os.uname().machine in _ARCHITECTURES
"""Whether there is a list for this machine."""


def _op(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def _load(argument: int, *, high: bool = False) -> bytes:
    return _op(_LOAD, 16 + 8 * argument + (4 if high else 0))  # both machines are little-endian


_DENY = _op(_RETURN, _ERRNO | _EPERM)
_PASS = _op(_RETURN, _ALLOW)


def _one_of(argument: int, values: tuple[int, ...]) -> bytes:
    """Pass where the low word of an argument is one of ``values``."""
    tests = b"".join(_op(_EQUAL, value, 0, 1) + _PASS for value in values)
    return _load(argument) + tests + _DENY


def _is_zero(argument: int) -> bytes:
    """Pass where both words of an argument are nought."""
    low, high = (_load(argument, high=high) + _op(_EQUAL, 0, 1, 0) + _DENY for high in (False, True))
    return low + high + _PASS


_THREAD = b"".join(
    (
        *(_load(0), _op(_ANY_BIT, _CLONE_NAMESPACES, 0, 1), _DENY),
        *(_op(_AND, _CLONE_THREAD), _op(_EQUAL, _CLONE_THREAD, 1, 0), _DENY, _PASS),
    )
)
_STREAM_PAIR = (
    *(_load(0), _op(_EQUAL, _AF_UNIX, 1, 0), _DENY),
    *(_load(1), _op(_AND, 0xF), _op(_EQUAL, _SOCK_STREAM, 1, 0), _DENY, _PASS),
)


def _its_own(empty: int) -> bytes:
    """Pass where the descriptor, the place of the path and the flag are those of the one execution."""
    wanted = [(0, False, EXECUTABLE), (1, False, empty & 0xFFFFFFFF), (1, True, empty >> 32)]
    tests = [
        _load(argument, high=high) + _op(_EQUAL, value, 1, 0) + _DENY
        for argument, high, value in [*wanted, (4, False, kernel.AT_EMPTY_PATH)]
    ]
    return b"".join([*tests, _PASS])


def _architecture() -> bytes:
    _, architecture = _ARCHITECTURES[os.uname().machine]
    code = _op(_LOAD, 4) + _op(_EQUAL, architecture, 1, 0) + _op(_RETURN, _KILL)
    return code + _op(_LOAD, 0) + _op(_AT_LEAST, _X32, 0, 1) + _DENY


@functools.cache
def _before_signals() -> bytes:
    """The filter up to the calls that are judged by the process's own number."""
    column, _ = _ARCHITECTURES[os.uname().machine]
    code = _op(_LOAD, 0)
    for line in _LISTED.replace("\n", "").split(","):
        number = line.split()[1 + column]
        if number != "-":
            code += _op(_EQUAL, int(number), 0, 1) + _PASS
    judged = {
        "ioctl": _one_of(1, _IOCTL),
        "sendto": _is_zero(4),  # no address: only to the other end of a pair
        "socketpair": b"".join(_STREAM_PAIR),
        "clone": _THREAD,
        "fcntl": _one_of(1, _FCNTL),
        "prctl": _one_of(0, _PRCTL),
        "prlimit64": _is_zero(0),
        "fallocate": _op(_RETURN, _ERRNO | _EOPNOTSUPP),  # it takes room beyond every limit; libc writes instead
        "clone3": _op(_RETURN, _ERRNO | _ENOSYS),  # its flags are in memory, out of sight; libc falls back on clone
    }
    for name, body in judged.items():
        code += _op(_EQUAL, _JUDGED[name][column], 0, len(body) // 8) + body
    return code


def program(own_pid: int, executing: Executing = "no", empty: int = 0) -> bytes:
    """The filter of a process: signals go to itself and to nobody else.

    Args:
        own_pid: its number.
        executing: ``once`` lets it become the program in the descriptor EXECUTABLE, with a path that lies at ``empty``:
            what it becomes has neither the descriptor nor the page. ``freely`` lets it start programs, as a compiler
            does, and is for programs that no model wrote.
        empty: the address (see ``kernel.empty_text``).
    """
    column, _ = _ARCHITECTURES[os.uname().machine]
    code = b""
    if executing != "no":
        own = _its_own(empty)
        code += _op(_LOAD, 0) + _op(_EQUAL, _JUDGED["execveat"][column], 0, len(own) // 8) + own
    if executing == "freely":
        for number in (*_FORKS[column], _JUDGED["execve"][column]):
            code += _op(_EQUAL, number, 0, 1) + _PASS
        started = _load(0) + _op(_ANY_BIT, _CLONE_NAMESPACES, 0, 1) + _DENY + _PASS
        code += _op(_EQUAL, _JUDGED["clone"][column], 0, len(started) // 8) + started
    code = _architecture() + code + _before_signals()
    to_itself = _one_of(0, (own_pid,))
    for name in ("kill", "tgkill"):
        code += _op(_EQUAL, _JUDGED[name][column], 0, len(to_itself) // 8) + to_itself
    return code + _DENY


def confine(code: bytes) -> None:
    """Hold this process, all its threads to come, and its children to the filter, for good.

    Raises:
        OSError: the kernel does not take it.
    """
    kernel.no_new_privileges()
    buffer = ctypes.create_string_buffer(code, len(code))
    filter_of = struct.pack("=HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    kernel.syscall("seccomp", ctypes.c_uint(_SET_MODE_FILTER), ctypes.c_uint(0), ctypes.c_char_p(filter_of))
