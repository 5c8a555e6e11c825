"""Whether a trace runs in circles: how much of it has been said before, word for word or in nearly the same words."""

from __future__ import annotations

import re
from collections import Counter
from itertools import compress

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ..pipeline.records import Finding, Problem
from .base import Candidate, Settings, Verifier, failed, passed
from .quoting import quoted

__all__ = ["Repetition"]

TOKEN = re.compile(r"[a-z0-9_]{1,20}|[^\sa-z0-9_]|\n")
"""Words, with signs and characters of scripts without spaces by themselves; a run without end is cut."""
SENTENCE_ENDS = frozenset(".!?;\n。！？；")  # noqa: RUF001
FILLER = frozenset(
    [
        "a",
        "about",
        "actually",
        "again",
        "all",
        "am",
        "an",
        "and",
        "answer",
        "are",
        "as",
        "at",
        "be",
        "been",
        "before",
        "but",
        "by",
        "can",
        "careful",
        "carefully",
        "check",
        "comes",
        "confirm",
        "confirmed",
        "confirms",
        "consider",
        "correct",
        "could",
        "do",
        "does",
        "double",
        "equals",
        "final",
        "finally",
        "first",
        "for",
        "from",
        "gave",
        "get",
        "gets",
        "give",
        "gives",
        "go",
        "going",
        "got",
        "had",
        "has",
        "have",
        "hence",
        "here",
        "hm",
        "hmm",
        "hold",
        "how",
        "however",
        "i",
        "if",
        "in",
        "indeed",
        "is",
        "it",
        "its",
        "just",
        "know",
        "let",
        "like",
        "ll",
        "look",
        "make",
        "maybe",
        "me",
        "minute",
        "moment",
        "more",
        "must",
        "my",
        "need",
        "no",
        "not",
        "now",
        "of",
        "oh",
        "ok",
        "okay",
        "on",
        "once",
        "one",
        "or",
        "our",
        "over",
        "perhaps",
        "problem",
        "question",
        "re",
        "really",
        "recheck",
        "reconsider",
        "result",
        "right",
        "s",
        "same",
        "see",
        "should",
        "since",
        "so",
        "solution",
        "step",
        "still",
        "sure",
        "t",
        "that",
        "the",
        "then",
        "there",
        "therefore",
        "they",
        "think",
        "this",
        "though",
        "thus",
        "time",
        "to",
        "too",
        "try",
        "ve",
        "verify",
        "wait",
        "was",
        "we",
        "well",
        "were",
        "what",
        "which",
        "will",
        "with",
        "would",
        "yes",
        "you",
    ]
) | frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~“”‘’…—–，、：（）")  # noqa: RUF001
"""What a claim does not depend on: signs, and words of doubt, of conclusion and of grammar."""
BASE = 0x9E3779B97F4A7C15
"""Of the polynomial whose coefficients are the tokens' hashes: odd, so it can be divided by."""
RESTATED = 4
"""Times that a claim stands before it counts as said again; up to three are a statement, a check and a conclusion."""
WORDS = 4
"""Words that a claim without a number must have: "no solution" may well stand in every case."""


class RepetitionSettings(Settings):
    """What counts as a loop."""

    ngram: int = Field(default=24, ge=4, le=200)
    """Words and signs in a row that have to come again to count."""
    max_repeated: float = Field(default=0.3, ge=0, le=1)
    """Share of the trace that may lie in such rows, or in claims that are made again and again."""


class Repetition(Verifier[RepetitionSettings]):
    """Passes a trace that mostly says new things; the score is the share that is repeated.

    Rows run over line ends, so loops of lines are found like loops of words. A claim is a sentence or a line without
    filler words: "So the answer is 5" and "Yes, the answer must be 5" are the same one.
    """

    version = "2"
    cost = 10
    Settings = RepetitionSettings

    def verify(self, problem: Problem, candidate: Candidate) -> Finding:
        """Fail a trace with too large a share of repeated rows or claims; the reason quotes the most frequent one."""
        tokens = TOKEN.findall(candidate.text.lower().replace("\n\n", "\n"))
        share, phrase = _repeated(tokens, self.settings.ngram)
        restated, claim, times = _restated(tokens)
        score = round(max(share, restated), 4)
        if share > self.settings.max_repeated:
            return failed(f"{share:.0%} is repeated, most often: {quoted(phrase)}", score)
        if restated > self.settings.max_repeated:
            return failed(f"{restated:.0%} says the same again, {times} times: {quoted(claim)}", score)
        return passed(f"{max(share, restated):.0%} is repeated", score)


def _repeated(tokens: list[str], n: int) -> tuple[float, str]:
    """Share of the tokens in n-grams that stood before, and the most frequent such n-gram.

    Less than two n-grams' length is no loop: a short program may well have two loops with the same body.
    """
    grams = _ngrams(tokens, n)
    order = np.argsort(grams, kind="stable")
    new = np.diff(grams[order]) != 0
    again = np.sort(order[1:][~new])
    covered = n + int(np.minimum(np.diff(again), n).sum())
    if not len(again) or covered < 2 * n:
        return 0.0, ""
    firsts = np.flatnonzero(np.concatenate(([True], new)))
    start = int(order[firsts[np.argmax(np.diff(firsts, append=len(order)))]])
    return covered / len(tokens), " ".join(tokens[start : start + n])


def _ngrams(tokens: list[str], n: int) -> npt.NDArray[np.uint64]:
    """A hash of the ``n`` tokens from every place on: differences of one running polynomial, modulo 2 to the 64th."""
    places = len(tokens) - n + 1
    if places < 1:
        return np.empty(0, np.uint64)
    hashes = np.fromiter(map(hash, tokens), np.int64, len(tokens)).view(np.uint64)
    running = np.cumsum(hashes * np.cumprod(np.full(len(tokens), BASE, np.uint64)))
    windows = running[n - 1 :] - np.concatenate((np.zeros(1, np.uint64), running[: places - 1]))
    return windows * np.cumprod(np.full(places, pow(BASE, -1, 2**64), np.uint64))


def _restated(tokens: list[str]) -> tuple[float, str, int]:
    """Share of the tokens in claims that were made before, the most frequent such claim and how often it is made.

    Sentences of nothing but filler words are left out of account.
    """
    ends = [at for at, token in enumerate(tokens) if token in SENTENCE_ENDS]
    spans = list(zip([0, *ends], [*ends, len(tokens)]))  # noqa: B905 - of one length
    claims = [frozenset(tokens[start:end]) - FILLER for start, end in spans]
    total = sum(end - start for start, end in compress(spans, claims))
    counts = Counter(claims)
    often = {claim for claim, times in counts.items() if times >= RESTATED and _says_something(claim)}
    if not often:
        return 0.0, "", 0
    first: dict[frozenset[str], tuple[int, int]] = {}
    again = 0
    for claim, (start, end) in zip(claims, spans, strict=True):
        if claim in often and any(map(str.isalpha, tokens[start:end])):
            again += (end - start) * (claim in first)
            first.setdefault(claim, (start, end))
    if not first:
        return 0.0, "", 0
    claim = max(first, key=counts.__getitem__)
    start, end = first[claim]
    return again / total, " ".join(tokens[start:end]), counts[claim]


def _says_something(claim: frozenset[str]) -> bool:
    return any(map(str.isdigit, claim)) or sum(map(str.isalnum, claim)) >= WORDS
