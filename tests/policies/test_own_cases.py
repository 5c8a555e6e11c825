"""The cases kept beside the terms, through the command that answers them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).with_name("cases.jsonl")
CASES: list[dict[str, Any]] = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Any]]:
    command = [sys.executable, "-m", "tracestill", "policies", "evaluate", str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}


def test_every_case_has_an_id_of_its_own():
    assert len({case["id"] for case in CASES}) == len(CASES) >= 90


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_gets_the_answer_that_is_expected(case, answers):
    answer, expected = answers[case["id"]], case["expect"]
    assert (answer["verdict"], answer["blocked"]) == (expected["verdict"], expected["blocked"])
    assert set(expected["reason_codes"]) <= set(answer["reason_codes"])
