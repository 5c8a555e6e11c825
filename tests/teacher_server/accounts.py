"""What a server was asked, what it produced, and what it refused."""

from __future__ import annotations

import time
from array import array
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Seen:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float
    method: str = "POST"


@dataclass
class Accounts:
    """Counts of one server. Times are seconds of the machine's monotonic clock, which all its processes share.

    Attributes:
        billed: completions that were produced, by the body that asked for them, whether or not they arrived.
        served: answers that were sent whole.
        refused: requests that a limit turned away.
        faults: random faults by their kind.
        times: when each answer was sent whole.
    """

    billed: Counter[Hashable] = field(default_factory=Counter[Hashable])
    served: int = 0
    requests: int = 0
    refused: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0
    first_request: float | None = None
    last_request: float | None = None
    faults: Counter[str] = field(default_factory=Counter[str])
    times: array[float] = field(default_factory=lambda: array("d"))

    def arrived(self) -> None:
        """Note a request for a completion."""
        now = time.monotonic()
        self.requests += 1
        self.last_request = now
        if self.first_request is None:
            self.first_request = now

    def taken(self) -> None:
        """Note that work on a request begins."""
        self.in_flight += 1
        if self.in_flight > self.peak_in_flight:
            self.peak_in_flight = self.in_flight

    def left(self) -> None:
        """Note that work on a request ended, in whatever way."""
        self.in_flight -= 1

    def sent(self) -> None:
        """Note an answer that was sent whole."""
        self.served += 1
        self.times.append(time.monotonic())

    def reset(self) -> None:
        """Forget everything but what is in flight."""
        self.__init__(in_flight=self.in_flight, peak_in_flight=self.in_flight)

    def stats(self, expected: int | None = None) -> dict[str, Any]:
        """Everything as JSON; with ``expected``, also when 10% and 90% of that many answers had been sent."""
        marks = {}
        if expected:
            at = {share: int(expected * share) - 1 for share in (0.1, 0.5, 0.9)}
            marks = {str(share): self.times[i] if 0 <= i < len(self.times) else None for share, i in at.items()}
        return {
            "requests": self.requests,
            "served": self.served,
            "billed": sum(self.billed.values()),
            "distinct": len(self.billed),
            "refused": self.refused,
            "in_flight": self.in_flight,
            "peak_in_flight": self.peak_in_flight,
            "faults": dict(self.faults),
            "first_request": self.first_request,
            "last_request": self.last_request,
            "last_served": self.times[-1] if self.times else None,
            "marks": marks,
            "now": time.monotonic(),
            "cpu_s": time.process_time(),
        }
