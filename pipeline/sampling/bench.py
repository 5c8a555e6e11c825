"""What the samplers of one run share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from ..ledger import Ledger
from ..progress import Progress
from ..records import Problem, Trace
from ..stopping import Stop
from .budget import Budget
from .spans import Spans


class Referee(Protocol):
    """Judges traces while others are being sampled."""

    def submit(self, problem: Problem, trace: Trace) -> asyncio.Future[bool]:
        """Have a completion judged; the future tells whether it was accepted."""
        ...


@dataclass(frozen=True)
class Bench:
    """What samplers of one run share."""

    ledger: Ledger
    budget: Budget
    progress: Progress
    stop: Stop
    run_id: str
    referee: Referee | None = None
    """Needed by recipes that stop after some acceptances."""
    spans: Spans | None = None
    """Makes a span of every request; null where nobody wants them."""
