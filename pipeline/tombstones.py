"""Takes out of the segments every row that has a tombstone, and makes again what was derived from it."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from .auditing import sheet
from .corpus import Corpus, build_corpus
from .parts import Part, clear, parts_of, rows_by_part, with_parts
from .row_hashes import row_hash
from .segments import KINDS, list_files, segment_name, sync, write_segment
from .view import View
from .workspace import Workspace, replace_file

_MARKER = ".forgetting"


def announce(workspace: Workspace) -> None:
    """Leave a mark that tombstones are being written, so that whoever comes next finishes the work."""
    replace_file(workspace.path / _MARKER, b"Rows that have a tombstone are being taken out of the segments.\n")


def is_pending(workspace: Workspace) -> bool:
    """Whether the work was begun and not finished."""
    return (workspace.path / _MARKER).exists()


def take_out(workspace: Workspace, view: View) -> int:
    """Rewrite every segment that holds a row with a tombstone; gives how many there were. Safe to do again."""
    with Corpus(workspace, view) as corpus:
        buried: dict[str, set[str]] = {}
        for row in corpus.ask("tombstones"):
            buried.setdefault(row["segment"], set()).update(row["rows"])
    rewritten = sum(_take_out(workspace, kind, buried) for kind in KINDS)
    with Corpus(workspace, view) as corpus:
        sheet.take_out(workspace, partial(_known_traces, corpus))
    # Derived files held the same rows.
    if workspace.corpus.exists():
        build_corpus(workspace, view)
    for entry in workspace.exports.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    # Workspaces above this one hold answers to its problems, and students that learnt from its traces.
    if workspace.ablations.exists():
        shutil.rmtree(workspace.ablations)
    (workspace.path / _MARKER).unlink(missing_ok=True)
    sync(workspace.path)
    return rewritten


def _known_traces(corpus: Corpus, names: list[str]) -> set[str]:
    """Those of the traces that the ledger holds."""
    corpus.bind_column("wanted_traces", "trace_id", names)
    return {row["trace_id"] for row in corpus.ask("known_traces")}


def _take_out(workspace: Workspace, kind: str, buried: dict[str, set[str]]) -> int:
    """Rewrite the segments of a kind that hold what goes; gives how many there were."""
    folder = workspace.segments / kind
    clear(folder, at_once=True)
    rewritten = 0
    for segment in list_files(kind, workspace.journals, workspace.segments).segments:
        names = {f"{kind}/{part.name}" for part in parts_of(segment)}
        if not names.isdisjoint(buried):
            rewritten += _rewrite(kind, segment, buried)
    # A sealed journal holds the same rows until it is deleted; readers pass it over, a search of the disk does not.
    for journal in workspace.journals.glob(f"{kind}-*.jsonl"):
        if f"{kind}/{segment_name(journal)}" in buried and (folder / f"{segment_name(journal)}.parquet").exists():
            journal.unlink(missing_ok=True)
    return rewritten


def _rewrite(kind: str, segment: Path, buried: dict[str, set[str]]) -> bool:
    kept: list[bool] = []
    parts: list[Part] = []
    for name, rows in rows_by_part(segment):
        going = buried.get(f"{kind}/{name}", set())
        stays = [row_hash(row) not in going for row in rows]
        parts.append(Part(name, sum(stays)))
        kept += stays
    if all(kept):
        return False
    table = cast("Any", pq).read_table(segment).filter(pa.array(kept))
    write_segment(with_parts(table, parts), segment)
    return True
