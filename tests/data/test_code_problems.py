"""Every code problem can be solved, and its tests refuse what does not solve it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LINES = (Path(__file__).parents[2] / "data/problems/code.jsonl").read_text(encoding="utf-8").splitlines()
TESTS: dict[str, dict[str, Any]] = {row["id"]: row["tests"] for row in map(json.loads, LINES)}
SECTION = re.compile(r"^## (\S+)\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SOLUTIONS = dict(SECTION.findall(Path(__file__).with_name("code_solutions.md").read_text(encoding="utf-8")))
SECONDS = 10


def passes(code: str, tests: dict[str, Any]) -> bool:
    if tests["kind"] == "stdio":
        return all(printed(code, case["stdin"]) == case["stdout"].split("\n") for case in tests["cases"])
    return printed(f"{code}\n{checks(tests)}\nprint('all checks done')", "") == ["all checks done", ""]


def checks(tests: dict[str, Any]) -> str:
    if tests["kind"] == "asserts":
        return "\n".join([tests.get("setup", ""), *tests["asserts"]])
    calls = [
        f"assert {tests['entry_point']}(*{case['args']!r}, **{case.get('kwargs', {})!r}) == {case['expected']!r}"
        for case in tests["cases"]
    ]
    return "\n".join(calls)


def printed(code: str, stdin: str) -> list[str] | None:
    run = subprocess.run(
        [sys.executable, "-I", "-c", code], input=stdin, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return run.stdout.split("\n") if run.returncode == 0 else None


def test_every_problem_has_a_solution() -> None:
    assert SOLUTIONS.keys() == TESTS.keys()


def test_three_kinds_of_tests_are_there() -> None:
    assert {tests["kind"] for tests in TESTS.values()} == {"function", "asserts", "stdio"}


@pytest.mark.parametrize("problem_id", TESTS)
def test_the_solution_passes(problem_id: str) -> None:
    assert passes(SOLUTIONS[problem_id], TESTS[problem_id])


@pytest.mark.parametrize("problem_id", TESTS)
def test_an_empty_answer_does_not_pass(problem_id: str) -> None:
    tests = TESTS[problem_id]
    stub = f"def {tests['entry_point']}(*args, **kwargs): return None" if "entry_point" in tests else ""
    assert not passes(stub, tests)


@pytest.mark.parametrize("problem_id", [name for name, tests in TESTS.items() if tests["kind"] == "function"])
def test_no_constant_passes(problem_id: str) -> None:
    tests = TESTS[problem_id]
    for case in tests["cases"]:
        assert not passes(f"def {tests['entry_point']}(*args, **kwargs): return {case['expected']!r}", tests)
