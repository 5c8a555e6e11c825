"""Where an answer is found in a response, and what is refused with which reason."""

from __future__ import annotations

import json

import pytest

EXTRACTED = [
    ("It is \\boxed{12}.", "12", "boxed"),
    ("First \\boxed{3}, but rather \\boxed{12}.", "12", "boxed"),
    ("\\boxed {\\frac{1}{\\sqrt{2}}} done", "\\frac{1}{\\sqrt{2}}", "boxed"),
    ("\\fbox{12}", "12", "boxed"),
    ("$\\boxed 7$", "7", "boxed"),
    ("\\boxed{12} and then \\boxed{7", "12", "boxed"),
    ("\\boxed{1}, \\boxed{2} and \\boxed{3}", "1, 2, 3", "boxed"),
    ("$x = \\boxed{1}$ and $y = \\boxed{2}$", "1, 2", "boxed"),
    ("So \\boxed{12}. I say \\boxed{12}", "12", "boxed"),
    ("<think>\\boxed{3}?</think>It is \\boxed{12}.", "12", "boxed"),
    ("It is \\boxed{4}, not \\boxed{3}.", "4", "boxed"),
    ("<answer> 12 </answer>", "12", "answer tag"),
    ("3 * 4 = 12\n#### 12", "12", "####"),
    ("The answer is 3. Wait, the answer is 12.", "12", "cue"),
    ("**Final Answer:** 12\n", "12", "cue"),
    ("Answer: $12$", "$12$", "cue"),
    ("The final answer is\n\\[ 12 \\]", "12", "cue"),
    ("Therefore it is **12**.", "12", "bold"),
    ("So we have \\[ x^2 \\]", "x^2", "display"),
    ("We find that $x > 4$.", "x > 4", "number"),
    ("That makes 12 apples for 3.5 friends.", "3.5", "number"),
    ("Therefore (D).", "(D)", "choice"),
    ("The correct option is B.", "B", "cue"),
    ("The answer is not 7 but 12.", "12", "cue"),
    ("**Answer: (A)**\n\nThe other tempting choice is B.", "(A)", "cue"),
    ("It travels **12 miles**, which is about 19 km.", "12 miles", "bold"),
    ("**The minimum value is $-12$.**", "-12", "bold"),
    ("It is \\boxed{12}<|im_end|><|im_start|>user \\boxed{4}", "12", "boxed"),
]

REFUSED = [
    ("", "no answer"),
    ("no conclusion was reached", "no answer"),
    ("so it comes to y = 2x + 3", "no answer"),
    ("\\boxed{}", "empty"),
    ("I have 3 apples, so \\boxed{ }", "empty"),
    ("The answer is not \\boxed{3}", "negated"),
    ("x \\neq \\boxed{3}", "negated"),
    ("The answer is not 3.", "negated"),
    ("The answer is either 3 or 4.", "hedged"),
    ("It is maybe 3.", "hedged"),
    ("I cannot solve this without the figure; the sides are 3 and 4.", "gives up"),
    ("So we get\n\\[ n^2 = 3 + 4", "breaks off"),
    ("<think>so \\boxed{3}</think> I gave it above.", "inside the thinking"),
    ("<think>so \\boxed{3}</think> That took 3 steps.", "inside the thinking"),
    ("<think>so \\boxed{3}, let me check", "never closed"),
    ("<think>a</think> b <think> \\boxed{3}", "never closed"),
    ("You want it as in \\boxed{3}", "prompt's own"),
]
PROMPT = "What is 1 + 1? Put it into a box. You want it as in \\boxed{3}"


@pytest.mark.parametrize(("response", "answer", "method"), EXTRACTED)
def test_finds_the_answer_in_a_response(judge, response, answer, method):
    graded = judge.grade("1", response)
    assert graded.extracted is not None
    assert graded.extracted.strip() == answer
    assert json.loads(graded.finding.details)["method"] == method


@pytest.mark.parametrize(("response", "reason"), REFUSED)
def test_refuses_with_its_own_reason(judge, response, reason):
    graded = judge.grade("3", response, PROMPT)
    assert graded.finding.outcome == "fail"
    assert reason in graded.finding.reason


def test_an_answer_that_the_prompt_also_shows_is_no_echo_when_it_is_derived(judge):
    assert judge.grade("3", "1 + 2 is three, so it comes to \\boxed{3}", PROMPT).finding.outcome == "pass"
