"""Which isolation this machine gives: each tier is tried, and believed only when what it forbids was tried in vain."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...pipeline.errors import NoIsolation
from .limits import Limits
from .runner import SandboxFault, Tier
from .supervisor import Supervisor

TIERS: tuple[Tier, ...] = ("namespaces", "landlock")
"""The best first."""

_TRIES = """
import ctypes, os, socket, sys
secret, parent = sys.stdin.read().split()
libc = ctypes.CDLL(None, use_errno=True)
def fork():
    if os.fork() == 0:
        os._exit(0)
def syscall(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError
forbidden = {
    "being root": lambda: os.getuid() and os.geteuid() and 1 // 0,
    "fork": fork,
    "exec": lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),
    "a TCP socket": socket.socket,
    "a UNIX socket": lambda: socket.socket(socket.AF_UNIX),
    "memfd_create": lambda: os.memfd_create("x"),
    "a namespace": lambda: libc.unshare(0x10000000) and 1 // 0,
    "a file of another": lambda: open(secret).read(),
    "a file outside": lambda: open(os.path.join(os.path.dirname(secret), "new"), "w"),
    "a file in the root": lambda: open("/new", "w"),
    "/proc": lambda: os.listdir("/proc"),
    "the environment": lambda: os.environ["PATH"],
    "a signal to the parent": lambda: os.kill(os.getppid(), 0),
    "a signal to another": lambda: os.kill(int(parent), 0),
}
for name, attempt in forbidden.items():
    try:
        attempt()
    except (OSError, ArithmeticError, LookupError):
        continue
    print(name)
print("done")
"""
"""Prints what it could do and must not be able to."""


class Tried(NamedTuple):
    """What came of trying a tier."""

    tier: Tier
    refusal: str | None
    """Why it cannot be had; null where it holds."""


def try_tiers(limits: Limits) -> Iterator[Tried]:
    """Each tier in turn, the best first."""
    for tier in TIERS:
        supervisor, refusal = _started(tier, limits)
        supervisor.close()
        yield Tried(tier, refusal)


def best(limits: Limits, forced: Tier | None = None) -> Supervisor:
    """A supervisor in the best tier that holds, or in the forced one.

    Raises:
        NoIsolation: none holds; says why, and what to do.
    """
    if forced == "none":
        return Supervisor("none", limits)
    refusals: list[str] = []
    for tier in (forced,) if forced else TIERS:
        supervisor, refusal = _started(tier, limits)
        if refusal is None:
            return supervisor
        supervisor.close()
        refusals.append(f"{tier}: {refusal}")
    raise NoIsolation(
        "model-written programs are not run here, because they could not be held: "
        + "; ".join(refusals)
        + ". Use Linux 6.12 or later (Landlock works in containers too), or allow user namespaces; docs/sandbox.md "
        "says how"
    )


def _started(tier: Tier, limits: Limits) -> tuple[Supervisor, str | None]:
    supervisor = Supervisor(tier, limits)
    try:
        supervisor.start()
        return supervisor, _leak(supervisor)
    except SandboxFault as error:
        return supervisor, str(error).removeprefix(f"{tier}: ")


def _leak(supervisor: Supervisor) -> str | None:
    """What a program could do that it must not; null where it could do nothing."""
    with tempfile.TemporaryDirectory() as folder:
        folder_path = Path(folder)
        folder_path.chmod(0o777)  # so that it is not the mode that holds it back
        secret = folder_path / "secret"
        secret.write_text(secrets.token_hex())
        secret.chmod(0o666)
        done = supervisor.whole(_TRIES, f"{secret} {os.getpid()}")
    printed = done.printed.decode(errors="replace").split("\n")
    if done.failure is not None or "done" not in printed:
        return f"a trial run failed: {done.failure or printed}"
    found = [line for line in printed if line not in ("", "done")]
    return f"a program was let do what it must not: {', '.join(found)}" if found else None
