r"""What was cut off fails, and what only looks unusual passes: a false alarm throws paid work away."""

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
from tracestill.verifiers.endings import sign_of_a_cut
from tracestill.verifiers.truncation import Truncation

CHECK = Truncation(Truncation.Settings())
CODE = Problem(problem_id="c", domain="code", prompt="Write f.")


@pytest.mark.parametrize(
    ("finish_reason", "why"),
    [
        ("length", "token limit"),
        ("max_tokens", "token limit"),
        ("MAX_TOKENS", "token limit"),
        ("error", "server reported an error"),
        ("abort", "gave the request up"),
        ("insufficient_system_resource", "out of resources"),
    ],
)
def test_a_finish_reason_that_no_whole_answer_has_fails(math_problem, candidate, finish_reason, why):
    finding = CHECK.verify(math_problem, candidate(finish_reason=finish_reason))
    assert finding.outcome == "fail"
    assert finding.reason.startswith(f"finish_reason {finish_reason}: ")
    assert why in finding.reason


@pytest.mark.parametrize("finish_reason", ["stop", None, "end_turn", "eos", "stop_sequence", "refusal"])
def test_an_answer_that_ended_by_itself_passes(math_problem, candidate, finish_reason):
    assert CHECK.verify(math_problem, candidate(finish_reason=finish_reason)).outcome == "pass"


CUT = [
    ("```python\ndef f(x):\n    return x +", "the code fence in line 1 is never closed"),
    ("Here it is:\n\n```python\ndef f(x):\n    return x\n", "the code fence in line 3 is never closed"),
    ("First:\n```\na\n```\nThen:\n~~~sh\nls\n", "the code fence in line 6 is never closed"),
    ("We get\n\\begin{align}\nx &= 2 \\\\[2pt]\ny &= 3", "\\begin{align} is never closed"),
    ("\\begin{cases} a \\end{cases} and \\begin{pmatrix} 1 & 2", "\\begin{pmatrix} is never closed"),
    ("So\n\\[\n x = \\frac{1}{2}", "\\[ is never closed"),
    ("So $$x = 1$$ and\n$$y = 2", "$$ is never closed"),
    ("The answer is \\boxed{\\frac{1}{2}", "\\boxed{ is never closed"),
    ("The answer is $\\boxed{", "\\boxed{ is never closed"),
    ("Adding both gives 3 + 4 =", "within a formula"),
    ("That makes 48/2=", "within a formula"),
    ("so we have x +", "within a formula"),
    ("so we have 5 -", "within a formula"),
    ("which is about 3 ×", "within a formula"),  # noqa: RUF001
    ("and hence x^", "within a formula"),
    ("so it equals \\frac", "within a formula"),
    ("so it equals 3 \\", "within a formula"),
    ("We multiply the two numbers (", "after an opening bracket"),
    ("we need max(", "after an opening bracket"),
    ("First we add the two numbers,", "after a comma"),
    ("首先我们把两个数相加，", "after a comma"),  # noqa: RUF001
    ("Now we have to find the", "in the middle of a clause"),
    ("Wir addieren beide Zahlen und", "in the middle of a clause"),
    ("<think>2 is even.</think>So it is even because", "in the middle of a clause"),
]


@pytest.mark.parametrize(("text", "sign"), CUT)
def test_an_answer_that_breaks_off_fails_and_the_reason_quotes_its_end(math_problem, candidate, text, sign):
    finding = CHECK.verify(math_problem, candidate(text))
    assert finding.outcome == "fail"
    assert sign in finding.reason
    assert text.split()[-1] in finding.reason


WHOLE = [
    "The answer is 5",
    "5",
    "x = 5",
    "",
    "It is 3, 4, and 5.",
    "```python\nx = 1\n```",
    "Here:\n\n```python\nx = 1 +\n```\n",
    "- one\n  ```sh\n  ls\n  ```\n- two",
    # A fence within a fence.
    "````markdown\n```python\nx = 1\n```\n````",
    "```markdown\n# Title\n```python\nx = 1\n```\nmore\n```\nThat is the file.",
    # Not closed, and then it goes on.
    "```python\nx = 1\n\nAnd again:\n```python\nx = 2\n```\nDone.",
    "It is \\boxed{5\n\nSo the answer is 5.",
    "So \\[ x = 5\n\nThe answer is 5.",
    "A matrix: \\begin{pmatrix} 1 \\\\[2pt] 2 \\end{pmatrix}",
    "It costs $$5 and not $$6.",
    "So $\\boxed{5}$$",
    "He charges 150+60 = $$210.00",
    "\\[ x = 5 \\]",
    "Write `\\begin{align}` first.",
    "The interval is ]0, 5[",
    "Sorry :(",
    "Dear Ann,\n\nthank you.\n\nBest regards,",
    "Title\n=====",
    "one\n\n---",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "See https://example.org/",
    "The language is C++",
    "**Answer: 5**",
    "The answer is *5*",
    "<answer>5</answer>",
    "He is 18+",
    "C:\\Users\\bob",
    "It is the",
    "^_^",
    "dGhlIGFuc3dlcg==",
    "It is of the order of 10^{-3}",
    "An emphasis _the_",
]


@pytest.mark.parametrize("text", WHOLE)
def test_what_a_whole_answer_may_end_with_passes(math_problem, candidate, text):
    finding = CHECK.verify(math_problem, candidate(text))
    assert finding.outcome == "pass", finding.reason


@pytest.mark.parametrize("text", ["re.compile('\\[')", "x = '\\\\begin{a}'", "echo 5 *", "cat file -", "tail \\"])
def test_backslashes_and_stars_in_code_are_no_formulas(candidate, text):
    assert CHECK.verify(CODE, candidate(text)).outcome == "pass"


@pytest.mark.parametrize(
    ("fields", "sign"),
    [
        ({"response": "", "reasoning": "First we add 1 and"}, "no answer follows the reasoning"),
        ({"response": None, "reasoning": "First we add 1 and"}, "no answer follows the reasoning"),
        ({"response": "<think>First we add 1 and"}, "the thinking breaks off"),
    ],
)
def test_reasoning_without_an_answer_fails(math_problem, candidate, fields, sign):
    finding = CHECK.verify(math_problem, candidate(**fields))
    assert finding.outcome == "fail"
    assert sign in finding.reason
    assert "add 1 and" in finding.reason


def test_the_reasoning_may_break_off_when_an_answer_follows(math_problem, candidate):
    assert CHECK.verify(math_problem, candidate("It is 2.", reasoning="So the")).outcome == "pass"


def test_signs_can_be_left_out(math_problem, candidate):
    check = Truncation(Truncation.Settings(signs=False))
    assert check.verify(math_problem, candidate("So the answer is the")).outcome == "pass"
    assert check.verify(math_problem, candidate(finish_reason="length")).outcome == "fail"


def test_a_quotation_is_short_and_valid_unicode(math_problem, candidate):
    reason = CHECK.verify(math_problem, candidate("\ud800 \x1b[2J" + "x" * 500 + " and then the")).reason
    assert reason.encode("utf-8")
    assert len(reason) < 200
    assert "\x1b" not in reason


@given(st.text(max_size=300))
def test_no_text_raises_and_a_sentence_after_a_blank_line_ends_every_formula(text):
    problem = Problem(problem_id="p", domain="math", prompt="?")
    made = Candidate(trace_id="t", reasoning=None, response=text, finish_reason=None)
    assert CHECK.verify(problem, made).reason.encode("utf-8")
    if "```" not in text and "~~~" not in text:
        assert sign_of_a_cut(text + "\n\nSo it is 5.", formulas=True) is None


def test_a_megabyte_of_hostile_text_takes_little_time():
    started = time.process_time()
    for unit in ("```a\n", "\\begin{a}", "\\end{a}\\begin{b}", "\\boxed{", "{", "`", "$$", "\\[", "~", "\n \n", "> "):
        sign_of_a_cut((unit * (1_000_000 // len(unit))).rstrip(), formulas=True)
    assert time.process_time() - started < 11


def test_published_solutions_pass(cases: Path):
    with gzip.open(cases / "code/HumanEval.jsonl.gz", "rt", encoding="utf-8") as lines:
        programs = [(task["prompt"] + task["canonical_solution"]) for task in map(json.loads, lines)]
    programs += [task["code"] for task in json.loads((cases / "code/sanitized-mbpp.json").read_text(encoding="utf-8"))]
    with (cases / "problems/gsm8k_train.jsonl").open(encoding="utf-8") as lines:
        solutions = [json.loads(line)["answer"] for line in lines]
    texts = [(text, True) for text in solutions]
    texts += [(form.format(text.rstrip()), False) for text in programs for form in ("{}", "```python\n{}\n```")]
    assert [sign for text, formulas in texts if (sign := sign_of_a_cut(text.rstrip(), formulas=formulas))] == []
