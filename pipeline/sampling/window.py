"""How many requests a server is given at a time: grown while it answers, cut when it says that it has too many.

Slow start, multiplicative decrease, and growth that is quick far from the level of the last refusal and
slow near it, as TCP's CUBIC has it (RFC 9438), reckoned in round trips. The cut is by the share of
refusals, as in DCTCP (RFC 8257): a server that refuses much halves the window, stray refusals leave it.
"""

from __future__ import annotations

import time

START = 64
"""Requests that a server is trusted with before it has answered any."""
STEEPNESS = 0.4
"""Of the cubic curve at its steepest, in requests per cubed round trip (RFC 9438, section 5)."""
CALM = 8.0
"""Round trips from a cut back to the level at the least: a small window must not knock at every other one."""
STORM, MANY, SOME = 0.1, 0.5, 0.08
"""Shares of refusals: of the window, to halve it at once; of a round's answers, to halve it, or to take a fifth."""
LEAST_HEARD, LEAST_REFUSED = 64, 8
"""Answers that a share is told from, and refusals that make a storm: a few stray ones are soon a tenth of a few."""


class Window:
    """The number of completions in flight that one server is known to bear.

    Args:
        most: the configured limit, which the window never passes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = float(min(most, START))
        self._slow_start = True
        self._level = self._size
        """Where refusals came last; the curve is flat there."""
        self._rounds = 0.0
        """Round trips since the last cut."""
        self._distance = 0.0
        """Round trips from a cut to the level."""
        self._steepness = 0.0
        self._begin_round()

    @property
    def size(self) -> int:
        """Completions that may be in flight now."""
        return int(self._size)

    def answered(self, sent_at: float) -> None:
        """A request that was sent at ``sent_at`` (monotonic seconds) was taken."""
        self._size = min(float(self._most), self._grown())
        if sent_at >= self._since:
            self._answers += 1
            self._end_round()

    def refused(self, sent_at: float) -> None:
        """A request was turned away for load. Those sent before the last cut say nothing new."""
        if sent_at < self._since:
            return
        self._refusals += 1
        if self._refusals >= max(LEAST_REFUSED, STORM * self._size):
            self._cut(0.5)
        else:
            self._end_round()

    def _grown(self) -> float:
        if self._slow_start:
            return self._size + 1
        self._rounds += 1 / self._size
        return max(self._size, self._level + self._steepness * (self._rounds - self._distance) ** 3)

    def _end_round(self) -> None:
        """After a window's worth of answers, or enough to tell: look at the share of refusals among them."""
        heard = self._answers + self._refusals
        if heard < max(LEAST_HEARD, self._size):
            return
        share = self._refusals / heard
        if share >= SOME:
            self._cut(0.5 if share >= MANY else 0.8)
        else:
            self._begin_round()

    def _cut(self, factor: float) -> None:
        # A window that is cut before it was back at the last level has met a lower one.
        self._level = self._size if self._size >= self._level else self._size * (1 + factor) / 2
        self._size = max(1.0, self._size * factor)
        self._slow_start = False
        self._rounds = 0.0
        depth = max(1.0, self._level - self._size)
        self._distance = max(CALM, (depth / STEEPNESS) ** (1 / 3))
        self._steepness = depth / self._distance**3
        self._begin_round()

    def _begin_round(self) -> None:
        self._since = time.monotonic()
        self._answers = self._refusals = 0
