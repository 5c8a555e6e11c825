"""The ballots of a contestant: which of its answers to a problem are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from ...verifiers.math_answer import MathAnswer, MathAnswerSettings
from ...verifiers.math_choice import letter_of
from ..config_verify import Verify
from .majority import Ballot, ballot_of

__all__ = ["Ballots"]

VERIFIER = "math-answer"
"""Whose sense of equality counts; where it does not judge, no two answers can be compared."""


class Ballots:
    """Groups answers by mathematical equivalence. Use as a context manager, or call close."""

    def __init__(self, verify: Verify) -> None:
        settings = verify.math.get(VERIFIER)
        self._judge = None if settings is None else MathAnswer(MathAnswerSettings.model_validate(settings))
        self._same = lru_cache(maxsize=100_000)(self._compare)

    def __enter__(self) -> Ballots:
        return self

    def __exit__(self, *_: object) -> None:
        if self._judge is not None:
            self._judge.close()

    def of(self, rows: Sequence[Mapping[str, Any]]) -> list[Ballot]:
        """The ballots of the rows of ``tallies`` whose answers can be compared; programs and essays cannot."""
        if self._judge is None:
            return []
        return [
            ballot_of(row["correct"], _spelled(row["wrong"], row["answer"]), row["samples"], self._same)
            for row in rows
            if row["domain"] == "math"
        ]

    def _compare(self, one: str, other: str) -> bool:
        assert self._judge is not None
        return self._judge.grade_answer(one, other).finding.outcome == "pass"


def _spelled(answers: Sequence[str], reference: str | None) -> list[str]:
    """The answers, each as its letter alone where the reference is one: ``(B) Rome`` is B."""
    if reference is None or letter_of(reference) != reference:
        return list(answers)
    return [letter_of(answer) or answer for answer in answers]
