"""How unlike each other traces are, on a sample of bounded size: distinct-n, and clusters of near-duplicates.

Distinct-n is the share of different runs of n words among all runs (Li et al. 2016, arXiv:1510.03055), over the whole
sample. In a cluster are texts that are alike enough, or are so over others.
"""

from __future__ import annotations

import msgspec
import numpy as np

from ..corpus import Corpus
from ..curation.duplicates import problem_text
from ..curation.fingerprints import Hashes, distinct_runs, runs, text_hash, word_hashes
from ..curation.near import Text
from ..curation.wording import words
from ..stopping import Stop
from .clusters import clusters

__all__ = ["Diversity", "diversity"]

SAMPLE = 2000
"""Traces that are looked at, at most."""
CHARACTERS, WORDS = 4000, 1000
"""How much of a trace is looked at: reasoning first, then response."""
LONGEST_RUN = 4
OPENING_WORDS, OPENING_RUN, OPENING_THRESHOLD = 12, 3, 0.5
PROBLEM_THRESHOLD = 0.75
"""Where curation compares no problems; otherwise its own threshold counts."""


class Diversity(msgspec.Struct, frozen=True, kw_only=True):
    """How unlike each other some traces are."""

    traces: int
    """How many there are."""
    sampled: int
    """How many were looked at; everything below is about those."""
    words: int
    """Words that were looked at, after curation's normalisation."""
    distinct: dict[str, float]
    """By n as text: different runs of n words per run of n words."""
    problems: int
    """Problems that the traces solve."""
    problem_clusters: int
    """Groups of problems that are alike: curation's near-duplicates are one."""
    opening_clusters: int
    """Groups of traces whose first words are alike, whatever their problems."""


def diversity(corpus: Corpus, stop: Stop, traces: int, *, chosen: bool, threshold: float | None) -> Diversity | None:
    """Of the accepted traces of the table ``reported``, or of the chosen ones; null where there are none.

    Args:
        corpus: a reader with that table.
        stop: asked between texts.
        traces: how many there are.
        chosen: the examples, not all that is accepted.
        threshold: share of words at which curation takes two problems for the same.
    """
    corpus.keep("diverse", "diverse", chosen=chosen, most=SAMPLE, characters=CHARACTERS)
    hashed: list[Hashes] = []
    for rows in corpus.stream("diverse_texts", 100):
        stop.check("the report")
        hashed += [word_hashes(words(row["text"])[:WORDS]) for row in rows]
    if not hashed:
        return None
    problems = [problem_text(row["problem_id"], row["prompt"], row["answer"]) for row in corpus.ask("diverse_problems")]
    return Diversity(
        traces=traces,
        sampled=len(hashed),
        words=sum(map(len, hashed)),
        distinct={str(length): distinct(hashed, length) for length in range(1, LONGEST_RUN + 1)},
        problems=len(problems),
        problem_clusters=clusters(problems, threshold or PROBLEM_THRESHOLD),
        opening_clusters=clusters([_opening(text) for text in hashed], OPENING_THRESHOLD),
    )


def distinct(texts: list[Hashes], length: int) -> float:
    """Different runs of ``length`` words per run, given the words' hashes; 0 where no text has so many words."""
    found = np.concatenate([runs(text, length) for text in texts])
    return len(np.unique(found)) / len(found) if len(found) else 0.0


def _opening(text: Hashes) -> Text:
    """The first words of a trace as they are compared: with those of any other."""
    first = text[:OPENING_WORDS] if len(text) else word_hashes([""])
    return Text(id="", key=0, features=distinct_runs(first, OPENING_RUN), whole=text_hash(first))
