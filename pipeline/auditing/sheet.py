"""The sheet that a person fills in: traces to label, and nothing of what anybody has said of them.

The labeller must be blind. A line holds neither outcome nor verifier nor teacher, and the order says nothing.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import msgspec

from ..errors import ConfigError
from ..printable import printable_json
from ..records import ReviewVerdict
from ..workspace import Workspace, replace_file, storage_errors

LABELS: dict[str, ReviewVerdict] = {"correct": "accept", "incorrect": "reject", "unsure": "defer"}
"""What a person may write, and the verdict that it is."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One trace to label."""

    trace_id: str
    domain: str
    problem: str
    reference: str | None
    """What an answer is held against: answer, tests and rubric, as far as there are any."""
    reasoning: str | None
    response: str | None
    label: str = ""
    """For a person to fill in: one of LABELS."""
    note: str = ""


def folder_of(workspace: Workspace) -> Path:
    """Where sheets lie."""
    return workspace.reports / "audit"


def sheet_of(workspace: Workspace) -> Path:
    """The sheet of the last draw."""
    return folder_of(workspace) / "sample.jsonl"


def refuse_filled_in(path: Path) -> None:
    """See that a sheet may be written to ``path``.

    Raises:
        ConfigError: the one that is there was filled in, if only in part, or cannot be read.
    """
    if path.exists() and any(_filled_in(line) for line in _lines(path)):
        raise ConfigError(
            f"{path}: a person has written into it, so it is not overwritten. Take its labels in with "
            f"`tracestill audit --labels {path} --by NAME`, move it away, and draw again; "
            "`tracestill audit --report` only shows what the labels say"
        )


def write(path: Path, lines: Iterable[Line]) -> None:
    """Put a sheet at ``path`` in one step. It holds no character that a terminal obeys."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, "".join(printable_json(msgspec.to_builtins(line)) + "\n" for line in lines).encode())


def take_out(workspace: Workspace, known: Callable[[list[str]], set[str]]) -> None:
    """Take out of every sheet in the folder the traces that are not known any more; labels of others stay."""
    for path in sorted(folder_of(workspace).glob("*.jsonl")):
        lines = [(line, _parsed(line).get("trace_id")) for line in _lines(path)]
        kept = known([name for _, name in lines if isinstance(name, str)])
        left = [line for line, name in lines if not isinstance(name, str) or name in kept]
        if len(left) < len(lines):
            replace_file(path, b"".join(line + b"\n" for line in left))


def _lines(path: Path) -> Iterator[bytes]:
    yield from (line for line in path.read_bytes().splitlines() if line.strip())


def _filled_in(line: bytes) -> bool:
    row = _parsed(line)
    return not row or bool(row.get("label") or row.get("note"))


def _parsed(line: bytes) -> dict[str, Any]:
    """The object of a line; an empty one for what a person has spoilt."""
    with contextlib.suppress(ValueError, RecursionError):
        row = json.loads(line)
        if isinstance(row, dict):
            return cast("dict[str, Any]", row)
    return {}
