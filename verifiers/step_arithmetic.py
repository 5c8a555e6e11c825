"""Whether the arithmetic that a trace shows is right: every numeric equality is worked out with exact fractions.

It says nothing about steps without numbers: a filter that is rarely wrong and finds few errors, and no judge of the
reasoning.
"""

from __future__ import annotations

import json

from pydantic import Field

from ..pipeline.records import Finding, Problem
from .base import Candidate, Settings, Verifier, failed, passed
from .equations import Equation, equations

__all__ = ["StepArithmetic"]

MAX_CHARACTERS = 2_000_000
MAX_LISTED = 20
"""Wrong equalities that a finding lists."""


class StepArithmeticSettings(Settings):
    """How much may be wrong."""

    max_wrong: int = Field(default=0, ge=0)
    """Wrong equalities that a trace may hold, such as attempts that it takes back."""


class StepArithmetic(Verifier[StepArithmeticSettings]):
    """Passes a trace whose equalities hold; the score is the share that do, null where there are none."""

    version = "1"
    cost = 20
    Settings = StepArithmeticSettings

    def verify(self, problem: Problem, candidate: Candidate) -> Finding:
        """Work out every equality in reasoning and response; the reason gives the first wrong one and its line."""
        total = 0
        wrong: list[Equation] = []
        for equation in equations(candidate.text[:MAX_CHARACTERS]):
            total += 1
            if not equation.right:
                wrong.append(equation)
        if not total:
            return passed("no equalities to check")
        score = round(1 - len(wrong) / total, 4)
        if not wrong:
            return passed(f"{total} equalities hold", score)
        details = json.dumps({"wrong": [{"line": bad.line, "equality": bad.text} for bad in wrong[:MAX_LISTED]]})
        reason = f"{len(wrong)} of {total} equalities wrong, first in line {wrong[0].line}: {wrong[0].text[:120]}"
        return (failed if len(wrong) > self.settings.max_wrong else passed)(reason, score, details)
