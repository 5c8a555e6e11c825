"""The part of the configuration file about what proves a trace right."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .concern import Concern
from .config_judge import Judge


class Consensus(Concern):
    """When what the traces of a math problem agree on counts as its reference, for problems that have none."""

    min_share: float = Field(default=0.6, gt=0, le=1)
    """Share of a problem's traces that give this answer, by mathematical equivalence."""
    min_traces: int = Field(default=4, ge=2)
    """Traces that the problem has at least."""


VerifierSettings = dict[str, dict[str, Any]]


class Verify(Concern):
    """Which verifiers judge a trace of each domain, with their settings; docs/verifiers.md lists them."""

    all: bool = False
    """Run every verifier on every trace; otherwise the first required one that fails ends the cascade."""
    workers: int | None = Field(default=None, ge=1)
    """Processes that verify; null is one per core."""
    math: VerifierSettings = {
        "truncation": {},
        "refusal": {},
        "format": {},
        "length": {},
        "repetition": {},
        "language": {},
        "leak": {},
        "math-answer": {},
        "step-arithmetic": {"required": False},
    }
    """Verifiers of math problems."""
    code: VerifierSettings = {
        "truncation": {},
        "refusal": {},
        "format": {},
        "length": {},
        "repetition": {},
        "language": {},
        "leak": {},
        "code-tests": {},
    }
    """Verifiers of code problems."""
    open: VerifierSettings = {
        "truncation": {},
        "refusal": {},
        "format": {},
        "length": {},
        "repetition": {},
        "language": {"required": False},
        "leak": {},
    }
    """Verifiers of open questions."""
    consensus: Consensus | None = None
    """When an answer that traces agree on counts as a reference; null lets none count."""
    judge: Judge | None = None
    """Models that judge where no exact check decides; null asks none."""
