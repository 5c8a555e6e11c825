"""A circuit breaker: a server that is down is left alone and tried with one request at a time.

While it is open no sample spends an attempt on a server that answers nobody (Nygard, Release It!, 2007).
"""

from __future__ import annotations

import random
import time

from ..config_teacher import Retries
from ..teachers.base import SampleFailed

IN_A_ROW = 10
"""Failures without an answer between them that count as an outage. A refused connection is one by itself."""

OUTAGE = frozenset({"unreachable", "connection_lost", "timeout", "server_error", "overloaded", "rate_limited"})
"""Failures that say something about the server. An answer that is no good comes from one that is up."""


class Breaker:
    """Closed while the server answers; open for a pause that grows; then one probe decides."""

    def __init__(self, retries: Retries) -> None:
        self._retries = retries
        self._in_a_row = 0
        self._openings = 0
        self._opened_at = float("-inf")
        self._open_until = float("-inf")
        self._probing = False
        self.last: SampleFailed | None = None
        """The failure that opened it last."""

    @property
    def is_open(self) -> bool:
        """Whether the server counts as down."""
        return self._openings > 0

    @property
    def is_spent(self) -> bool:
        """Whether the server was given as many chances as a sample has attempts."""
        return self._openings >= self._retries.max_attempts

    def pause(self) -> float:
        """Seconds until a request may go; infinite while a probe is under way, whose end decides."""
        if not self.is_open:
            return 0.0
        return float("inf") if self._probing else max(0.0, self._open_until - time.monotonic())

    def enter(self) -> None:
        """A request goes. While the breaker is open it is the probe."""
        self._probing = self.is_open

    def answered(self) -> None:
        """The server answered, be it with something useless."""
        self._in_a_row = self._openings = 0
        self._probing = False

    def failed(self, failure: SampleFailed, sent_at: float) -> None:
        """A request that was sent at ``sent_at`` (monotonic seconds) failed."""
        if failure.kind not in OUTAGE:
            self.answered()
            return
        if sent_at < self._opened_at:
            return
        self._in_a_row += 1
        if failure.unreachable or self.is_open or self._in_a_row >= IN_A_ROW:
            self._open(failure)

    def _open(self, failure: SampleFailed) -> None:
        self._openings += 1
        self._probing = False
        self.last = failure
        longest = min(self._retries.max_wait_s, 0.5 * 2**self._openings)
        pause = failure.retry_after if failure.retry_after is not None else random.uniform(longest / 2, longest)
        self._opened_at = time.monotonic()
        self._open_until = self._opened_at + pause
