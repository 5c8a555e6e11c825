"""Runs of all processes of one machine, so that one that was starved of processor time can have the machine alone.

Two locks: whoever wants the room passes the door first, and who waits for the room alone keeps the door shut meanwhile,
so that the others cannot pass it for ever. Locks go with the process that holds them.
"""

from __future__ import annotations

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_DOOR = Path(__file__)
_ROOM = Path(__file__).with_name("supervisor.py")
"""Files of this package: they are there, can be read, and are the same for every process that runs it."""


@contextmanager
def among_others() -> Generator[None]:
    """Run beside whoever does the same, and never beside one that runs alone."""
    with _room(fcntl.LOCK_SH):
        yield


@contextmanager
def alone() -> Generator[None]:
    """Wait until nobody else runs, and run alone."""
    with _room(fcntl.LOCK_EX):
        yield


@contextmanager
def _room(way: int) -> Generator[None]:
    with _ROOM.open("rb", buffering=0) as room:
        with _DOOR.open("rb", buffering=0) as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(room, way)
        yield
