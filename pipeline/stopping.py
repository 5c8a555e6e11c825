"""Ctrl-C and SIGTERM: the first asks to stop and save, the second leaves at once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Generator
from types import FrameType

from . import logs
from .errors import Interrupted


class Stop:
    """A request to stop that every stage looks at between two units of work."""

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def asked(self) -> bool:
        """Whether a signal came."""
        return self._event.is_set()

    def ask(self) -> None:
        """Ask to stop, as a signal does."""
        self._event.set()

    def check(self, what: str) -> None:
        """Leave with everything saved if a signal came.

        Raises:
            Interrupted: a signal came.
        """
        if self.asked:
            raise Interrupted(
                f"stopped during {what}; everything that arrived is saved, the same command goes on from here"
            )


@contextlib.contextmanager
def stop_on_signals() -> Generator[Stop]:
    """Listen for SIGINT and SIGTERM; must be called in the main thread."""
    stop = Stop()
    notice = logs.notice("stopping: saving what is under way (once more to leave at once)")

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.ask()
        # Not sys.stderr: the handler may have interrupted a write to it.
        os.write(2, notice)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
