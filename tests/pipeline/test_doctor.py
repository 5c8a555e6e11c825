"""Problems that no trace can be proven right for are found before anything is paid for."""

from __future__ import annotations

import json
from pathlib import Path

PROBLEMS = [
    {"id": "fine", "prompt": "What is 1 + 2?", "answer": "3"},
    {"id": "interval", "prompt": "Where?", "answer": "(1, \\sqrt{2}]"},
    {"id": "words", "prompt": "Which curve?", "answer": "\\text{ellipse}"},
    {"id": "integers", "prompt": "Which?", "answer": "k\\pi, k \\in \\mathbb{Z}"},
    {"id": "sum", "prompt": "Which?", "answer": "\\sum_{k=1}^{n} k"},
    {"id": "brace", "prompt": "How much?", "answer": "\\frac{3}"},
    {"id": "empty", "prompt": "How much?", "answer": ""},
    {"id": "missing", "prompt": "How much?"},
    {"id": "operator", "prompt": "How much?", "answer": "x \\star y"},
    {"id": "code", "prompt": "Write f.", "domain": "code", "tests": {"kind": "asserts", "asserts": ["assert f()"]}},
]


def write(config: Path, problems: list[dict[str, object]], more: str = "") -> None:
    lines = "".join(json.dumps(problem) + "\n" for problem in problems)
    (config.parent / "problems.jsonl").write_text(lines + more, encoding="utf-8")


def test_doctor_lists_what_can_never_be_judged(project, tracestill):
    config = project()
    write(config, PROBLEMS)
    done = tracestill("doctor", "problems", "-c", str(config), "--output", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["problems"] == len(PROBLEMS)
    assert found["unreadable_rows"] == []
    named = {bad["problem_id"]: bad for bad in found["unjudgeable"]}
    assert named.keys() == {"brace", "empty", "missing", "operator"}
    assert all(bad["verifier"] == "math-answer" for bad in named.values())
    assert named["operator"]["reason"].startswith("the reference cannot be read: ")
    assert named["operator"]["reference"] == "x \\star y"


def test_doctor_tells_rows_that_are_no_problem_with_their_place(project, tracestill):
    config = project()
    write(config, PROBLEMS[:2], "nonsense\n")
    done = tracestill("doctor", "problems", "-c", str(config))
    assert done.returncode == 0, done.stderr
    assert "problems.jsonl:3" in done.stdout
    assert done.stdout.endswith("2 problems; 0 can never be judged, 1 rows are no problem\n")
