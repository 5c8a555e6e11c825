"""Policy cases kept outside the repository, through the command that answers them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def file() -> Path:
    folder = os.environ.get("TRACESTILL_CASES")
    if not folder:
        pytest.skip("TRACESTILL_CASES names no folder with policy/cases.jsonl")
    return Path(folder) / "policy" / "cases.jsonl"


def test_every_case_gets_the_answer_that_is_expected(file, tracestill):
    cases = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    done = tracestill("policies", "evaluate", file)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [case["id"] for case in cases]
    assert len(cases) >= 12
    wrong = [
        (answer, case["expect"])
        for answer, case in zip(answers, cases, strict=True)
        if (answer["verdict"], answer["blocked"]) != (case["expect"]["verdict"], case["expect"]["blocked"])
        or not set(case["expect"]["reason_codes"]) <= set(answer["reason_codes"])
    ]
    assert not wrong
