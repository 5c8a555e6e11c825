"""Whether a trace has the form of an answer: its thinking closed, and text after it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..pipeline.records import Finding, Problem
from .base import Candidate, Settings, Verifier, failed, passed
from .quoting import quoted
from .thinking import without_thinking

__all__ = ["Format"]


class FormatSettings(Settings):
    """What an answer has to show."""

    require_boxed: bool = False
    r"""Whether the answer has to hold a ``\boxed{}``."""
    require: list[Annotated[str, Field(min_length=1)]] = Field(default=[])
    """Texts that the answer has to hold, each word for word (``"## Solution"``, ``<answer>``)."""


class Format(Verifier[FormatSettings]):
    """Passes text outside a closed think block."""

    version = "2"
    cost = 10
    Settings = FormatSettings

    def verify(self, problem: Problem, candidate: Candidate) -> Finding:
        """Fail what is still thinking, empty, or lacks a part."""
        reason = self._fault(candidate)
        return failed(reason) if reason else passed("complete")

    def _fault(self, candidate: Candidate) -> str | None:
        answer = without_thinking(candidate.response or "")
        if answer is None:
            return "the think block is never closed"
        if not answer.strip():
            return "no answer outside the think block" if candidate.reasoning or candidate.response else "empty"
        if self.settings.require_boxed and "\\boxed" not in answer:
            return "the answer holds no \\boxed{}"
        for part in self.settings.require:
            if part not in answer:
                return f"the answer holds no {quoted(part)}"
        return None
