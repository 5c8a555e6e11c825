"""Hashes of words and of runs of words: 64 bits, without a key, the same on every machine.

A word's hash is BLAKE2b of its UTF-8 with a digest of eight bytes, read as little-endian. The hash of a run w1 ... wn
is mix(((w1 * P + w2) * P + ...) * P + wn + n) modulo 2^64, with P and mix as below. docs/curation.md repeats this, so
that a list of hashes can be made and read without this code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

__all__ = ["Hashes", "bag", "distinct_runs", "mixed", "runs", "text_hash", "word_hashes"]

Hashes = npt.NDArray[np.uint64]

_P_INT = 0x9E3779B97F4A7C15
_P = np.uint64(_P_INT)
_ALL_BITS = 2**64 - 1
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def word_hashes(words: Sequence[str]) -> Hashes:
    """A hash per word."""
    return np.fromiter(map(_word_hash, words), np.uint64, len(words))


def runs(hashes: Hashes, length: int) -> Hashes:
    """The hash of every run of ``length`` words, given the words' hashes; none where there are fewer words."""
    count = max(0, len(hashes) - length + 1)
    found = np.zeros(count, np.uint64)
    for place in range(length if count else 0):
        found *= _P
        found += hashes[place : place + count]
    return mixed(found + np.uint64(length))


def distinct_runs(hashes: Hashes, length: int) -> Hashes:
    """The runs as a set: sorted, each once. A text that is shorter is one run as a whole."""
    return np.unique(runs(hashes, min(length, len(hashes))))


def bag(words: Sequence[str], hashes: Hashes) -> Hashes:
    """The words as a set, whatever their order: sorted, the second occurrence of a word apart from its first."""
    seen: dict[str, int] = {}
    occurrence = np.empty(len(words), np.uint64)
    for place, word in enumerate(words):
        occurrence[place] = seen[word] = seen.get(word, -1) + 1
    return np.unique(mixed(hashes + occurrence * _P))


def text_hash(hashes: Hashes) -> int:
    """The hash of a text as a whole: that of the run of all its words."""
    folded = 0
    for value in hashes.tolist():  # faster than arrays of one
        folded = (folded * _P_INT + value) & _ALL_BITS
    return int(mixed(np.array([(folded + len(hashes)) & _ALL_BITS], np.uint64))[0])


def mixed(values: Hashes) -> Hashes:
    """Every bit of a value spread over all of them: the finaliser of SplitMix64 (Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * _MIX[0]
    values = (values ^ (values >> np.uint64(27))) * _MIX[1]
    return values ^ (values >> np.uint64(31))


@lru_cache(1 << 16)
def _word_hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
