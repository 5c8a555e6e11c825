"""Takes the labels of a filled-in sheet onto record, all of them or none.

A label is a review that an audit asked for: ``correct`` accepts the trace, ``incorrect`` rejects it, and ``unsure``
defers. The draw's id on it tells it from a review of a trace that somebody picked, which no figure may count.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from ..corpus import Corpus, read
from ..errors import ConfigError, ProblemError
from ..problems.json_lines import json_lines
from ..records import ReviewVerdict
from ..reviewing import MAX_NAME, Reviewer, Word, checked_note, reviewer_name
from ..view import View
from ..workspace import Workspace
from .sheet import LABELS

SHOWN = 10
"""Faults of a file that a message names."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What a file gave."""

    labels: int
    """Labels that are on record now and were not before."""
    known: int
    """Labels that this person had given already."""
    unlabelled: int
    """Lines that nobody has filled in yet."""


class _Label(msgspec.Struct, frozen=True, kw_only=True):
    where: str
    trace_id: str
    verdict: ReviewVerdict
    note: str


def take_in(workspace: Workspace, view: View, file: Path, reviewer: str, *, by_model: bool = False) -> Taken:
    """Put the labels of a file on record as those of ``reviewer``. Needs no lock; may be given again.

    A model's labels count in the figures where no person gave one, and change no outcome.

    Raises:
        ConfigError: the file cannot be read, or a line of it is wrong; names each with its place, and takes in nothing.
    """
    name = reviewer_name(reviewer)
    labels, unlabelled = _read(file)
    found = read(workspace, view, lambda corpus: _ask(corpus, labels, name, by_model))
    faults = [fault for label in labels if (fault := _fault(label, found[label.trace_id]))]
    _refuse(faults)
    words: list[Word] = []
    last: dict[str, datetime] = {}
    for label in labels:
        row = found[label.trace_id]
        if (row["verdict"], row["note"]) != (label.verdict, label.note):
            word = Word(trace_id=label.trace_id, verdict=label.verdict, note=label.note, by_model=by_model)
            words.append(msgspec.structs.replace(word, draw_id=row["draw_id"]))
        if row["reviewed_at"] is not None:
            last[label.trace_id] = row["reviewed_at"]
    if words:
        with Reviewer(workspace, view, name) as person:
            person.put(words, last)
    return Taken(labels=len(words), known=len(labels) - len(words), unlabelled=unlabelled)


def _ask(corpus: Corpus, labels: Sequence[_Label], reviewer: str, by_model: bool) -> dict[str, dict[str, Any]]:
    corpus.bind_column("audit_asked", "trace_id", (label.trace_id for label in labels))
    return {row["trace_id"]: row for row in corpus.ask("audit_asked", reviewer=reviewer, by_model=by_model)}


def _fault(label: _Label, row: dict[str, Any]) -> str | None:
    if not row["there"]:
        return f"{label.where}: there is no trace {label.trace_id!r} here; take the line out, or name its workspace"
    if row["draw_id"] is None:
        return (
            f"{label.where}: {label.trace_id} was not drawn for an audit, and what somebody picked says nothing of the "
            "rest; take the line out, `tracestill review` takes it"
        )
    return None


def _read(file: Path) -> tuple[list[_Label], int]:
    """The labels of a file, and how many lines have none yet."""
    labels: dict[str, _Label] = {}
    faults: list[str] = []
    unlabelled = 0
    for row in _rows(file):
        if isinstance(row, ProblemError):
            faults.append(str(row))
            continue
        try:
            label = _label(*row)
        except ConfigError as error:
            faults.append(f"{row[0]}: {error}")
            continue
        if label is None:
            unlabelled += 1
        elif (before := labels.setdefault(label.trace_id, label)) is not label:
            faults.append(f"{label.where}: {label.trace_id!r} was labelled in {before.where} already; keep one of them")
    _refuse(faults)
    return list(labels.values()), unlabelled


def _rows(file: Path) -> list[tuple[str, dict[str, Any]] | ProblemError]:
    try:
        return [row if isinstance(row, ProblemError) else (row.where, dict(row.values)) for row in json_lines(file)]
    except OSError as error:
        raise ConfigError(f"--labels: {file}: {error.strerror or error}; name the sheet that was filled in") from error


def _label(where: str, row: dict[str, Any]) -> _Label | None:
    """What a person wrote into a line; nothing where the label is empty."""
    trace_id, label, note = row.get("trace_id"), row.get("label"), row.get("note") or ""
    if not isinstance(trace_id, str) or not trace_id:
        raise ConfigError("trace_id is missing; leave the line as it was drawn, but for label and note")
    if label is None or label == "":
        return None
    verdict = LABELS.get(label.strip().lower()) if isinstance(label, str) else None
    if verdict is None:
        raise ConfigError(f"label is {str(label)[:MAX_NAME]!r}; write one of: {', '.join(LABELS)}")
    if not isinstance(note, str):
        raise ConfigError("note is no text; write it in quotation marks")
    return _Label(where=where, trace_id=trace_id, verdict=verdict, note=checked_note(note))


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        more = f"\nand {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise ConfigError("nothing was taken in:\n" + "\n".join(faults[:SHOWN]) + more)
