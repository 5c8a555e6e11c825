"""Finds the problems of evaluation sets in other texts.

A text holds a problem if it has all of the problem's numbers and enough of its runs of words. A problem may also be the
problem of an evaluation set, word by word, however short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .evaluation_sets import FEWER, NUMBERED, EvaluationSet, Fingerprint, number_hashes
from .fingerprints import Hashes, runs, text_hash, word_hashes
from .wording import words

__all__ = ["SHORTEST", "Contamination", "Hit"]

SHORTEST = 8
"""Words of a problem below which it is looked for as a whole problem only: `What is 2 + 2?` stands in any text."""


class Hit(NamedTuple):
    """One problem of an evaluation set in one text."""

    text_id: str
    set_name: str
    problem_id: str


class Contamination:
    """The problems of all evaluation sets, ready to be looked for."""

    def __init__(self, sets: Sequence[EvaluationSet], share: float) -> None:
        self._problems = [(found.name, problem) for found in sets for problem in found.problems]
        self._share = share
        self._whole: dict[int, list[int]] = {}
        by_length: dict[int, list[tuple[Hashes, int]]] = {}
        for place, (_, problem) in enumerate(self._problems):
            self._whole.setdefault(problem.text, []).append(place)
            if problem.run >= SHORTEST or len(problem.runs) > 1:
                by_length.setdefault(problem.run, []).append((problem.runs, place))
        self._runs = {length: _index(entries) for length, entries in by_length.items()}

    def search(self, texts: Iterable[tuple[str, str]], *, whole: bool) -> Iterator[Hit]:
        """Every problem that is found in texts, which are pairs of id and text.

        Args:
            texts: what to look through, a batch at once.
            whole: whether each text is a problem itself.
        """
        ids, found = zip(*((name, words(text)) for name, text in texts), strict=True)
        hashes = [word_hashes(one) for one in found]
        hits: dict[tuple[int, int], None] = {}
        if whole:
            for text, one in enumerate(hashes):
                for problem in self._whole.get(text_hash(one), ()):
                    hits[text, problem] = None
        for text, problem in self._overlaps(hashes):
            if (text, problem) not in hits and self._has_numbers(found[text], self._problems[problem][1]):
                hits[text, problem] = None
        for text, problem in sorted(hits):
            name, fingerprint = self._problems[problem]
            yield Hit(ids[text], name, fingerprint.id)

    def _overlaps(self, hashes: Sequence[Hashes]) -> Iterator[tuple[int, int]]:
        """Texts and problems that have enough runs in common."""
        if not self._runs:
            return
        joined = np.concatenate(hashes)
        sizes = np.array([len(one) for one in hashes])
        text_of = np.repeat(np.arange(len(hashes)), sizes)
        for length, (sought, first, owners) in self._runs.items():
            present = runs(joined, length)
            if not len(present):
                continue
            place = np.minimum(np.searchsorted(sought, present), len(sought) - 1)
            # A run that goes on into the next text is none.
            same = (sought[place] == present) & (text_of[: len(present)] == text_of[length - 1 :])
            common: dict[tuple[int, int], int] = {}
            pairs = np.unique(np.stack([text_of[: len(present)][same], place[same]]), axis=1)
            for text, run in pairs.T.tolist():
                for problem in owners[first[run] : first[run + 1]].tolist():
                    common[text, problem] = common.get((text, problem), 0) + 1
            yield from (pair for pair, count in common.items() if count >= self._enough(self._problems[pair[1]][1]))

    def _enough(self, problem: Fingerprint) -> float:
        share = self._share * FEWER if len(problem.numbers) >= NUMBERED else self._share
        return share * len(problem.runs)

    @staticmethod
    def _has_numbers(found: Sequence[str], problem: Fingerprint) -> bool:
        return bool(np.isin(problem.numbers, number_hashes(found)).all())


def _index(entries: Sequence[tuple[Hashes, int]]) -> tuple[Hashes, np.ndarray, np.ndarray]:
    """All runs of one length, sorted; where the owners of each begin; the owners."""
    every = np.concatenate([hashes for hashes, _ in entries])
    owners = np.concatenate([np.full(len(hashes), place) for hashes, place in entries])
    order = np.argsort(every, kind="stable")
    sought, first = np.unique(every[order], return_index=True)
    return sought, np.append(first, len(every)), owners[order]
