"""How many groups of alike texts there are among a few thousand, in memory.

The rule is that of curation/near.py, which needs no more memory for millions but half a second for any number.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..curation.grouping import Groups
from ..curation.minhash import Banding
from ..curation.near import Text

__all__ = ["clusters"]

BEFORE = 8
"""With how many of the texts before it in its bucket one is compared, beside the first."""


def clusters(texts: Sequence[Text], threshold: float) -> int:
    """The number of groups; a text that is like no other is one."""
    groups = Groups(len(texts))
    firsts: dict[tuple[int, int], int] = {}
    for place, text in enumerate(texts):
        groups.join(place, firsts.setdefault((text.key, text.whole), place))
    places = list(firsts.values())
    if len(places) > 1:
        features, keys = [texts[place].features for place in places], [texts[place].key for place in places]
        for band in Banding(threshold).hashes(features, np.array(keys, np.uint64)).T:
            _join_band(texts, groups, dict(zip(places, band.tolist(), strict=True)), threshold)
    return len({groups.of(place) for place in range(len(texts))})


def _join_band(texts: Sequence[Text], groups: Groups, hashes: dict[int, int], threshold: float) -> None:
    buckets: dict[int, list[int]] = {}
    for place, value in hashes.items():
        before = buckets.setdefault(value, [])
        for other in {*before[:1], *before[-BEFORE:]}:
            if groups.of(place) != groups.of(other) and _alike(texts[place], texts[other], threshold):
                groups.join(place, other)
        before.append(place)


def _alike(one: Text, other: Text, threshold: float) -> bool:
    if one.answer != other.answer and one.answer and other.answer:
        return False
    shared = len(np.intersect1d(one.features, other.features, assume_unique=True))
    return shared >= threshold * (len(one.features) + len(other.features) - shared)
