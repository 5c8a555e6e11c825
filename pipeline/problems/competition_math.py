"""Contest problems in the form of MATH and MATH-500: a problem, a solution with its answer in a box, a level.

Hendrycks et al. 2021, Measuring Mathematical Problem Solving With the MATH Dataset, arXiv:2103.03874; the 500 are
those of Lightman et al. 2023, Let's Verify Step by Step, arXiv:2305.20050.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .huggingface import HubOptions
from .published import Published

__all__ = ["CompetitionMath"]


class CompetitionMath(Published[HubOptions]):
    """The reference is the answer where there is one, else the solution, whose box the verifier reads."""

    Options = HubOptions
    needed = ("problem",)
    useful = ("answer", "solution", "level", "unique_id")

    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The problem with its reference; the level is its difficulty."""
        answer = values.get("answer") or values.get("solution")
        if answer is None:
            raise ValueError("answer: is missing, and there is no solution; this form has one of the two")
        return {
            "id": values.get("unique_id"),
            "domain": "math",
            "prompt": values.get("problem"),
            "answer": answer,
            "difficulty": values.get("level"),
        }
