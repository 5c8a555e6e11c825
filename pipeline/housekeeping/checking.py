"""Looks for damage in a workspace: every file readable, every identity what its row says, nothing missing or twice."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from ..auditing.drawing import DRAWN
from ..corpus import Corpus, read
from ..errors import WorkspaceError
from ..manifest import manifest_path, verify
from ..progress import Progress
from ..records import Decision, Problem, short_hash
from ..segments import KINDS, list_files, read_journal
from ..view import View
from ..workspace import Workspace

BATCH = 1000
FROM_BACKUP = "take it from a backup (`tracestill restore` beside this workspace), or move it away: its rows are lost"
CHANGED = "somebody changed the file; take it from a backup, or find out who"
AGAIN = "`tracestill export` or `train-sft` makes it again, and `report --compliance` puts it on record"
MENDS = {"segment": FROM_BACKUP, "prompt": CHANGED, "policy": CHANGED, "manifest": CHANGED, "output": AGAIN}
"""By what an entry of the manifest is of."""

Row = dict[str, Any]


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not as it should be."""

    where: str
    problem: str
    mend: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, and what was found."""

    segments: int
    journals: int
    rows: dict[str, int]
    manifest: bool
    """Whether there is a manifest, which the workspace was held against."""
    damage: list[Damage]


def check(workspace: Workspace, view: View, progress: Progress) -> Checked:
    """Look at everything; nothing is written, and a run may go on meanwhile."""
    damage: list[Damage] = []
    rows: dict[str, int] = {}
    segments = journals = 0
    for kind in KINDS:
        found = list_files(kind, workspace.journals, workspace.segments)
        segments, journals = segments + len(found.segments), journals + len(found.journals)
        rows[kind] = 0
        for path in [*found.segments, *found.journals]:
            try:
                rows[kind] += _check_file(kind, path, damage)
            except FileNotFoundError:  # sealed, merged or deleted meanwhile: its rows are in another file
                continue
            progress.advance()
    if not damage:  # a ledger with a file that cannot be read cannot be asked

        def ask(corpus: Corpus) -> list[Damage]:
            return [*_dangling(corpus), *_against_manifest(workspace, corpus)]

        damage += read(workspace, view, ask)
    has_manifest = manifest_path(workspace).exists()
    return Checked(segments=segments, journals=journals, rows=rows, manifest=has_manifest, damage=damage)


def _check_file(kind: str, path: Path, damage: list[Damage]) -> int:
    count = 0
    try:
        for batch in _batches(kind, path):
            count += batch.num_rows
            wrong = [row for row in batch.select(_columns(kind, batch)).to_pylist() if not IDENTITIES[kind](row)]
            if wrong:
                name = wrong[0][KINDS[kind].key]
                problem = f"{len(wrong)} rows are not what their identity says, {name} among them"
                damage.append(Damage(where=str(path), problem=problem, mend=CHANGED))
    except (pa.ArrowInvalid, WorkspaceError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        damage.append(Damage(where=str(path), problem=f"cannot be read: {error}", mend=FROM_BACKUP))
    return count


def _batches(kind: str, path: Path) -> Iterator[pa.RecordBatch]:
    if path.suffix == ".jsonl":
        yield from read_journal(kind, path).to_batches(BATCH)
        return
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        yield from cast("Any", file).iter_batches(BATCH)


def _columns(kind: str, batch: pa.RecordBatch) -> list[str]:
    """What an identity is made of; texts of traces are long, and no part of it."""
    wanted = {"traces": {"trace_id", "slot_id", "attempt", "recipe_id", "teacher_id", "model"}}.get(kind)
    return [name for name in batch.schema.names if wanted is None or name in wanted]


def _is_problem(row: Row) -> bool:
    values: dict[str, Any] = {name: row.get(name) for name in Problem.__struct_fields__}
    problem = Problem(**values)
    stored = (row["revision"], row["reference_hash"], row["content_hash"])
    return stored == (problem.revision, problem.reference_hash, problem.content_hash)


def _is_trace(row: Row) -> bool:
    # What was imported keeps the id that it came with.
    imported = row["recipe_id"] == short_hash(["imported", row["teacher_id"], row["model"]])
    return imported or row["trace_id"] == short_hash([row["slot_id"], row["attempt"]])


def _is_verdict(row: Row) -> bool:
    names = ("trace_id", "verifier", "version", "settings_hash", "reference_hash", "attempt")
    return row["verdict_id"] == short_hash(["verdict", *(row[name] for name in names)])


def _is_decision(row: Row) -> bool:
    content = {name: row.get(name) for name in Decision.__struct_fields__}
    content |= {"decision_id": "", "run_id": "", "created_at": ""}
    return row["decision_id"] == short_hash(["decision", content])


def _is_example(row: Row) -> bool:
    return row["example_id"] == short_hash(["example", row["curation_id"], row["trace_id"]])


def _is_review(row: Row) -> bool:
    content = {name: value for name, value in row.items() if name != "review_id"}
    content["created_at"] = _written(row["created_at"])
    return row["review_id"] == short_hash(["review", content])


def _is_event(row: Row) -> bool:
    written = _written(row["created_at"])
    if row["kind"] == "policy":
        terms = msgspec.json.decode(row["details"])["terms"]
        if row["subject"] != f"{terms['id']}@{short_hash(terms)[:12]}":
            return False
    # A draw of an audit names its events itself, so that the same draw is one.
    return row["kind"] == DRAWN or row["event_id"] == short_hash(
        ["event", row["run_id"], row["kind"], row["subject"], written]
    )


def _written(moment: datetime.datetime) -> str:
    """The time as the journal has it, which is what was hashed."""
    return moment.isoformat(timespec="microseconds")


IDENTITIES: dict[str, Callable[[Row], bool]] = {
    "problems": _is_problem,
    "traces": _is_trace,
    "verdicts": _is_verdict,
    "decisions": _is_decision,
    "examples": _is_example,
    "reviews": _is_review,
    "events": _is_event,
}


def _dangling(corpus: Corpus) -> Iterable[Damage]:
    for row in corpus.ask("dangling"):
        problem = f"{row['rows']} {row['what']}, {row['example']} among them"
        mend = "a segment or journal was taken away, or copied in twice: put it back from a backup, or take it away"
        yield Damage(where="ledger", problem=problem, mend=mend)


def _against_manifest(workspace: Workspace, corpus: Corpus) -> Iterable[Damage]:
    if not manifest_path(workspace).exists():
        return
    for one in verify(workspace, corpus):
        yield Damage(where=f"{one.kind} {one.name}", problem=one.problem, mend=MENDS[one.kind])
