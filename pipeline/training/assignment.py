"""What a process that trains is given and what it gives back, as files: it needs no ledger and no lock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ..config_train import Train
from ..workspace import replace_file
from .prepared import Rows

FOLDER = "prepared"
"""Of the rows and of these files, below the student's own folder."""
_ASSIGNMENT, _RESULT = "assignment.json", "result.json"


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be trained."""

    settings: dict[str, Any]
    """The section ``train`` of the configuration."""
    workspace: str
    run_id: str
    rows: Rows
    chat_template: str
    processes: int

    @property
    def train(self) -> Train:
        """The settings as the configuration's own class."""
        return Train.model_validate(self.settings)


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What the training will take, with how each figure was found."""

    parameters: int
    """Weights of the model."""
    trained_parameters: int
    """Of these, or beside them, how many are trained."""
    tokens: int
    """Of all passes, without padding."""
    flop: float
    """Floating-point operations: see ``method``."""
    seconds: float
    memory_bytes: int
    """On each device."""
    tokens_per_second: float
    """Of each device, while the longest examples went forward and back once."""
    device: str
    method: dict[str, str]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    outlook: Outlook
    steps: int
    history: list[dict[str, Any]]
    tokens_per_second: float
    """Over all steps of this process's run but the first, without padding, of all devices."""
    memory_bytes: int
    """Most that a device held; of the whole process where there is no GPU."""
    stopped: bool
    """Whether it was asked to stop before the end; a checkpoint is there."""


def hand_out(student: Path, assignment: Assignment) -> None:
    """Write the assignment below the folder of a student."""
    (student / FOLDER / _RESULT).unlink(missing_ok=True)
    replace_file(student / FOLDER / _ASSIGNMENT, msgspec.json.encode(assignment))


def read_assignment(student: Path) -> Assignment:
    """The assignment below the folder of a student."""
    return msgspec.json.decode((student / FOLDER / _ASSIGNMENT).read_bytes(), type=Assignment)


def hand_in(student: Path, result: Result) -> None:
    """Write the result beside the assignment."""
    replace_file(student / FOLDER / _RESULT, msgspec.json.encode(result))


def read_result(student: Path) -> Result | None:
    """The result; null where the process ended without one."""
    path = student / FOLDER / _RESULT
    return msgspec.json.decode(path.read_bytes(), type=Result) if path.exists() else None
