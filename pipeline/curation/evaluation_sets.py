"""What is kept of an evaluation set to find its problems in other texts: hashes, held in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from ..records import Problem
from .fingerprints import Hashes, distinct_runs, text_hash, word_hashes
from .quantities import is_quantity
from .wording import words

__all__ = ["FEWER", "NUMBERED", "SHORTER", "EvaluationSet", "Fingerprint", "evaluation_set", "number_hashes"]

NUMBERED = 3
"""A problem with so many numbers is told by them too: its runs are shorter, and fewer of them are enough."""
SHORTER, FEWER = 0.6, 0.4
"""By how much."""


class Fingerprint(msgspec.Struct, frozen=True):
    """One problem of an evaluation set."""

    id: str
    text: int
    """Hash of all its words."""
    run: int
    """Words of each of its runs; all of them, where it has fewer."""
    runs: Hashes
    numbers: Hashes
    """Hashes of its numbers, the second occurrence of one apart from its first."""


class EvaluationSet(msgspec.Struct, frozen=True):
    """A set that nothing may be trained on."""

    name: str
    ngram: int
    problems: tuple[Fingerprint, ...]


def evaluation_set(name: str, problems: Iterable[Problem], ngram: int) -> EvaluationSet:
    """The hashes of a set's problems."""
    return EvaluationSet(name, ngram, tuple(_fingerprint(one, ngram) for one in problems))


def number_hashes(found: Sequence[str]) -> Hashes:
    """The numbers among words as a set of hashes, sorted."""
    counts = Counter(filter(is_quantity, found))
    return np.sort(word_hashes([f"{number} {n}" for number, count in counts.items() for n in range(count)]))


def _fingerprint(problem: Problem, ngram: int) -> Fingerprint:
    found = words(problem.prompt) or [problem.prompt.strip()]
    hashes, numbers = word_hashes(found), number_hashes(found)
    wanted = max(1, round(SHORTER * ngram)) if len(numbers) >= NUMBERED else ngram
    run = min(wanted, len(found))
    return Fingerprint(problem.problem_id, text_hash(hashes), run, distinct_runs(hashes, run), numbers)
