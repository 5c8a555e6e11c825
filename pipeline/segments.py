"""Files of the ledger: journals of JSON lines while they grow, Parquet segments once they are sealed.

A journal ``journal/KIND-NAME.jsonl`` becomes the segment ``ledger/KIND/NAME.parquet``; whoever finds
both reads the segment. Journals are read by pyarrow's own JSON reader, straight into columns.
"""

from __future__ import annotations

import io
import os
import types
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import msgspec
import pyarrow as pa
import pyarrow.json as pa_json
import pyarrow.parquet as pq

from .errors import WorkspaceError
from .parts import without_replaced
from .records import Decision, Event, Example, Review, StoredProblem, Trace, Verdict


@dataclass(frozen=True)
class Kind:
    """One kind of record: its type and the field that no two rows share."""

    record: type[msgspec.Struct]
    key: str


KINDS: dict[str, Kind] = {
    "problems": Kind(StoredProblem, "key"),
    "traces": Kind(Trace, "trace_id"),
    "verdicts": Kind(Verdict, "verdict_id"),
    "decisions": Kind(Decision, "decision_id"),
    "examples": Kind(Example, "example_id"),
    "reviews": Kind(Review, "review_id"),
    "events": Kind(Event, "event_id"),
}

PIECE_BYTES = 8 << 20
"""Compressed size of the segments whose texts are looked at together."""

_ARROW_TYPES: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
}


def arrow_schema(kind: str) -> pa.Schema:
    """The columns of a kind, in the order of its record's fields. Times are UTC without a zone."""
    hints = get_type_hints(KINDS[kind].record)
    return pa.schema([pa.field(name, _arrow_type(name, hint)) for name, hint in hints.items()])


def _arrow_type(name: str, hint: Any) -> pa.DataType:
    if name == "created_at":
        return pa.timestamp("us")
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    if get_origin(hint) is Literal:
        return pa.string()
    if get_origin(hint) is list:
        return pa.list_(pa.string())
    return _ARROW_TYPES[hint]


@dataclass(frozen=True)
class LedgerFiles:
    """What a reader sees of one kind at one moment: sealed segments, and journals not sealed yet."""

    segments: list[Path]
    journals: list[Path]


def list_files(kind: str, journals: Path, segments: Path) -> LedgerFiles:
    """The files of a kind, without the journals that a segment has replaced.

    Journals are listed first: one that is sealed in between is then read twice at the most by name,
    and left out here, rather than missed.
    """
    open_journals = sorted(journals.glob(f"{kind}-*.jsonl"))
    sealed = sorted((segments / kind).glob("*.parquet"))
    sealed_names = {path.stem for path in sealed}
    return LedgerFiles(
        without_replaced(segments / kind, sealed),
        [path for path in open_journals if segment_name(path) not in sealed_names],
    )


def in_pieces(segments: Sequence[Path]) -> Iterator[list[Path]]:
    """The segments in groups of about ``PIECE_BYTES``."""
    group: list[Path] = []
    size = 0
    for path in segments:
        group.append(path)
        size += path.stat().st_size
        if size >= PIECE_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def segment_name(journal: Path) -> str:
    """Name of the segment that a journal becomes, without its ending."""
    return journal.stem.partition("-")[2]


def read_journal(kind: str, journal: Path) -> pa.Table:
    """The rows of a journal. A torn last line, which was never acknowledged, is no row.

    Raises:
        WorkspaceError: a line in the middle is not what was written; names the file.
        FileNotFoundError: it was deleted meanwhile; list the files again.
    """
    schema = arrow_schema(kind)
    content = journal.read_bytes()
    try:
        return table_of_lines(content[: content.rfind(b"\n") + 1], schema)
    except pa.ArrowInvalid as error:
        raise WorkspaceError(
            f"{journal}: damaged ({error}); move the file away, or mend the line, and give the command again"
        ) from error


def table_of_rows(rows: Iterable[object], schema: pa.Schema) -> pa.Table:
    """Records or mappings as columns. By way of JSON: from Python lists pyarrow imports pandas, a third of a second."""
    return table_of_lines(b"".join(msgspec.json.encode(row) + b"\n" for row in rows), schema)


def table_of_lines(lines: bytes, schema: pa.Schema) -> pa.Table:
    """Lines of JSON as columns."""
    if not lines:
        return pa.Table.from_batches([], schema)
    return pa_json.read_json(
        io.BytesIO(lines),
        read_options=pa_json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
        parse_options=pa_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
    ).select(schema.names)


def seal(kind: str, journal: Path, folder: Path) -> None:
    """Write the journal's rows as a segment in ``folder``, in one step; the journal stays."""
    write_segment(read_journal(kind, journal), folder / f"{segment_name(journal)}.parquet")


def write_segment(table: pa.Table, path: Path) -> None:
    """Write ``table`` to ``path``: a temporary name, fsync, rename, fsync of the folder."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        cast("Any", pq).write_table(table, file, compression="zstd", write_page_checksum=True)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync(path.parent)


def write_empty_segment(kind: str, folder: Path) -> None:
    """Write a segment without rows, so that a reader always finds the columns."""
    path = folder / "0.parquet"
    if not path.exists():
        write_segment(table_of_lines(b"", arrow_schema(kind)), path)


def sync(path: Path) -> None:
    """Make what is in a file, or a rename in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
