"""How many requests a server is given at a time: grown while it answers, cut when it says that it has too many.

Slow start, then additive increase, as TCP does it (RFC 5681). The cut is in proportion to the share of
refusals, as in DCTCP (RFC 8257): a server that refuses everything halves the window, one stray refusal
in a thousand hardly moves it.
"""

from __future__ import annotations

import time

START = 64
"""Requests that a server is trusted with before it has answered any."""
STORM = 0.1
"""Share of a window's answers that may be refusals before it is halved at once."""


class Window:
    """The number of completions in flight that one server is known to bear.

    Args:
        most: the configured limit, which the window never passes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._step = max(1.0, most / 64)
        self._slow_start = True
        self._size = float(min(most, START))
        self._begin_round()

    @property
    def size(self) -> int:
        """Completions that may be in flight now."""
        return int(self._size)

    def answered(self, sent_at: float) -> None:
        """A request that was sent at ``sent_at`` (monotonic seconds) was taken."""
        growth = 1.0 if self._slow_start else self._step / self._size
        self._size = min(self._most, self._size + growth)
        if sent_at >= self._since:
            self._answers += 1
            self._end_round()

    def refused(self, sent_at: float) -> None:
        """A request was turned away for load. Those sent before the last cut say nothing new."""
        if sent_at < self._since:
            return
        self._slow_start = False
        self._refusals += 1
        if self._refusals >= max(1.0, STORM * self._size):
            self._cut(0.5)
        else:
            self._end_round()

    def _end_round(self) -> None:
        """After a window's worth of answers: cut by half the share of refusals among them."""
        heard = self._answers + self._refusals
        if heard >= self._size:
            self._cut(1 - self._refusals / heard / 2)

    def _cut(self, factor: float) -> None:
        self._size = max(1.0, self._size * factor)
        self._begin_round()

    def _begin_round(self) -> None:
        self._since = time.monotonic()
        self._answers = self._refusals = 0
