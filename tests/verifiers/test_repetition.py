"""Loops of words, of lines and of claims fail; what repeats for a reason passes."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracestill.pipeline.records import Problem
from tracestill.verifiers.base import Candidate
from tracestill.verifiers.repetition import Repetition

CHECK = Repetition(Repetition.Settings())
STEPS = " ".join(f"Step {n}: we add {n} to {n * n} and get {n + n * n}, which is even." for n in range(60))
DOUBTS = [
    "Wait, let me check again.",
    "Hmm, let me reconsider.",
    "Actually, hold on.",
    "But wait, is that right?",
    "Let me double check this.",
    "Okay, let me think about it once more.",
    "Hmm.",
]
CONCLUSIONS = [
    "So the answer is 5.",
    "Therefore, the answer is 5.",
    "So it must be 5.",
    "Yes, the final answer is 5.",
    "Thus the result is 5.",
]


@pytest.mark.parametrize(
    "loop",
    [
        "So we have to check it again, and then once more. " * 30,
        "Wait.\nLet me think.\n" * 60,
        "<b>" * 400,
        "9" * 5_000,
        "因此答案是三。" * 60,
        STEPS + "\n" + "and so on and so forth, as I said before " * 80,
        "x = 1\n" * 40,
    ],
)
def test_a_loop_fails_and_is_quoted(math_problem, candidate, loop):
    finding = CHECK.verify(math_problem, candidate(loop))
    assert finding.outcome == "fail"
    assert finding.score is not None
    assert finding.score > 0.3
    assert 'most often: "' in finding.reason


@pytest.mark.parametrize(
    "circle",
    [
        " ".join(f"{DOUBTS[n % 7]} {CONCLUSIONS[n % 5]}" for n in range(20)),
        "3 + 2 is 5 apples. " + " ".join(f"{DOUBTS[n * n % 7]} {CONCLUSIONS[n * 3 % 5]}" for n in range(9)),
        "\n".join(f"{DOUBTS[n % 7]} She has 3 red and 2 blue apples, so 5 apples." for n in range(8)),
        "\n".join(
            f"We need the total cost of {n} books.\nThe total cost of all books is 42 dollars." for n in range(12)
        ),
        "\n".join(f"{n}. {DOUBTS[n % 7]}\nThe triangle ABC is isosceles with apex A." for n in range(1, 9)),
    ],
)
def test_a_claim_that_is_made_again_and_again_fails(math_problem, candidate, circle):
    finding = CHECK.verify(math_problem, candidate(circle))
    assert finding.outcome == "fail", finding.reason
    assert "says the same again" in finding.reason
    assert finding.score is not None
    assert finding.score > 0.3


TABLE = "| n | n^2 | even |\n|---|---|---|\n" + "\n".join(f"| {n} | {n * n} | {n % 2 == 0} |" for n in range(40))
CASES = "\n".join(
    f"Case {n}: suppose that x = {n}. Then x^2 - x = {n * n - n}, which is not {n + 7}. So this case has no solution."
    for n in range(1, 12)
)
ZEROS = "The table is\n" + "\n".join("| 0 | 0 | 0 | 0 |" for _ in range(3)) + "\nand so on, which sums to 12 in all."
CODE = """```python
def area(shape):
    if shape.kind == "circle":
        return 3.14159 * shape.radius ** 2
    if shape.kind == "square":
        return shape.side ** 2
    if shape.kind == "triangle":
        return shape.base * shape.height / 2
    raise ValueError(shape.kind)


assert area(Circle(1)) == 3.14159
assert area(Square(2)) == 4
assert area(Triangle(3, 4)) == 6
```"""
VERIFIED = (
    "She has 3 red and 2 blue apples. 3 + 2 = 5. So the answer is 5. Let me verify: 5 - 2 = 3, which is right. "
    "So the answer is 5.\n\n**Answer:** 5"
)
PLACES = "\n".join(f"The coefficient of x^{n} is 0." for n in range(30))
CHECKS = "\n".join(f"{n} mod 7 = {n % 7}, so {n} does not work." for n in range(20, 60))


@pytest.mark.parametrize(
    "text",
    [
        *(STEPS, TABLE, CASES, ZEROS, CODE, VERIFIED, PLACES, CHECKS),
        "",
        "2",
        "The same. The same.",
        "x^2 + 2x + 1 = 0\n" * 2,
        "\n".join(f"Case {n}: {n + 3} is odd. No solution." for n in range(9)),
    ],
)
def test_what_repeats_for_a_reason_passes(math_problem, candidate, text):
    finding = CHECK.verify(math_problem, candidate(text))
    assert finding.outcome == "pass", finding.reason
    assert finding.score is not None
    assert finding.score <= 0.3


def test_one_restatement_too_many_is_allowed_by_the_setting(math_problem, candidate):
    text = " ".join(f"{DOUBTS[n % 7]} {CONCLUSIONS[n % 5]}" for n in range(20))
    lenient = Repetition(Repetition.Settings(max_repeated=1))
    assert lenient.verify(math_problem, candidate(text)).outcome == "pass"


@given(st.text(max_size=300), st.integers(4, 40))
def test_no_text_raises_and_a_share_is_a_share(text, ngram):
    problem = Problem(problem_id="p", domain="math", prompt="?")
    made = Candidate(trace_id="t", reasoning=text, response=text, finish_reason=None)
    finding = Repetition(Repetition.Settings(ngram=ngram)).verify(problem, made)
    assert 0 <= finding.score <= 1
    assert finding.reason.encode("utf-8")


@pytest.mark.parametrize("length", range(18, 32))
def test_a_row_with_another_number_is_another_row_whatever_its_length(math_problem, candidate, length):
    words = " ".join(f"w{place}" for place in range(length - 2))
    text = "\n".join(f"{n + 70} {words}" for n in range(3))
    assert CHECK.verify(math_problem, candidate(text)).score == 0 or length > 24


@given(st.lists(st.sampled_from(["one", "two", "three", "+", "4", "\n"]), max_size=60), st.integers(4, 12))
def test_rows_are_compared_as_if_one_by_one(words, n):
    problem = Problem(problem_id="p", domain="math", prompt="?")
    made = Candidate(trace_id="t", reasoning=None, response=" ".join(words), finish_reason=None)
    rows = [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]
    covered = {place for at, row in enumerate(rows) if row in rows[:at] for place in range(at, at + n)}
    share = len(covered) / len(words) if len(covered) >= 2 * n else 0
    assert Repetition(Repetition.Settings(ngram=n)).verify(problem, made).score >= round(share, 4)


def test_a_megabyte_of_hostile_text_takes_little_time(math_problem, candidate):
    started = time.process_time()
    units = ("a", "a ", "\n", ". ", "1. ", "So it is 5. ", "<think>", "因", "a\n\n", STEPS)
    for unit in units:
        CHECK.verify(math_problem, candidate(unit * (1_000_000 // len(unit))))
    assert time.process_time() - started < 2 * len(units)


def test_published_solutions_pass(math_problem, candidate, cases: Path):
    with (cases / "problems/gsm8k_train.jsonl").open(encoding="utf-8") as lines:
        texts = [row["question"] + "\n\n" + row["answer"] for row in map(json.loads, lines)]
    with gzip.open(cases / "code/HumanEval.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts += [task["canonical_solution"] for task in map(json.loads, lines)]
    texts += [task["code"] for task in json.loads((cases / "code/sanitized-mbpp.json").read_text(encoding="utf-8"))]
    findings = [CHECK.verify(math_problem, candidate(text)) for text in texts]
    assert [finding.reason for finding in findings if finding.outcome != "pass"] == []
