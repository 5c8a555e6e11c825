"""An order of each problem's traces in which every next one is least like those before it: farthest-first traversal.

Traces are compared by a bottom-k sketch of their runs of three words: the smallest hashes stand for the whole set
(Cohen and Kaplan 2007), so a long trace costs no more than a short one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from ..config_select import Select
from ..corpus import Corpus, Row
from ..stopping import Stop
from .batches import in_batches
from .duplicates import read_traces
from .fingerprints import Hashes

__all__ = ["farthest_first", "order_by_difference"]

SKETCH = 64
"""Hashes that stand for a trace; the likeness of two is then off by about 0.06."""
BATCH = 4096

_SKETCHES = pa.schema([("trace_id", pa.string()), ("sketch", pa.list_(pa.uint64()))])
_ORDER = pa.schema([("trace_id", pa.string()), ("place", pa.int64())])


def order_by_difference(corpus: Corpus, select: Select, stop: Stop) -> None:
    """Leave a table ``diverse_order`` (trace_id, place); an empty one unless ``select.prefer`` is ``diverse``.

    Expects what ``find_duplicates`` leaves. The first of each problem is the one with the least preference.
    """
    writer = corpus.cursor()
    writer.create("diverse_order", _ORDER.empty_table())
    if select.prefer != "diverse":
        return
    corpus.keep("sought", "spread_traces")
    writer.create("sketches", _SKETCHES.empty_table())
    for texts in in_batches(read_traces(corpus, stop), BATCH):
        columns = [[text.id for text in texts], [text.features[:SKETCH] for text in texts]]
        writer.extend("sketches", pa.table(dict(zip(_SKETCHES.names, columns, strict=True)), schema=_SKETCHES))
    rows = (row for rows in corpus.stream("spread_sketches", BATCH) for row in rows)
    for placed in in_batches(_placed(rows, stop), BATCH):
        names, places = zip(*placed, strict=True)
        writer.extend("diverse_order", pa.table({"trace_id": names, "place": places}, schema=_ORDER))


def _placed(rows: Iterator[Row], stop: Stop) -> Iterator[tuple[str, int]]:
    for _, group in groupby(rows, lambda row: row["problem_id"]):
        stop.check("looking for differences")
        traces = list[Any](group)
        order = farthest_first([np.array(row["sketch"], np.uint64) for row in traces])
        yield from ((traces[index]["trace_id"], place) for place, index in enumerate(order))


def farthest_first(sketches: list[Hashes]) -> list[int]:
    """Indices of the sketches: the first one, then each time the one whose nearest predecessor is farthest."""
    order = [0]
    nearest = np.array([likeness(sketches[0], one) for one in sketches])
    nearest[0] = np.inf
    while len(order) < len(sketches):
        found = int(np.argmin(nearest))
        order.append(found)
        nearest = np.maximum(nearest, [likeness(sketches[found], one) for one in sketches])
        nearest[order] = np.inf
    return order


def likeness(first: Hashes, second: Hashes) -> float:
    """Jaccard of two sets, estimated from their smallest hashes."""
    smallest = np.union1d(first, second)[:SKETCH]
    both = np.intersect1d(first, second)
    return len(np.intersect1d(smallest, both)) / len(smallest)
