"""Math answers that others labelled, and text that is made to hang or mislead a grader."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest
from tracestill.verifiers.math_answer import MathAnswer


@pytest.fixture(scope="module")
def cases() -> Path:
    folder = os.environ.get("TRACESTILL_CASES")
    if folder is None:
        pytest.skip("TRACESTILL_CASES does not name the folder of labelled cases")
    return Path(folder) / "math"


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def grade_case(judge: MathAnswer, row: dict) -> str:
    graded = judge.grade if row["form"] == "response" else judge.grade_answer
    return graded(row["gold"], row["pred"]).finding.outcome


def test_labelled_cases(judge, cases):
    rows = [row for row in read(cases / "answer_cases.jsonl") if not row["convention"]]
    accepted = [(grade_case(judge, row) == "pass", row["expected"]) for row in rows]
    wrong = [row for row, (got, expected) in zip(rows, accepted, strict=True) if got != expected]
    false_accepts = sum(got and not expected for got, expected in accepted)
    assert len(wrong) <= 0.02 * len(rows)
    assert false_accepts <= 0.01 * sum(not expected for _, expected in accepted)


def test_hostile_answers_from_a_thread(judge, cases):
    slow: list[tuple[str, float]] = []
    accepted: list[str] = []

    def work() -> None:
        for row in read(cases / "hostile_answers.jsonl"):
            started = time.monotonic()
            if grade_case(judge, row) == "pass":
                accepted.append(row["id"])
            if (seconds := time.monotonic() - started) > 1:
                slow.append((row["id"], seconds))

    judge.warm()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(timeout=120)
    assert not thread.is_alive()
    assert (accepted, slow) == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        "\\boxed{" * 140_000,
        "{" * 500_000 + "}" * 500_000,
        "\\boxed{" + "(" * 500_000 + "1" + ")" * 500_000 + "}",
        "\\" * 1_000_000,
        "1" * 1_000_000 + "x",
        "1," * 500_000,
        "<think></think>" * 66_000,
        "<think>" * 140_000,
        "<answer>" * 125_000,
        "the answer is " * 70_000,
        "$" * 1_000_000,
        "\\[" * 500_000,
        "\\(" * 500_000,
        "**" * 500_000,
        ". " * 500_000,
        "<|im_end|>" * 100_000,
        "\\text{" * 160_000,
        "answer:" + " " * 1_000_000,
        "\\boxed{" + "2^9999/3^9999+" * 130 + "1}",
        "\\boxed{" + ",".join(["2^9999/7^9999"] * 120) + "}",
    ],
    ids=lambda text: text[:12],
)
def test_a_megabyte_of_anything_is_answered_at_once(judge, text):
    started = time.monotonic()
    assert judge.grade("3", text).finding.outcome != "pass"
    assert time.monotonic() - started < 2
