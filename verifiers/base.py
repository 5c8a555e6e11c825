"""What every verifier does: look at one trace of one problem, and say pass, fail, undecided or error with a reason.

A verifier is one file in this folder and exports one class; its id is the file's name with dashes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict

from ..pipeline.records import Finding, Problem


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a trace that verifiers look at."""

    trace_id: str
    reasoning: str | None
    """A separate chain of thought, where the teacher gave one."""
    response: str | None
    """The answer as a reader sees it; it holds the steps too where there is no separate reasoning."""
    finish_reason: str | None
    completion_tokens: int | None = None

    @property
    def text(self) -> str:
        """Reasoning and response, one after the other."""
        return "\n\n".join(part for part in (self.reasoning, self.response) if part)


class Settings(BaseModel):
    """Base of a verifier's settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    required: bool = True
    """Whether a trace has to pass; otherwise the verdict is only kept."""


S = TypeVar("S", bound=Settings)


class Verifier(ABC, Generic[S]):
    """Judges traces of one domain with one set of settings. Used by one thread at a time.

    Attributes:
        version: raised whenever a verdict may come out otherwise; older verdicts are then made again.
        cost: place in the cascade, cheapest first: 10 text, 20 arithmetic, 30 symbolic, 40 execution, 50 a model.
        proves: whether a pass says that the answer is right, and not only that the trace looks well.
        uses_reference: whether the verdict depends on the problem's answer, tests or rubric.
        appealable: whether a judge may overrule a failure: a comparison of texts can miss a right answer, and a
            program that fails its tests is wrong.
        Settings: the settings it takes under ``verify.DOMAIN.ID``.
    """

    version: ClassVar[str]
    cost: ClassVar[int]
    proves: ClassVar[bool] = False
    uses_reference: ClassVar[bool] = False
    appealable: ClassVar[bool] = False
    Settings: ClassVar[type[Settings]] = Settings

    def __init__(self, settings: S) -> None:
        """Take the settings; what cannot work raises ConfigError here, beginning with the key: nothing is paid yet."""
        self.settings = settings

    def prepare(self) -> None:
        """See that it can work on this machine; what cannot is raised before anything is paid."""

    @abstractmethod
    def verify(self, problem: Problem, candidate: Candidate) -> Finding:
        """Judge one trace. Whatever it raises is recorded as ``error`` and tried again later."""

    def unjudgeable(self, problem: Problem) -> str | None:
        """Why no trace of this problem can ever pass, such as a reference that cannot be read; null where one can."""
        return None

    def close(self) -> None:
        """End helper processes, if there are any."""


def passed(reason: str, score: float | None = None, details: str | None = None) -> Finding:
    """The trace has what is asked."""
    return Finding(outcome="pass", reason=reason, score=score, details=details)


def failed(reason: str, score: float | None = None, details: str | None = None) -> Finding:
    """The trace has not."""
    return Finding(outcome="fail", reason=reason, score=score, details=details)


def undecided(reason: str, details: str | None = None) -> Finding:
    """It cannot be said, and trying again would not help."""
    return Finding(outcome="undecided", reason=reason, details=details)
