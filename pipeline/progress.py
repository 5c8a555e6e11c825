"""How far a stage is: a live line on a terminal, a plain line now and then elsewhere, status.json for others."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from . import logs
from .workspace import Workspace, utc_now

if TYPE_CHECKING:
    from rich.live import Live

PLAIN_SECONDS = 30.0
"""Between two lines where there is no terminal."""
LIVE_SECONDS = 0.2
STATUS_SECONDS = 2.0


class Watcher(Protocol):
    """Somebody else who is told how far a stage is."""

    def checkpoint(
        self, stage: str, unit: str, done: int, total: int | None, seconds: float, facts: Mapping[str, object]
    ) -> None:
        """The stage is that far."""
        ...


class Progress:
    """Counts what a stage does and shows it. Use as a context manager.

    Attributes:
        done: units finished in this run.
        total: units wanted; null while it is not known.
        facts: what else the line shows, in order, such as errors by kind.
    """

    def __init__(
        self, stage: str, unit: str, workspace: Workspace | None, run_id: str, watcher: Watcher | None = None
    ) -> None:
        self.stage = stage
        self.unit = unit
        self.done = 0
        self.total: int | None = None
        self.facts: dict[str, str | int | float] = {}
        self._workspace = workspace
        self._run_id = run_id
        self._watcher = watcher
        self._started = time.monotonic()
        self._shown = self._written = 0.0
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty() and not logs.in_json():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), auto_refresh=False, transient=False)
            self._live.start()
        self._show()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._show()
        if self._live is not None:
            self._live.stop()

    def advance(self, count: int = 1) -> None:
        """Count ``count`` more units as done."""
        self.done += count
        self.tick()

    def count(self, fact: str, more: int = 1) -> None:
        """Add to a counter of the line."""
        self.facts[fact] = int(self.facts.get(fact, 0)) + more

    def tick(self) -> None:
        """Show the line if it is time."""
        now = time.monotonic()
        if now - self._shown >= (LIVE_SECONDS if self._live else PLAIN_SECONDS):
            self._show()
        elif self._workspace is not None and now - self._written >= STATUS_SECONDS:
            self._write_status()

    def show(self) -> None:
        """Show the line now."""
        self._show()

    def line(self) -> str:
        """The state in one line."""
        seconds = time.monotonic() - self._started
        rate = self.done / seconds if seconds > 0 else 0.0
        of = "" if self.total is None else f" of {self.total}"
        parts = [f"{self.stage}: {self.done}{of} {self.unit}", f"{rate:.3g}/s"]
        if self.total and rate and self.done < self.total:
            parts.append(f"{_duration((self.total - self.done) / rate)} left")
        parts += [
            f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
            for name, value in self.facts.items()
        ]
        return ", ".join(parts)

    def _show(self) -> None:
        self._shown = time.monotonic()
        if self._live is not None:
            from rich.text import Text

            self._live.update(Text(self.line()), refresh=True)
        else:
            logs.info(self.line(), stage=self.stage, unit=self.unit, done=self.done, total=self.total, facts=self.facts)
        if self._workspace is not None:
            self._write_status()

    def _write_status(self) -> None:
        self._written = time.monotonic()
        if self._watcher is not None:
            seconds = time.monotonic() - self._started
            self._watcher.checkpoint(self.stage, self.unit, self.done, self.total, seconds, self.facts)
        if self._workspace is not None:
            self._workspace.write_status(
                {
                    "run_id": self._run_id,
                    "stage": self.stage,
                    "unit": self.unit,
                    "done": self.done,
                    "total": self.total,
                    "facts": self.facts,
                    "seconds": round(time.monotonic() - self._started, 1),
                    "updated_at": utc_now(),
                }
            )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
