"""An answer stands outside a closed think block and has the parts that are asked for."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from tracestill.verifiers.format import Format
from tracestill.verifiers.thinking import without_thinking


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"response": "<think>1 + 1 is"}, "never closed"),
        ({"response": "<think>1 + 1 is 2</think>  "}, "no answer outside"),
        ({"response": "", "reasoning": "1 + 1 is 2"}, "no answer outside"),
        ({"response": None}, "empty"),
    ],
)
def test_format_fails_what_is_no_answer(math_problem, candidate, fields, reason):
    finding = Format(Format.Settings()).verify(math_problem, candidate(**fields))
    assert finding.outcome == "fail"
    assert reason in finding.reason


@pytest.mark.parametrize("finish_reason", ["stop", None, "length", "refusal"])
def test_format_passes_an_answer_whatever_its_finish_reason(math_problem, candidate, finish_reason):
    finding = Format(Format.Settings()).verify(math_problem, candidate(finish_reason=finish_reason))
    assert finding.outcome == "pass"


def test_format_may_ask_for_a_box(math_problem, candidate):
    strict = Format(Format.Settings(require_boxed=True))
    assert strict.verify(math_problem, candidate()).outcome == "pass"
    assert strict.verify(math_problem, candidate("<think>\\boxed{2}</think> It is 2.")).outcome == "fail"


def test_format_may_ask_for_parts_word_for_word(math_problem, candidate):
    check = Format(Format.Settings(require=["## Solution", "<answer>", ".*"]))
    assert check.verify(math_problem, candidate("## Solution\n2 .* 1\n<answer>2</answer>")).outcome == "pass"
    missing = check.verify(math_problem, candidate("<think><answer></think>## Solution .*"))
    assert (missing.outcome, missing.reason) == ("fail", 'the answer holds no "<answer>"')
    assert check.verify(math_problem, candidate("## Solution <answer>2")).reason == 'the answer holds no ".*"'


def test_format_asks_for_no_empty_part():
    with pytest.raises(ValidationError, match=r"require\.0"):
        Format.Settings(require=[""])


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("a", "a"),
        ("<think>a</think>b", "\nb"),
        ("a</think>b", "b"),
        ("a<think>b</think>c<think>d</think>e", "a\nc\ne"),
        ("<think>a", None),
        ("a</think>b<think>c", None),
    ],
)
def test_what_stands_outside_the_thinking(text, outside):
    assert without_thinking(text) == outside
