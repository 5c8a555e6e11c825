"""The verifier of code traces: from a response to a verdict."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tracestill.pipeline.errors import NoIsolation
from tracestill.pipeline.records import Problem
from tracestill.verifiers.base import Candidate
from tracestill.verifiers.code_tests import CodeTests

FENCED = "I double it.\n\n```python\n{}\n```\n"
TESTS = {"kind": "function", "entry_point": "f", "cases": [{"args": [2], "expected": 4}]}


@pytest.fixture(scope="module")
def verifier() -> Iterator[CodeTests]:
    made = CodeTests(CodeTests.Settings(cpu_s=2))
    try:
        made.prepare()
    except NoIsolation as error:
        pytest.skip(str(error))
    yield made
    made.close()


def problem(tests: object = TESTS, prompt: str = "Write f, which doubles a number.") -> Problem:
    text = None if tests is None else json.dumps(tests)
    return Problem(problem_id="p", domain="code", prompt=prompt, tests=text)


@pytest.mark.parametrize(
    ("response", "outcome", "reason"),
    [
        (FENCED.format("def f(x):\n    return 2 * x"), "pass", "all 1 cases"),
        (FENCED.format("def f(x):\n    return x"), "fail", "returned 2 and not 4"),
        ("<think>" + FENCED.format("def f(x):\n    return 2 * x") + "</think>It doubles.", "fail", "no code block"),
        ("", "fail", "no code block"),
        (None, "fail", "no code block"),
    ],
)
def test_verdicts(
    verifier: CodeTests, candidate: Callable[..., Candidate], response: str | None, outcome: str, reason: str
):
    finding = verifier.verify(problem(), candidate(response))
    assert finding.outcome == outcome
    assert reason in finding.reason


def test_the_isolation_is_stamped(verifier: CodeTests, candidate: Callable[..., Candidate]):
    finding = verifier.verify(problem(), candidate(FENCED.format("def f(x):\n    return 2 * x")))
    details = json.loads(finding.details or "")
    assert details["isolation"] in ("namespaces", "landlock")
    assert details["weak"] is False


@pytest.mark.parametrize(
    ("tests", "reason"),
    [
        (None, "no tests"),
        ({"kind": "stdio", "cases": [{"stdin": "", "stdout": ""}], "checker": "exactly"}, "exactly"),
    ],
)
def test_what_no_program_can_pass(verifier: CodeTests, candidate: Callable[..., Candidate], tests: object, reason: str):
    assert reason in (verifier.unjudgeable(problem(tests)) or "")
    assert verifier.verify(problem(tests), candidate("x")).outcome == "undecided"


def test_helpers_come_from_the_statement_and_not_from_the_program(
    verifier: CodeTests, candidate: Callable[..., Candidate]
):
    prompt = "def poly(xs, x):\n    return xs[0] + xs[1] * x\n\ndef f(xs):\n    '''Find a zero.'''\n"
    code = "def check(candidate):\n    assert abs(poly([2, 1], candidate([2, 1]))) < 1e-6\n"
    asked = problem({"kind": "check", "entry_point": "f", "code": code}, prompt)
    cheat = FENCED.format("def poly(xs, x):\n    return 0\n\ndef f(xs):\n    return 7")
    honest = FENCED.format("def f(xs):\n    return -xs[0] / xs[1]")
    assert verifier.verify(asked, candidate(cheat)).outcome == "fail"
    finding = verifier.verify(asked, candidate(honest))
    assert finding.outcome == "pass"
    assert json.loads(finding.details or "")["weak"] is False


def test_our_own_problems_can_be_solved(verifier: CodeTests, candidate: Callable[..., Candidate]):
    root = Path(__file__).parents[2]
    rows = [json.loads(line) for line in (root / "data/problems/code.jsonl").read_text().splitlines()]
    solutions = (root / "tests/data/code_solutions.md").read_text().split("\n## ")
    by_id = {section.partition("\n")[0].removeprefix("## "): section for section in solutions}
    outcomes = {
        row["id"]: verifier.verify(problem(row["tests"], row["prompt"]), candidate(by_id[row["id"]])) for row in rows
    }
    assert len(outcomes) > 10
    assert {name: one for name, one in outcomes.items() if one.outcome != "pass"} == {}
