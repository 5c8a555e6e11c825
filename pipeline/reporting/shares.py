"""Percentages that sum to 100.0 as they are printed."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["WHOLE", "percentages"]

WHOLE = 1000
"""Tenths of a per cent in all."""


def percentages(counts: Sequence[int]) -> list[float]:
    """The share of each count in per cent with one decimal, by the largest remainder (Hamilton's method).

    Each is within 0.1 of its exact share, a count of 0 is 0.0, and together they are 100.0; without anything counted
    all are 0.0. Of equal remainders the last one is rounded up, so that what comes first is not flattered.
    """
    total = sum(counts)
    if total == 0:
        return [0.0] * len(counts)
    tenths = [count * WHOLE // total for count in counts]
    places = sorted(range(len(counts)), key=lambda place: (-(counts[place] * WHOLE % total), -place))
    for place in places[: WHOLE - sum(tenths)]:
        tenths[place] += 1
    return [share / 10 for share in tenths]
