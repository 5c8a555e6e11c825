"""Groups of texts that are alike, in memory that does not grow with their number.

Two passes over the texts. The first keeps a few hashes of each in tables that may spill to disk; texts that share a
band of their MinHash are candidates. The second keeps the sets of the candidates alone, and candidates whose sets
overlap enough (Jaccard, counted and not estimated) are joined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from ..corpus import Corpus
from .batches import in_batches
from .fingerprints import Hashes, mixed
from .grouping import Groups
from .minhash import Banding

__all__ = ["MEMORY_MB", "Text", "group_alike"]

MEMORY_MB = 128
"""What the tables may take of memory before they spill to disk."""
BATCH = 4096


class Text(msgspec.Struct, frozen=True):
    """One text as it is compared."""

    id: str
    key: int
    """Only texts with the same key are compared."""
    features: Hashes
    """What its likeness is measured by: a set of hashes, sorted and not empty."""
    whole: int
    """Hash of the normalised text; those with the same one are alike whatever else is said of them."""
    answer: int = 0
    """Two that are known (not 0) and differ say that the texts mean different things."""


Read = Callable[[], Iterator[Text]]
"""Reads the texts whose ids are in the table ``sought``, in any order."""

_ITEMS = pa.schema([("item", pa.int32()), ("id", pa.string()), ("whole", pa.uint64())])
_BAND = pa.schema([("item", pa.int32()), ("hash", pa.uint64())])
_PAIRS = pa.schema([("later", pa.int32()), ("earlier", pa.int32())])
_FEATURES = pa.schema([("id", pa.string()), ("answer", pa.uint64()), ("features", pa.list_(pa.uint64()))])
_GROUPED = pa.schema([("item", pa.int32()), ("leader", pa.int32())])


def group_alike(corpus: Corpus, read: Read, threshold: float) -> None:
    """Leave a table ``grouped`` (id, leader) of all texts in ``sought`` that are not alone; ``leader`` names the group.

    ``sought`` holds the candidates afterwards.
    """
    corpus.limit_memory(MEMORY_MB)
    banding = Banding(threshold)
    count = _note(corpus, read, banding)
    _find_candidates(corpus, banding)
    corpus.keep("sought", "alike_candidates")
    _note_features(corpus, read)
    groups = Groups(count)
    questions: dict[str, dict[str, float]] = {"alike_wholes": {}, "alike_pairs": {"threshold": threshold}}
    for question, parameters in questions.items():
        for rows in corpus.stream(question, BATCH, **parameters):
            for row in rows:
                groups.join(row["later"], row["earlier"])
    _keep_groups(corpus, groups)


def _note(corpus: Corpus, read: Read, banding: Banding) -> int:
    """The first pass: number the texts and keep their band hashes."""
    writer = corpus.cursor()
    writer.create("alike_items", _table(_ITEMS))
    for band in range(banding.bands):
        writer.create(f"alike_band_{band}", _table(_BAND))
    count = 0
    for texts in in_batches(read(), BATCH):
        items = np.arange(count, count + len(texts), dtype=np.int32)
        keys = np.array([text.key for text in texts], np.uint64)
        wholes = mixed(np.array([text.whole for text in texts], np.uint64) ^ mixed(keys))
        writer.extend("alike_items", _table(_ITEMS, items, [text.id for text in texts], wholes))
        hashes = banding.hashes([text.features for text in texts], keys)
        for band in range(banding.bands):
            writer.extend(f"alike_band_{band}", _table(_BAND, items, hashes[:, band]))
        count += len(texts)
    return count


def _find_candidates(corpus: Corpus, banding: Banding) -> None:
    writer = corpus.cursor()
    writer.create("alike_pairs", _table(_PAIRS))
    corpus.keep("alike_firsts", "alike_firsts")
    for band in range(banding.bands):
        for batch in corpus.batches("alike_in_band", BATCH, band=f"alike_band_{band}"):
            writer.extend("alike_pairs", pa.Table.from_batches([batch]).cast(_PAIRS))
        writer.create(f"alike_band_{band}", _table(_BAND))  # gives its space back


def _note_features(corpus: Corpus, read: Read) -> None:
    """The second pass: keep the sets of the candidates."""
    writer = corpus.cursor()
    writer.create("alike_features", _table(_FEATURES))
    for texts in in_batches(read(), BATCH):
        sets = [text.features for text in texts]
        answers = np.array([text.answer for text in texts], np.uint64)
        writer.extend("alike_features", _table(_FEATURES, [text.id for text in texts], answers, sets))


def _keep_groups(corpus: Corpus, groups: Groups) -> None:
    writer = corpus.cursor()
    writer.create("alike_groups", _table(_GROUPED))
    for joined in in_batches(groups.joined(), BATCH):
        items, leaders = zip(*joined, strict=True)
        writer.extend("alike_groups", _table(_GROUPED, items, leaders))
    corpus.keep("grouped", "alike_grouped")
    for name, schema in (("alike_items", _ITEMS), ("alike_pairs", _PAIRS), ("alike_features", _FEATURES)):
        writer.create(name, _table(schema))


def _table(schema: pa.Schema, *columns: Any) -> pa.Table:
    """A table of some columns; an empty one without them."""
    named: dict[str, Any] = dict(zip(schema.names, columns, strict=True)) if columns else {}
    return pa.table(named, schema=schema) if named else schema.empty_table()
