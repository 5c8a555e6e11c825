"""Takes data out of a workspace: a tombstone first, then a rewrite of what held it.

A tombstone is an event that holds the hashes of the rows that go, by segment, and none of their content. Segments
are rewritten under their own names (tombstones.py); the hash over a segment counts rows that were taken out, so the
manifest still verifies.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pyarrow.parquet as pq

from .corpus import Corpus
from .job import Job
from .parts import clear, rows_by_part
from .records import short_hash
from .row_hashes import row_hash
from .segments import list_files
from .tombstones import announce

HOLDERS = {
    "problems": "problem_id",
    "traces": "trace_id",
    "verdicts": "trace_id",
    "examples": "trace_id",
    "reviews": "trace_id",
}
"""Kinds of records that hold data of a problem or trace, and the column that tells whose."""
ROWS_PER_TOMBSTONE = 1000


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What shall go: problems with everything that was sampled for them, and all that some teachers wrote."""

    problems: list[str] = []
    sources: list[str] = []
    teachers: list[str] = []
    reason: str = ""
    """Why, such as a request of the rights holder; it is put on record."""


class Forgotten(msgspec.Struct, frozen=True, kw_only=True):
    """What goes, or went, and who has learnt from it."""

    problems: int
    traces: int
    students: list[str]
    """Trainings whose examples held some of it; a model cannot be made to forget by deleting rows."""
    still_configured: list[str]
    """Sources that the configuration still names, so that the next run would take them in again."""


def look_up(job: Job, corpus: Corpus, selection: Selection) -> Forgotten:
    """What the selection holds; ``corpus`` keeps it, for ``bury``."""
    for name in ("problems", "sources", "teachers"):
        corpus.bind_column(f"asked_{name}", "name", getattr(selection, name))
    corpus.keep("forgotten_problems", "forgotten_problems")
    corpus.keep("forgotten_traces", "forgotten_traces")
    counts = corpus.ask("forgotten_counts")[0]
    configured = {one.source for one in job.config.problems}
    return Forgotten(
        problems=counts["problems"],
        traces=counts["traces"],
        students=[row["train_id"] for row in corpus.ask("forgotten_students")],
        still_configured=sorted(configured & set(selection.sources)),
    )


def bury(job: Job, corpus: Corpus, selection: Selection, found: Forgotten) -> None:
    """Put the tombstones on record; from here on the rewrite can be finished by anyone."""
    going = {
        "problem_id": {row["problem_id"] for row in corpus.ask("forgotten_problem_ids")},
        "trace_id": {row["trace_id"] for row in corpus.ask("forgotten_trace_ids")},
    }
    announce(job.workspace)
    for kind, column in HOLDERS.items():
        clear(job.workspace.segments / kind, at_once=True)
        for segment in list_files(kind, job.workspace.journals, job.workspace.segments).segments:
            for part, held in _held(segment, column, going[column]):
                name, hashes = f"{kind}/{part}", [row_hash(row) for row in held]
                for first in range(0, len(hashes), ROWS_PER_TOMBSTONE):
                    rows = hashes[first : first + ROWS_PER_TOMBSTONE]
                    job.event("forgotten", f"{name}#{short_hash(rows)[:8]}", segment=name, rows=rows)
    job.event("forgot", "selection", selection=msgspec.to_builtins(selection), found=msgspec.to_builtins(found))


def _held(segment: Path, column: str, going: set[str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The rows that go, by the part of the segment that they are in."""
    if not going.isdisjoint(cast("Any", pq).read_table(segment, columns=[column])[column].to_pylist()):
        for part, rows in rows_by_part(segment):
            yield part, [row for row in rows if row[column] in going]
