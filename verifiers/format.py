"""Whether a trace has the form of a finished answer: not refused, its thinking closed."""

from __future__ import annotations

from ..pipeline.records import Finding, Problem
from .base import Candidate, Settings, Verifier, failed, passed
from .thinking import without_thinking

__all__ = ["Format"]

UNFINISHED = {
    "content_filter": "the provider's filter cut the answer off",
    "refusal": "the model refused",
}
"""Finish reasons that no complete answer has."""


class FormatSettings(Settings):
    """What a finished answer has to show."""

    require_boxed: bool = False
    r"""Whether the answer has to hold a ``\boxed{}``."""


class Format(Verifier[FormatSettings]):
    """Passes an answer that ended by itself, with text outside a closed think block."""

    version = "2"
    cost = 10
    Settings = FormatSettings

    def verify(self, problem: Problem, candidate: Candidate) -> Finding:
        """Fail what is refused, still thinking or empty."""
        reason = self._fault(candidate)
        return failed(reason) if reason else passed("complete")

    def _fault(self, candidate: Candidate) -> str | None:
        if reason := UNFINISHED.get(candidate.finish_reason or ""):
            return f"finish_reason {candidate.finish_reason}: {reason}"
        answer = without_thinking(candidate.response or "")
        if answer is None:
            return "the think block is never closed"
        if not answer.strip():
            return "no answer outside the think block" if candidate.reasoning or candidate.response else "empty"
        if self.settings.require_boxed and "\\boxed" not in answer:
            return "the answer holds no \\boxed{}"
        return None
