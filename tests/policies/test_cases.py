"""Policy cases kept outside the repository: those that need what the gate can judge so far."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path

import pytest

ORDER = ("allowed", "conditional", "unknown", "prohibited")
COVERED = ("C02", "C03", "C14", "X01")


@pytest.fixture(scope="module")
def cases() -> dict[str, dict]:
    folder = os.environ.get("TRACESTILL_CASES")
    if not folder:
        pytest.skip("TRACESTILL_CASES names no folder with policy/cases.jsonl")
    lines = (Path(folder) / "policy" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    return {case["id"]: case for case in map(json.loads, lines)}


def _rulings(case, make_gate, make_teacher):
    given = case["input"]
    student = {
        key: given["student"][key] for key in ("class", "distributed", "name") if key in given.get("student", {})
    }
    gate = make_gate(
        *given["uses"],
        student=student,
        attest=tuple(given.get("attest", ())),
        today=datetime.date.fromisoformat(given["now"]),
    )
    for record in given.get("records", [given]):
        asked = record["teacher"]
        teacher = make_teacher(asked["model_id"], asked["base_url"], self_hosted=asked.get("self_hosted", False))
        yield gate.judge_teacher(teacher, case["stage"])
        if "prompt" in record:
            yield gate.judge_dataset(record["prompt"]["dataset"], record["prompt"]["licence"], case["stage"])


@pytest.mark.parametrize("id", COVERED)
def test_case(cases, make_gate, make_teacher, id):
    case = cases[id]
    rulings = list(_rulings(case, make_gate, make_teacher))
    expected = case["expect"]
    assert max((ruling.verdict for ruling in rulings), key=ORDER.index) == expected["verdict"]
    assert any(ruling.blocked for ruling in rulings) is expected["blocked"]
    assert set(expected["reason_codes"]) <= {code for ruling in rulings for code in ruling.reason_codes}
