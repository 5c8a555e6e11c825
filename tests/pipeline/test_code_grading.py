"""``tracestill grade code`` and ``tracestill doctor``, as processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tracestill.verifiers.sandbox.limits import Limits
from tracestill.verifiers.sandbox.tiers import try_tiers

HELD = [tried.tier for tried in try_tiers(Limits()) if tried.refusal is None]
TESTS = {"kind": "function", "entry_point": "f", "cases": [{"args": [2], "expected": 4}]}
PRINTED = {"kind": "stdio", "cases": [{"stdin": "", "stdout": ""}]}
RIGHT, WRONG = "def f(x): return 2 * x", "def f(x): return x"


def graded(tracestill, folder: Path, *options: str, lines: list[object]) -> tuple[list[dict], str]:
    source, out = folder / "in.jsonl", folder / "out.jsonl"
    source.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    done = tracestill("grade", "code", str(source), "-o", str(out), *options)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in out.read_text().splitlines()], done.stderr


@pytest.mark.parametrize("tier", ["namespaces", "landlock"])
def test_every_line_is_answered_in_order(tracestill, tmp_path: Path, tier: str):
    if tier not in HELD:
        pytest.skip(f"this machine does not give {tier}")
    lines = [
        *({"id": number, "code": RIGHT if number % 2 else WRONG, "tests": TESTS} for number in range(40)),
        {"id": "text", "code": RIGHT, "tests": json.dumps(TESTS)},
        {"id": "bad tests", "code": RIGHT, "tests": {"kind": "function"}},
        {"id": "no code", "tests": TESTS},
        "no JSON",
        {"id": "broken", "code": RIGHT, "tests": {"kind": "asserts", "asserts": ["assert ("]}},
        {
            "id": "checker",
            "code": RIGHT,
            "tests": {"kind": "stdio", "cases": [{"stdin": "", "stdout": ""}], "checker": "x"},
        },
        {"id": "last", "code": RIGHT, "tests": TESTS},
    ]
    rows, _ = graded(tracestill, tmp_path, "--isolation", tier, lines=lines)
    assert [row["id"] for row in rows] == [
        *range(40),
        "text",
        "bad tests",
        "no code",
        None,
        "broken",
        "checker",
        "last",
    ]
    assert [row["outcome"] for row in rows[:40]] == ["fail", "pass"] * 20
    assert [row["outcome"] for row in rows[40:]] == [
        "pass",
        "error",
        "error",
        "error",
        "undecided",
        "undecided",
        "pass",
    ]
    assert "tests.function.entry_point" in rows[41]["reason"]
    assert "'code'" in rows[42]["reason"]
    assert all(row["isolation"] == tier and row["seconds"] >= 0 and row["reason"] for row in rows)


def test_no_isolation_is_loud_and_marks_every_verdict(tracestill, tmp_path: Path):
    rows, said = graded(tracestill, tmp_path, "--unsafe-no-isolation", lines=[{"id": 1, "code": RIGHT, "tests": TESTS}])
    assert rows[0]["outcome"] == "pass"
    assert rows[0]["isolation"] == "none"
    assert "warning: programs run without isolation" in said
    assert "without isolation" in said


def test_a_file_that_is_not_there(tracestill, tmp_path: Path):
    done = tracestill("grade", "code", str(tmp_path / "no.jsonl"), "-o", str(tmp_path / "out.jsonl"))
    assert done.returncode == 2
    assert "no.jsonl" in done.stderr


def test_doctor_says_which_isolation_there_is(tracestill):
    done = tracestill("doctor", "--output", "json")
    assert done.returncode == 0
    said = json.loads(done.stdout.splitlines()[-1])
    assert [tier["tier"] for tier in said["tiers"]] == ["namespaces", "landlock"]
    assert [tier["tier"] for tier in said["tiers"] if tier["refusal"] is None] == HELD
    assert said["isolation"] == (HELD[0] if HELD else None)
    assert "isolation of programs" in tracestill("doctor").stdout
