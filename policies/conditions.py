"""What terms ask for in return, as typed conditions that know whether they are met.

Four states, from best to worst: met; pending (due later: a notice, a copy of the licence); missing (a statement
that somebody has to vouch for first); broken (the declaration contradicts it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Literal

from pydantic import Field

from ..pipeline.concern import Concern
from ..pipeline.config import Student, Use
from .names import matches_any

Role = Literal["teacher", "base"]
_DUE_FOR_NAMES = ("train", "publish")


class State(IntEnum):
    """How far a condition is met; the higher, the worse."""

    MET = 0
    PENDING = 1
    MISSING = 2
    BROKEN = 3


@dataclass(frozen=True)
class Circumstances:
    """The facts against which conditions are held: the declaration, the stage, the statements made."""

    stage: str
    uses: tuple[Use, ...]
    student: Student
    attested: frozenset[str]
    role: Role = "teacher"
    """Whether outputs are used (teacher) or the weights themselves are built upon (base)."""
    student_base: str | None = None
    """Base model of the student, where it is known."""

    @property
    def distributed(self) -> bool:
        """Whether anyone else gets the student. Declaring a weights release says so, whatever the student's flag."""
        return self.student.distributed or "weights_release" in self.uses


class Attest(Concern):
    """A statement that no machine can check; somebody lists its key under ``policy.attest``."""

    type: Literal["attest"]
    key: str = Field(min_length=1)
    """The statement's name, exactly as it has to be listed."""
    text: str = Field(min_length=1)
    """What is vouched for, as a sentence."""

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return f"{self.text} (attest: {self.key})"

    def state(self, facts: Circumstances) -> State:
        """Met once attested, missing until then."""
        return State.MET if self.key in facts.attested else State.MISSING


class NamePrefix(Concern):
    """A distributed student's name begins with a given word."""

    type: Literal["name_prefix"]
    value: str = Field(min_length=1)

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return f"The name of a student that is distributed begins with {self.value!r}."

    def state(self, facts: Circumstances) -> State:
        """Held against the declared name; a wrong one breaks it from training on and is pending before."""
        if not facts.distributed or _letters(facts.student.name).startswith(_letters(self.value)):
            return State.MET
        return State.BROKEN if any(due in facts.stage for due in _DUE_FOR_NAMES) else State.PENDING


class StudentClass(Concern):
    """The student is one of the named kinds of model."""

    type: Literal["student_class"]
    any_of: tuple[Literal["general", "classifier", "embedding", "narrow"], ...] = Field(min_length=1)

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return f"The student's class is {' or '.join(self.any_of)}."

    def state(self, facts: Circumstances) -> State:
        """Held against ``use.student.class``."""
        return State.MET if facts.student.class_ in self.any_of else State.BROKEN


class NotDistributed(Concern):
    """The student stays in the house."""

    type: Literal["not_distributed"]

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return "The student is not distributed and not made available to third parties."

    def state(self, facts: Circumstances) -> State:
        """Held against ``use.student.distributed`` and the declared uses."""
        return State.BROKEN if facts.distributed else State.MET


class StudentBaseIn(Concern):
    """The student is built upon a model of the same family."""

    type: Literal["student_base_in"]
    models: tuple[str, ...] = Field(min_length=1)

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return f"The student's base model is one of {', '.join(self.models)}."

    def state(self, facts: Circumstances) -> State:
        """Held against the base model of the student; an unknown one does not count."""
        known = facts.student_base is not None and matches_any(self.models, facts.student_base)
        return State.MET if known else State.BROKEN


class NonCommercial(Concern):
    """Everything that is done with it stays non-commercial."""

    type: Literal["non_commercial"]

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return "Every use stays non-commercial, and what is passed on says so."

    def state(self, facts: Circumstances) -> State:
        """Broken by a declared commercial use, otherwise a duty that goes on."""
        return State.BROKEN if "commercial_use" in facts.uses else State.PENDING


class Duty(Concern):
    """Something to do when results leave the house; always still to come when the gate is asked."""

    type: Literal[
        "display",
        "licence_copy",
        "notice_file",
        "notice_text",
        "attribution",
        "share_alike",
        "acceptable_use_flowdown",
        "use_restrictions_flowdown",
    ]
    text: str = Field(min_length=1)
    """What has to be done, as a sentence."""
    value: str | None = None
    """The words to be displayed or kept in a notice, where the terms prescribe them."""
    file: str | None = None
    """Where a copy belongs in what is passed on."""

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return self.text if self.value is None else f"{self.text} Wording: {self.value!r}."

    def state(self, facts: Circumstances) -> State:
        """Pending: the bundle that would show it does not exist yet."""
        return State.PENDING


Condition = Annotated[
    Attest | NamePrefix | StudentClass | NotDistributed | StudentBaseIn | NonCommercial | Duty,
    Field(discriminator="type"),
]


def _letters(name: str) -> str:
    # A student's name has no blanks, so "Llama 3" has to be written "Llama-3".
    return re.sub(r"[\s._-]", "", name)
