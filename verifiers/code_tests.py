"""Whether a solution passes its problem's unit tests. This version has no sandbox, so it runs nothing."""

from __future__ import annotations

from ..pipeline.records import Finding, Problem
from .base import Candidate, Settings, Verifier, undecided

__all__ = ["CodeTests"]


class CodeTests(Verifier[Settings]):
    """Leaves every code trace undecided: model output is run in a sandbox or not at all."""

    version = "1"
    cost = 40
    proves = True
    uses_reference = True

    def verify(self, problem: Problem, candidate: Candidate) -> Finding:
        """Say that it cannot be said."""
        return undecided("no sandbox: this version does not run code")
