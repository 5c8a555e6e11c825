"""Which of some new problems are news: unlike every problem that is there, and unlike the new ones before them.

The novelty check of self-instruct (Wang et al. 2022, arXiv:2212.10560) by other means: words in any order, numbers
apart, so that a known problem with other numbers is no news.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa

from ..corpus import Corpus
from ..stopping import Stop
from .fingerprints import bag, text_hash, word_hashes
from .near import Text, group_alike
from .wording import words

__all__ = ["stale"]

_IDS = pa.schema([("id", pa.string())])
Read = Callable[[], Iterator[str]]
"""Reads texts; the same ones in the same order each time."""


def stale(corpus: Corpus, known: Read, new: Read, likeness: float, stop: Stop) -> dict[int, str]:
    """Places of the new texts that are no news, each with why.

    Args:
        corpus: a reader, for tables that may spill to disk.
        known: the texts of the problems that are there.
        new: the texts of the new ones.
        likeness: share of words in common from which on two are the same idea.
        stop: looked at now and then.
    """
    corpus.create("sought", _IDS.empty_table())
    group_alike(corpus, lambda: _texts(known, new, stop), likeness)
    first: dict[str, str] = {}
    members: list[tuple[str, str]] = []
    for rows in corpus.stream("all_grouped"):
        for row in rows:
            first[row["leader"]] = min(first.get(row["leader"], row["id"]), row["id"])
            members.append((row["id"], row["leader"]))
    return {int(name[2:]): _why(first[leader]) for name, leader in members if name[0] == "b" and first[leader] != name}


def _texts(known: Read, new: Read, stop: Stop) -> Iterator[Text]:
    # Names sort with what is known first, and new ones in their order.
    for kind, read in (("a", known), ("b", new)):
        for place, text in enumerate(read()):
            if place % 1000 == 0:
                stop.check("looking for news")
            found = [word for word in words(text) if not word[0].isdigit()] or [text.strip()]
            hashes = word_hashes(found)
            yield Text(id=f"{kind}/{place:09d}", key=0, features=bag(found, hashes), whole=text_hash(hashes))


def _why(name: str) -> str:
    return "like a problem that is there" if name[0] == "a" else f"like new problem {int(name[2:])}"
