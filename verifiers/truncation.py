"""Whether an answer was cut off: by the finish reason, or by a form that nobody ends with."""

from __future__ import annotations

from ..pipeline.records import Finding, Problem
from .base import Candidate, Settings, Verifier, failed, passed
from .endings import sign_of_a_cut
from .quoting import quoted_end
from .thinking import without_thinking

__all__ = ["Truncation"]

CUT = {
    "length": "cut off at the token limit",
    "max_tokens": "cut off at the token limit",
    "error": "the server reported an error in the middle of the answer",
    "abort": "the server gave the request up",
    "insufficient_system_resource": "the server ran out of resources",
}
"""Finish reasons of answers that did not end by themselves."""


class TruncationSettings(Settings):
    """Where to look."""

    signs: bool = True
    """Whether to look at the text too; switch it off where a stop sequence ends answers within a block."""


class Truncation(Verifier[TruncationSettings]):
    """Passes an answer that ended by itself and closed what it opened."""

    version = "1"
    cost = 10
    Settings = TruncationSettings

    def verify(self, problem: Problem, candidate: Candidate) -> Finding:
        """Fail what the server cut off, and what breaks off in a block, a formula or a clause."""
        if why := CUT.get((candidate.finish_reason or "").lower()):
            return failed(f"finish_reason {candidate.finish_reason}: {why}")
        sign = self._sign(problem, candidate) if self.settings.signs else None
        return failed(sign) if sign else passed("ended by itself")

    def _sign(self, problem: Problem, candidate: Candidate) -> str | None:
        response = candidate.response or ""
        answer = without_thinking(response)
        if answer is None:
            return f"the thinking breaks off: {quoted_end(response)}"
        if not answer.strip():
            reasoning = (candidate.reasoning or "").strip()
            return f"no answer follows the reasoning: {quoted_end(reasoning)}" if reasoning else None
        return sign_of_a_cut(answer.rstrip(), formulas=problem.domain != "code")
