# ruff: noqa: RUF001 - refusals in other scripts
"""A refusal fails in ten languages; mathematics that cannot, is unable or apologises passes."""

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
from tracestill.verifiers.refusal import Refusal

CHECK = Refusal(Refusal.Settings())


@pytest.mark.parametrize(
    ("finish_reason", "why"),
    [("refusal", "the model refused"), ("content_filter", "filter cut"), ("SAFETY", "filter cut")],
)
def test_a_finish_reason_of_refusal_fails(math_problem, candidate, finish_reason, why):
    finding = CHECK.verify(math_problem, candidate(finish_reason=finish_reason))
    assert finding.outcome == "fail"
    assert finding.reason.startswith(f"finish_reason {finish_reason}: ")
    assert why in finding.reason


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I’m sorry, but I can’t assist with that request.",
        "Sorry, I cannot help you with this.",
        "I cannot assist.",
        "**I'm sorry**, but I can't comply with that request.",
        "Hello! Unfortunately, I am unable to assist with this topic. Is there anything else?",
        "I can't help create content like this.",
        "I understand what you are asking for. However, I won't be able to fulfill this request.",
        "I cannot provide instructions for picking a lock.",
        "I'm not able to provide information about making weapons.",
        "As an AI language model, I cannot have opinions on this.",
        "As an artificial intelligence, I am not able to do this.",
        "I must decline to answer.",
        "This request goes against my guidelines.",
        "That would violate OpenAI's usage policies.",
        "I'm not comfortable helping with this.",
        "<think>The user wants something bad.</think>\n\nI can't help with that.",
        "Es tut mir leid, aber dabei kann ich Ihnen nicht helfen.",
        "Ich kann dir damit leider nicht helfen.",
        "Als KI-Sprachmodell kann ich diese Frage nicht beantworten.",
        "Je suis désolé, mais je ne peux pas vous aider avec cela.",
        "En tant qu'IA, je ne peux pas répondre.",
        "Lo siento, pero no puedo ayudarte con eso.",
        "Como modelo de lenguaje, no puedo hacerlo.",
        "Desculpe, mas não posso ajudar com isso.",
        "Mi dispiace, ma non posso aiutarti con questa richiesta.",
        "对不起，我无法协助您完成这个请求。",
        "抱歉，我不能提供此类信息。",
        "申し訳ありませんが、そのご要望にはお応えできません。",
        "申し訳ございませんが、お手伝いできません。",
        "죄송하지만 도와드릴 수 없습니다.",
        "Извините, но я не могу вам помочь с этим.",
    ],
)
def test_an_answer_that_opens_with_a_refusal_fails_and_is_quoted(math_problem, candidate, text):
    finding = CHECK.verify(math_problem, candidate(text))
    assert finding.outcome == "fail", finding.reason
    assert finding.reason.startswith('refuses: "')


@pytest.mark.parametrize(
    "text",
    [
        "I cannot simplify this further.",
        "I can't help but notice that the sum is even.",
        "Sorry, I made an error above. The answer is 5.",
        "We cannot divide by zero, so x is not 1.",
        "There is no such number.",
        "The answer cannot be determined from the given information.",
        "I cannot use the formula directly because the matrix is singular. I use elimination.",
        "I'm sorry for the confusion. Let me recompute: \\boxed{7}",
        "This cannot help us, so we try x = 2.",
        "I cannot factor this, so I complete the square.",
        "I will not assume that n is even.",
        "As an AI, I compute it step by step: 1 + 1 = 2.",
        "As an AI language model, I cannot draw, but the area is 5.",
        "This violates the triangle inequality, so there is no such triangle.",
        "It goes against the assumption that x > 0.",
        '"I can\'t help you with that," said Ann, and gave 3 of her 8 apples to Bob. 8 - 3 = 5.',
        "Ann helps Bob. Bob cannot assist Ann. So 5 hours are needed.",
        "We must decline the null hypothesis.",
        "Man kann nicht durch null teilen.",
        "Je ne peux pas simplifier davantage.",
        "No puedo simplificar más esta fracción.",
        "这个方程无法分解，所以用求根公式。",
        "この式はこれ以上簡単にできません。",
        "Я не могу разложить это на множители, поэтому решаю иначе.",
        "",
    ],
)
def test_mathematics_is_no_refusal(math_problem, candidate, text):
    finding = CHECK.verify(math_problem, candidate(text))
    assert finding.outcome == "pass", finding.reason


def test_a_refusal_in_the_thinking_or_far_into_the_answer_is_none(math_problem, candidate):
    refusal = "I'm sorry, but I can't help with that."
    assert CHECK.verify(math_problem, candidate(f"<think>{refusal}</think>It is 2.")).outcome == "pass"
    assert CHECK.verify(math_problem, candidate("It is 2.", reasoning=refusal)).outcome == "pass"
    assert CHECK.verify(math_problem, candidate("We add. " * 60 + refusal)).outcome == "pass"


GAVE_UP = [
    "We tried x = 1, 2 and 3. I was unable to find the answer.",
    "I couldn't determine the correct answer.",
    "I cannot solve this problem.",
    "After many attempts I give up.",
    "I don't know how to solve this.",
    "I don't know.",
    "I could not find a solution to this problem.",
]


@pytest.mark.parametrize("text", GAVE_UP)
def test_giving_up_fails_and_is_named_so(math_problem, candidate, text):
    finding = CHECK.verify(math_problem, candidate(text))
    assert finding.outcome == "fail"
    assert finding.reason.startswith('gives up: "')
    lenient = Refusal(Refusal.Settings(giving_up=False))
    assert lenient.verify(math_problem, candidate(text)).outcome == "pass"


@pytest.mark.parametrize(
    "text",
    [
        "I was unable to find the answer by hand, but it is \\boxed{5}.",
        "I could not find the answer directly, so I used the second equation: x = 5.",
        "If I give up 3 apples, 5 are left.",
        "I don't give up. It is 5.",
        "I don't know the exact answer yet, but 3 + 2 is 5.",
        "I cannot find integer solutions. So there are 0.",
        "I was unable to find the answer. " + "Then it came to me that we can add. " * 12,
    ],
)
def test_a_detour_is_no_giving_up(math_problem, candidate, text):
    finding = CHECK.verify(math_problem, candidate(text))
    assert finding.outcome == "pass", finding.reason


@given(st.text(max_size=400))
def test_no_text_raises(text):
    problem = Problem(problem_id="p", domain="open", prompt="?")
    made = Candidate(trace_id="t", reasoning=None, response=text, finish_reason=None)
    assert CHECK.verify(problem, made).reason.encode("utf-8")


def test_a_megabyte_of_hostile_text_takes_little_time(math_problem, candidate):
    started = time.process_time()
    for unit in ("I cannot ", "as an AI ", "I can't find the ", "violates a ", "I give up ", "<think></think>", "无法"):
        CHECK.verify(math_problem, candidate(unit * (1_000_000 // len(unit))))
    assert time.process_time() - started < 2


def test_published_solutions_pass(math_problem, candidate, cases: Path):
    with gzip.open(cases / "code/HumanEval.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [task["prompt"] + task["canonical_solution"] for task in map(json.loads, lines)]
    texts += [task["code"] for task in json.loads((cases / "code/sanitized-mbpp.json").read_text(encoding="utf-8"))]
    for name in ("gsm8k_train", "gsm8k_test"):
        with (cases / f"problems/{name}.jsonl").open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                texts += [row["question"], row["answer"], row["answer"].replace("####", "The answer is")]
    findings = [CHECK.verify(math_problem, candidate(text)) for text in texts]
    assert [finding.reason for finding in findings if finding.outcome != "pass"] == []
