"""Merges small segments, so that a workspace of many nights stays quick to read; nobody who reads meanwhile notices."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import WorkspaceError
from ..parts import MARKER, PREFIX, Part, clear, parts_of, with_parts
from ..segments import KINDS, PIECE_BYTES, arrow_schema, list_files, segment_name, write_segment
from ..stopping import Stop
from ..workspace import Workspace, replace_file, storage_errors

SMALL_BYTES = PIECE_BYTES // 2
"""Segments below this size are merged, up to twice as much: what stages read at a time stays as large as it was."""


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the segments of one kind."""

    before: int
    after: int
    merged: int
    """Segments that were merged into others."""


class Compacted(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of the command did."""

    kinds: dict[str, Merged]


def compact(workspace: Workspace, stop: Stop) -> Compacted:
    """Merge the small segments of every kind. The caller holds the workspace.

    Raises:
        WorkspaceError: a segment cannot be read; nothing was deleted.
        Interrupted: a signal came; what is merged stays so.
    """
    return Compacted(kinds={kind: _compact(workspace, kind, stop) for kind in KINDS})


def _compact(workspace: Workspace, kind: str, stop: Stop) -> Merged:
    folder = workspace.segments / kind
    clear(folder)
    # A sealed journal is known by its segment's name until it is deleted, so that segment keeps it.
    journals = {segment_name(path) for path in workspace.journals.glob(f"{kind}-*.jsonl")}
    found = list_files(kind, workspace.journals, workspace.segments).segments
    small = [path for path in found if path.stem not in journals | {"0"} and path.stat().st_size < SMALL_BYTES]
    merged = gone = 0
    for group in _groups(small):
        stop.check("compaction")
        with storage_errors(workspace.path):
            _merge(kind, folder, group)
        merged, gone = merged + 1, gone + len(group)
    return Merged(before=len(found), after=len(found) - gone + merged, merged=gone)


def _groups(small: Sequence[Path]) -> Iterator[list[Path]]:
    """Neighbours that come to the size of a merged segment together; one that stays alone is left as it is."""
    group: list[Path] = []
    size = 0
    for path in small:
        group.append(path)
        size += path.stat().st_size
        if size >= PIECE_BYTES:
            yield group
            group, size = [], 0
    if len(group) > 1:
        yield group


def _merge(kind: str, folder: Path, group: Sequence[Path]) -> None:
    parts: list[Part] = []
    tables: list[pa.Table] = [arrow_schema(kind).empty_table()]
    for path in group:
        try:
            tables.append(cast("Any", pq).read_table(path, page_checksum_verification=True))
            parts += parts_of(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise WorkspaceError(
                f"{path}: cannot be read ({error}); `tracestill verify-workspace` says what to do"
            ) from error
    table = with_parts(pa.concat_tables(tables, promote_options="default"), parts)
    name = f"{PREFIX}{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
    replace_file(folder / f"{MARKER}{name}", json.dumps([path.stem for path in group]).encode())
    write_segment(table, folder / f"{name}.parquet")
