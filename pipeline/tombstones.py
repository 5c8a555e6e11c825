"""Takes out of the segments every row that has a tombstone, and makes again what was derived from it."""

from __future__ import annotations

import shutil
from functools import partial
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from .auditing import sheet
from .corpus import Corpus, build_corpus
from .row_hashes import row_hash, rows_of
from .segments import segment_name, sync, write_segment
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
    rewritten = sum(_rewrite(workspace, name, hashes) for name, hashes in buried.items())
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


def _rewrite(workspace: Workspace, name: str, buried: set[str]) -> bool:
    kind, _, stem = name.partition("/")
    segment = workspace.segments / kind / f"{stem}.parquet"
    if not segment.exists():
        return False
    kept = [row_hash(row) not in buried for row in rows_of(segment)]
    if not all(kept):
        write_segment(cast("Any", pq).read_table(segment).filter(pa.array(kept)), segment)
    # A sealed journal holds the same rows until it is deleted; readers pass it over, a search of the disk does not.
    for journal in workspace.journals.glob(f"{kind}-*.jsonl"):
        if segment_name(journal) == stem:
            journal.unlink(missing_ok=True)
    return not all(kept)
