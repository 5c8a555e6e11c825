"""Merged segments: several small ones in one file, which remembers what each of them was.

Readers must never see a row twice or miss it while a merged segment takes the place of the small ones. So a marker
``.replaced-NAME`` is written first, which names them; then the merged segment appears under its name, in one step; the
small ones are deleted a minute later, and the marker after them. A reader lists the segments before the markers, and
passes over what a segment that it has listed has replaced.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from .row_hashes import rows_of

PREFIX = "merged-"
MARKER = ".replaced-"
KEEP_SECONDS = 60.0
"""How long what was replaced stays for readers that have listed it."""
_KEY = b"tracestill.parts"


class Part(NamedTuple):
    """The rows that came from one segment."""

    name: str
    rows: int


def parts_of(segment: Path) -> list[Part]:
    """What a segment consists of, in the order of its rows; one that was never merged is its only part."""
    with pq.ParquetFile(segment) as file:
        known = (file.schema_arrow.metadata or {}).get(_KEY)
        return [Part(segment.stem, file.metadata.num_rows)] if known is None else _read(known)


def with_parts(table: pa.Table, parts: Sequence[Part]) -> pa.Table:
    """The table, remembering what it consists of."""
    return table.replace_schema_metadata({**(table.schema.metadata or {}), _KEY: json.dumps(parts).encode()})


def rows_by_part(segment: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The rows of each part, under the name of the segment that it was."""
    rows = rows_of(segment)
    for name, count in parts_of(segment):
        yield name, list(islice(rows, count))


def without_replaced(folder: Path, segments: Sequence[Path]) -> list[Path]:
    """The segments, listed before this is called, but for those whose rows are in a merged one among them."""
    listed = {path.stem for path in segments}
    replaced: set[str] = set()
    for marker in folder.glob(f"{MARKER}*"):
        if marker.name.removeprefix(MARKER) in listed:
            try:
                replaced.update(json.loads(marker.read_text(encoding="utf-8")))
            except FileNotFoundError:  # what it names has been deleted, and the next read finds out
                continue
    return [path for path in segments if path.stem not in replaced]


def clear(folder: Path, *, at_once: bool = False) -> None:
    """Delete the segments that a merged one has replaced a minute ago, and markers of a merge that came to nothing.

    Whoever calls this holds the workspace.
    """
    for marker in folder.glob(f"{MARKER}*"):
        merged = folder / f"{marker.name.removeprefix(MARKER)}.parquet"
        since = (merged if merged.exists() else marker).stat().st_mtime
        if not at_once and time.time() - since < KEEP_SECONDS:
            continue
        if merged.exists():
            for name in json.loads(marker.read_text(encoding="utf-8")):
                (folder / f"{name}.parquet").unlink(missing_ok=True)
        marker.unlink()


def _read(known: bytes) -> list[Part]:
    return [Part(name, rows) for name, rows in json.loads(known)]
