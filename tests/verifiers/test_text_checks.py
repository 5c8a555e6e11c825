"""Length, repetition and code tests, and the speed of the checks that look at the text alone, or at nothing yet."""

from __future__ import annotations

import time

import pytest
from tracestill.pipeline.records import Problem
from tracestill.verifiers.code_tests import CodeTests
from tracestill.verifiers.format import Format
from tracestill.verifiers.length import Length
from tracestill.verifiers.repetition import Repetition


@pytest.mark.parametrize(
    ("settings", "fields", "outcome"),
    [
        ({}, {}, "pass"),
        ({}, {"response": "2"}, "fail"),
        ({"min_characters": 0}, {"response": "2"}, "pass"),
        ({"max_characters": 20}, {}, "fail"),
        ({"max_characters": 30}, {"reasoning": "one and one are two"}, "fail"),
        ({"max_completion_tokens": 9}, {"completion_tokens": 10}, "fail"),
        ({"max_completion_tokens": 10}, {"completion_tokens": 10}, "pass"),
        ({"max_completion_tokens": 9}, {"completion_tokens": None}, "pass"),
    ],
)
def test_length_keeps_to_its_bounds(math_problem, candidate, settings, fields, outcome):
    assert Length(Length.Settings(**settings)).verify(math_problem, candidate(**fields)).outcome == outcome


STEPS = " ".join(f"Step {n}: we add {n} to {n * n} and get {n + n * n}, which is even." for n in range(60))


@pytest.mark.parametrize(
    "loop",
    [
        "So we have to check it again, and then once more. " * 30,
        "Wait.\nLet me think.\n" * 60,
        "<b>" * 400,
        "9" * 5_000,
        "因此答案是三。" * 60,
        STEPS + "\n" + "and so on and so forth, as I said before " * 80,
    ],
)
def test_repetition_fails_a_loop_and_quotes_it(math_problem, candidate, loop):
    finding = Repetition(Repetition.Settings()).verify(math_problem, candidate(loop))
    assert finding.outcome == "fail"
    assert finding.score is not None
    assert finding.score > 0.3
    assert "most often: " in finding.reason


@pytest.mark.parametrize("text", [STEPS, "", "2", "The same. The same.", "x^2 + 2x + 1 = 0\n" * 2])
def test_repetition_passes_what_says_new_things(math_problem, candidate, text):
    assert Repetition(Repetition.Settings()).verify(math_problem, candidate(text)).outcome == "pass"


def test_the_text_checks_are_fast_on_a_megabyte(math_problem, candidate):
    started = time.monotonic()
    for text in (STEPS * 250, "a" * 1_000_000, "<think>" * 140_000, "a " * 500_000):
        for verifier in (Format(Format.Settings()), Length(Length.Settings()), Repetition(Repetition.Settings())):
            verifier.verify(math_problem, candidate(text))
    assert time.monotonic() - started < 15


def test_code_is_not_run(candidate):
    problem = Problem(problem_id="p", domain="code", prompt="Write f.", tests='{"kind": "asserts", "asserts": []}')
    finding = CodeTests(CodeTests.Settings()).verify(problem, candidate())
    assert finding.outcome == "undecided"
    assert "no sandbox" in finding.reason
