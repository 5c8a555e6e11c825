"""What the latest curation made of the accepted traces, as a file in reports/ that later steps read."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from ..workspace import Workspace, replace_file

__all__ = ["Selected", "read_selected", "write_selected"]

FILE = "curation.json"


class Selected(msgspec.Struct, frozen=True, kw_only=True):
    """How many accepted traces there were, and what became of each."""

    curation_id: str
    outcomes: str = "accepted"
    """Which traces were chosen among: accepted ones, or any, unproven ones too."""
    accepted: int
    """Traces of that kind that there were then: examples and left ones together."""
    examples: int
    left: dict[str, int]
    """Those that were not chosen, by what left them out."""


def write_selected(workspace: Workspace, selected: Selected) -> None:
    """Put it where the report finds it."""
    replace_file(_place(workspace), msgspec.json.format(msgspec.json.encode(selected)))


def read_selected(workspace: Workspace, curation_id: str | None) -> Selected | None:
    """What was written of this selection; null where nothing was, or of another one."""
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
        found = msgspec.json.decode(_place(workspace).read_bytes(), type=Selected)
        return found if found.curation_id == curation_id else None
    return None


def _place(workspace: Workspace) -> Path:
    return workspace.reports / FILE
