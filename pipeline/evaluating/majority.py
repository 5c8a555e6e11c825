"""maj@k: how often the answer that most of k samples agree on is right, and how large that majority is.

Wang et al. 2022, self-consistency (arXiv:2203.11171). Instead of drawing k of the n samples once, the chance is counted
over all ways to draw them, as pass@k does. A tie is broken by lot, and counted as that chance, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec

__all__ = ["Ballot", "Group", "ballot_of", "maj_at_k"]


class Group(msgspec.Struct, frozen=True):
    """Samples of a problem that give the same answer."""

    votes: int
    right: bool


class Ballot(msgspec.Struct, frozen=True):
    """The answers of one model to one problem."""

    samples: int
    """All of them; one without an answer agrees with nothing."""
    groups: tuple[Group, ...]

    @property
    def largest(self) -> int:
        """Votes of the largest group."""
        return max((group.votes for group in self.groups), default=0)

    @property
    def share(self) -> float:
        """Share of the samples that the largest group has."""
        return self.largest / self.samples


def ballot_of(right: int, wrong: Sequence[str], samples: int, same: Callable[[str, str], bool]) -> Ballot:
    """Group the answers to one problem.

    Args:
        right: samples whose answer was proven equal to the reference: they say the same.
        wrong: the answers of the other samples that have one.
        samples: of the problem in all.
        same: whether two answers are equal; it need not be symmetric, so both ways are asked.
    """
    spellings: dict[str, int] = {}
    for answer in wrong:
        spellings[answer] = spellings.get(answer, 0) + 1
    groups: list[tuple[str, int]] = []
    for answer, votes in spellings.items():
        for place, (first, before) in enumerate(groups):
            if same(first, answer) and same(answer, first):
                groups[place] = (first, before + votes)
                break
        else:
            groups.append((answer, votes))
    found = [Group(right, right=True)] if right else []
    return Ballot(samples, (*found, *(Group(votes, right=False) for _, votes in groups)))


def maj_at_k(ballot: Ballot, k: int) -> float:
    """Chance that the largest group among k of the samples is the right one.

    Raises:
        ValueError: there are fewer than k samples.
    """
    if ballot.samples < k:
        raise ValueError(f"maj@{k} needs {k} samples, there are {ballot.samples}")
    right = sum(group.votes for group in ballot.groups if group.right)
    others = [group.votes for group in ballot.groups if not group.right]
    silent = ballot.samples - right - sum(others)
    chances = (
        math.comb(right, votes) * _beaten(others, silent, votes, k - votes) for votes in range(1, min(right, k) + 1)
    )
    return math.fsum(chances) / math.comb(ballot.samples, k)


def _beaten(others: Sequence[int], silent: int, votes: int, rest: int) -> float:
    """Ways to draw ``rest`` of the other samples in which no group has more than ``votes``.

    A way in which t groups have just as many counts as 1 / (t + 1): the lot decides among them.
    """
    # A row for each number of tied groups, a column for each number of samples drawn.
    ways = [[math.comb(silent, drawn) for drawn in range(rest + 1)]]
    for size in others:
        wider = [[0] * (rest + 1) for _ in range(len(ways) + (size >= votes))]
        for tied, row in enumerate(ways):
            for drawn, count in enumerate(row):
                if not count:
                    continue
                for taken in range(min(size, votes, rest - drawn) + 1):
                    wider[tied + (taken == votes)][drawn + taken] += count * math.comb(size, taken)
        ways = wider
    return math.fsum(row[rest] / (tied + 1) for tied, row in enumerate(ways))
