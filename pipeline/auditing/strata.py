"""The strata of an audit, and how many of the sample each of them gives."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence

import msgspec

Name = tuple[str, str, str]
"""Domain, outcome and deciding verifier."""
FEW = 5
"""Traces that every stratum gives where the sample is large enough for it."""


class Stratum(msgspec.Struct, frozen=True, kw_only=True):
    """Verified traces of one domain whose outcome one verifier decided, and the labels that there are of them."""

    domain: str
    outcome: str
    verifier: str
    """The one that decided; empty where none did."""
    size: int
    labelled: int = 0
    decided: int = 0
    """Labels that say correct or incorrect."""
    errors: int = 0
    """Of these, the ones that contradict the outcome."""

    @property
    def name(self) -> Name:
        """What tells it from the others."""
        return self.domain, self.outcome, self.verifier


def allocate(strata: Sequence[Stratum], wanted: int, settled: Mapping[Name, int]) -> dict[Name, int]:
    """How many traces of each stratum belong to a sample of ``wanted``, and no fewer than are ``settled``.

    First a few of each stratum, then each further one where it narrows the intervals most: the false accepts and the
    false rejects of a domain are means over strata, weighted by size, and the variances of these means are what
    becomes small (Neyman 1934, JRSS 97:558-625). A larger sample holds the smaller one.
    """
    ordered = sorted(strata, key=lambda one: one.name)
    given = {one.name: settled.get(one.name, 0) for one in ordered}
    left = wanted - sum(given.values())
    for few in range(1, FEW + 1):
        for one in sorted(ordered, key=lambda one: -one.size):
            if left > 0 and given[one.name] < min(few, one.size):
                given[one.name] += 1
                left -= 1
    weights = _weights(ordered)
    heap = [(-_gain(weights[place], given[one.name]), place) for place, one in enumerate(ordered)]
    heapq.heapify(heap)
    while left > 0 and heap:
        _, place = heapq.heappop(heap)
        one = ordered[place]
        if given[one.name] < one.size:
            given[one.name] += 1
            left -= 1
            heapq.heappush(heap, (-_gain(weights[place], given[one.name]), place))
    return given


def _weights(strata: Sequence[Stratum]) -> list[float]:
    """Each stratum's part in the variance of its group's rate, for a sample of one."""
    groups: dict[tuple[str, str], int] = {}
    for one in strata:
        groups[one.domain, one.outcome] = groups.get((one.domain, one.outcome), 0) + one.size
    return [
        0.0 if one.outcome == "undecided" else (one.size / groups[one.domain, one.outcome]) ** 2 * _variance(one)
        for one in strata
    ]


def _variance(one: Stratum) -> float:
    """Variance of a label: from those that there are, and as if five before them had held half an error."""
    share = (one.errors + 0.5) / (one.decided + 5)
    return share * (1 - share)


def _gain(weight: float, given: int) -> float:
    """By how much one more narrows."""
    return weight / (given * (given + 1)) if given else math.inf
