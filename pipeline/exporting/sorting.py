"""Exported traces in the order of their problems, in memory that does not grow with their number.

The ledger is read once, a piece at a time, and its rows are put into buckets on the disk: the first holds the first
problems by their ids, and so on. A bucket is small enough to be put in order in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa

from ..corpus import Corpus, Row
from ..stopping import Stop
from .base import Scope

BUCKET_CHARACTERS = 32 * 2**20
ROWS_AT_ONCE = 250
"""Rows that are Python objects at a time; each may hold a hundred thousand characters."""


class SortedTraces:
    """Every trace in the table ``exported``, with what rows are made from. Make it once for all forms."""

    def __init__(self, corpus: Corpus, folder: Path, stop: Stop) -> None:
        """Read the ledger.

        Args:
            corpus: a reader that holds the tables ``exported`` and ``held_out``.
            folder: where the buckets lie; it is made.
            stop: a request to leave.
        """
        self._folder = folder
        self._stop = stop
        folder.mkdir()
        corpus.keep("export_facts", "export_facts")
        corpus.keep("export_buckets", "export_buckets", characters=BUCKET_CHARACTERS)
        for _ in corpus.pieces("traces"):
            stop.check("export")
            if batches := list(corpus.batches("export_rows", ROWS_AT_ONCE)):
                self._scatter(pa.Table.from_batches(batches))

    def problems(self, scope: Scope) -> Iterator[list[Row]]:
        """The traces of each problem that has any in that scope, in the order of their ids."""
        for _, samples in groupby(self._rows(scope), key=itemgetter("problem_id")):
            yield list(samples)

    def _rows(self, scope: Scope) -> Iterator[Row]:
        for path in sorted(self._folder.iterdir()):
            found = _read(path)
            wanted = cast("Any", found.filter(found[scope]))
            ordered: pa.Table = wanted.sort_by([("problem_id", "ascending"), ("trace_id", "ascending")])
            for batch in ordered.to_batches(max_chunksize=ROWS_AT_ONCE):
                self._stop.check("export")
                yield from batch.to_pylist()

    def _scatter(self, rows: pa.Table) -> None:
        """Append each row to the file of its bucket."""
        buckets = np.asarray(rows["bucket"], np.int32)
        order = np.argsort(buckets, kind="stable")
        numbers, starts = np.unique(buckets[order], return_index=True)
        for number, places in zip(numbers, np.split(order, starts[1:]), strict=True):
            with (self._folder / f"{number:09d}.arrow").open("ab") as file:
                part = rows.take(cast("Any", places))
                with _ipc.new_stream(file, part.schema, options=_ipc.IpcWriteOptions(compression="lz4")) as writer:
                    writer.write_table(part)


def _read(path: Path) -> pa.Table:
    """All that was appended to a bucket: one stream after the other."""
    parts: list[pa.Table] = []
    size = path.stat().st_size
    with path.open("rb") as file:
        while file.tell() < size:
            with _ipc.open_stream(file) as reader:
                parts.append(reader.read_all())
    return pa.concat_tables(parts)


_ipc = cast("Any", pa).ipc
