"""Whether a trace is long enough to hold steps and short enough to train on."""

from __future__ import annotations

from pydantic import Field

from ..pipeline.records import Finding, Problem
from .base import Candidate, Settings, Verifier, failed, passed

__all__ = ["Length"]


class LengthSettings(Settings):
    """Bounds; reasoning and response count together."""

    min_characters: int = Field(default=10, ge=0)
    """A trace that is shorter holds no steps."""
    max_characters: int = Field(default=100_000, ge=1)
    """A trace that is longer is too long to learn from."""
    max_completion_tokens: int | None = Field(default=None, ge=1)
    """The same in tokens, as the teacher's server counted them; null sets no bound."""


class Length(Verifier[LengthSettings]):
    """Passes a trace within the bounds."""

    version = "1"
    cost = 10
    Settings = LengthSettings

    def verify(self, problem: Problem, candidate: Candidate) -> Finding:
        """Fail what is too short or too long; the reason gives the count and the bound."""
        bounds = self.settings
        count = len(candidate.text)
        if count < bounds.min_characters:
            return failed(f"{count} characters, min_characters is {bounds.min_characters}")
        if count > bounds.max_characters:
            return failed(f"{count} characters, max_characters is {bounds.max_characters}")
        tokens = candidate.completion_tokens
        if bounds.max_completion_tokens is not None and tokens is not None and tokens > bounds.max_completion_tokens:
            return failed(f"{tokens} completion tokens, max_completion_tokens is {bounds.max_completion_tokens}")
        return passed(f"{count} characters")
