"""Whether a trace runs in circles: how much of it has been said before, word for word."""

from __future__ import annotations

import re
from collections import Counter

from pydantic import Field

from ..pipeline.records import Finding, Problem
from .base import Candidate, Settings, Verifier, failed, passed

__all__ = ["Repetition"]

TOKEN = re.compile(r"[A-Za-z0-9_]{1,20}|[^\sA-Za-z0-9_]")
"""Words, with signs and characters of scripts without spaces by themselves; a run without end is cut."""
SHOWN = 80
"""Characters of the repeated phrase that a reason shows."""


class RepetitionSettings(Settings):
    """What counts as a loop."""

    ngram: int = Field(default=24, ge=4, le=200)
    """Words and signs in a row that have to come again to count."""
    max_repeated: float = Field(default=0.3, ge=0, le=1)
    """Share of the trace that may lie in such rows."""


class Repetition(Verifier[RepetitionSettings]):
    """Passes a trace that mostly says new things; the score is the share that is repeated.

    Rows run over line ends, so loops of lines are found like loops of words.
    """

    version = "1"
    cost = 10
    Settings = RepetitionSettings

    def verify(self, problem: Problem, candidate: Candidate) -> Finding:
        """Fail a trace with too large a share of repeated rows; the reason quotes the most frequent one."""
        tokens = TOKEN.findall(candidate.text)
        share, phrase = _repeated(tokens, self.settings.ngram)
        score = round(share, 4)
        if share > self.settings.max_repeated:
            return failed(f"{share:.0%} is repeated, most often: {phrase[:SHOWN]}", score)
        return passed(f"{share:.0%} is repeated", score)


def _repeated(tokens: list[str], n: int) -> tuple[float, str]:
    """Share of the tokens in n-grams that stood before, and the most frequent such n-gram."""
    seen: set[int] = set()
    again: Counter[int] = Counter()
    places: dict[int, int] = {}
    covered = end = 0
    for start, gram in enumerate(map(hash, zip(*(tokens[shift:] for shift in range(n)), strict=False))):
        if gram not in seen:
            seen.add(gram)
            continue
        again[gram] += 1
        places[gram] = start
        covered += start + n - max(start, end)
        end = start + n
    if not again:
        return 0.0, ""
    start = places[again.most_common(1)[0][0]]
    return covered / len(tokens), " ".join(tokens[start : start + n])
