from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tracestill.pipeline.records import Problem
from tracestill.verifiers.base import Candidate
from tracestill.verifiers.math_answer import MathAnswer


@pytest.fixture
def math_problem() -> Problem:
    return Problem(problem_id="p", domain="math", prompt="What is 1 + 1?", answer="2")


@pytest.fixture
def candidate() -> Callable[..., Candidate]:
    def make(response: str | None = "1 + 1 = 2, so \\boxed{2}", **more: object) -> Candidate:
        fields = {"trace_id": "t", "reasoning": None, "finish_reason": "stop"} | more
        return Candidate(response=response, **fields)

    return make


@pytest.fixture(scope="module")
def judge() -> Iterator[MathAnswer]:
    verifier = MathAnswer(MathAnswer.Settings(timeout_s=3))
    yield verifier
    verifier.close()
