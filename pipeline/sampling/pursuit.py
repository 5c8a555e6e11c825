"""Adaptive k: one problem is asked until enough of its traces were accepted, and never for more than that.

As many samples are outstanding as acceptances are lacking, so every sample that was asked for could
have been the one that was needed. The number of samples is then that of inverse binomial sampling, for
which (accepted - 1) / (sampled - 1) estimates the pass rate without bias (Haldane 1945, Biometrika 33).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from .recipe import Slot


class Pursuit:
    """One problem that is stopped once ``stop_after`` of its traces were accepted."""

    def __init__(self, missing: Iterable[Slot], accepted: int, stop_after: int) -> None:
        self._left = deque(missing)
        self._lacking = max(0, stop_after - accepted)
        self._outstanding = 0

    def next_slots(self) -> list[Slot]:
        """The samples to ask for now; they count as outstanding until ``judged``."""
        count = min(len(self._left), self._lacking - self._outstanding)
        self._outstanding += count
        return [self._left.popleft() for _ in range(count)]

    def judged(self, accepted: bool) -> None:
        """One outstanding sample was judged, or failed, which is no acceptance."""
        self._outstanding -= 1
        self._lacking -= accepted

    @property
    def is_over(self) -> bool:
        """Whether nothing is outstanding and nothing will be asked for."""
        return self._outstanding == 0 and (self._lacking == 0 or not self._left)

    @property
    def saved(self) -> int:
        """Samples that were wanted at the most and need not be asked for."""
        return len(self._left) if self._lacking == 0 else 0
