"""Hashes of ledger rows, and one hash over all rows of a segment that stays the same when rows are taken out.

A row that was taken out leaves its hash behind in a tombstone; the hash over a segment is that of the sorted
hashes of its rows, present or taken out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pyarrow.parquet as pq

ROWS = 2000
"""Rows that are held at a time."""
_encoder = msgspec.json.Encoder(order="sorted")


def rows_of(segment: Path) -> Iterator[dict[str, Any]]:
    """The rows of a segment, in their order."""
    with pq.ParquetFile(segment) as file:
        for batch in cast("Any", file).iter_batches(ROWS):
            yield from batch.to_pylist()


def row_hash(row: dict[str, Any]) -> str:
    """SHA-256 of a row as JSON with sorted keys; a column without a value is left out, so a new one changes none."""
    present = {name: value for name, value in row.items() if value is not None}
    return hashlib.sha256(_encoder.encode(present)).hexdigest()


def root(hashes: Iterable[str]) -> tuple[str, int]:
    """One hash over all rows in any order, and how many there are."""
    digest = hashlib.sha256()
    count = 0
    for one in sorted(hashes):
        digest.update(bytes.fromhex(one))
        count += 1
    return digest.hexdigest(), count
