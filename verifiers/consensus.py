"""The answer that most traces of a problem agree on, where nobody gave one: majority vote by meaning, not by spelling.

Wang et al. 2022, self-consistency (arXiv:2203.11171). A majority can be wrong together, so its share is kept beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Consensus(NamedTuple):
    """What most answers say."""

    answer: str
    """In the spelling that most of them have."""
    votes: int
    """How many say it."""


def consensus_of(answers: Sequence[str], same: Callable[[str, str], bool]) -> Consensus | None:
    """The largest group of answers that are the same; null where there is none, or two are as large.

    Args:
        answers: final answers, in an order that does not depend on when they came.
        same: whether an answer is equal to another that is taken for the reference. It need not be symmetric: answers
            are one group if each is equal to the other.
    """
    spellings = Counter(answers)
    groups: list[list[str]] = []
    for spelling in spellings:
        for group in groups:
            if same(group[0], spelling) and same(spelling, group[0]):
                group.append(spelling)
                break
        else:
            groups.append([spelling])
    sizes = [sum(spellings[one] for one in group) for group in groups]
    if not sizes or sizes.count(max(sizes)) > 1:
        return None
    largest = groups[sizes.index(max(sizes))]
    return Consensus(max(largest, key=lambda one: spellings[one]), max(sizes))
