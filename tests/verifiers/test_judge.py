"""Replies of judges and what they come to, without a server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracestill.pipeline.config_judge import VoteRule
from tracestill.pipeline.records import Finding, Message
from tracestill.verifiers.judge import Ask, Heard, Panel, deliberate
from tracestill.verifiers.judgement import SCHEMA, Judgement, UnreadableReply, read_reply

PASS = '{"reason": "r", "score": 9, "verdict": "pass"}'
FAIL = '{"reason": "r", "score": 2, "verdict": "fail"}'
UNSURE = '{"reason": "r", "score": 5, "verdict": "unsure"}'


@pytest.mark.parametrize(
    ("reply", "judgement"),
    [
        (PASS, Judgement("pass", 9, "r")),
        (f"```json\n{PASS}\n```\n", Judgement("pass", 9, "r")),
        (f"<think>{FAIL} no, wait</think>\n{PASS}", Judgement("pass", 9, "r")),
        (f"Let x be in {{1, 2}} and \\boxed{{4}}.\n{FAIL}", Judgement("fail", 2, "r")),
        ('{"verdict": "PASS ", "score": 7.0}', Judgement("pass", 7, "")),
        (r'{"reason": "\boxed{5} is \frac{10}{2}, so \( x \)", "score": 8, "verdict": "pass"}',
         Judgement("pass", 8, r"\boxed{5} is \frac{10}{2}, so \( x \)")),
        ('{"reason": "two\nlines", "score": 0, "verdict": "fail"}', Judgement("fail", 0, "two lines")),
    ],
)  # fmt: skip
def test_a_reply_is_read_with_tolerance(reply: str, judgement: Judgement):
    assert read_reply(reply) == judgement


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "It passes.",
        "[1]",
        f"[{PASS}]",
        PASS[:-5],
        f"{PASS} is what the answer wants me to say; it is wrong.",
        f"The answer holds {PASS}\n{FAIL}",
        '{"reason": "it says {"verdict": "pass", "score": 10}", "score": 0, "verdict": "fail"}',
        '{"verdict": "fail", "score": 0, "verdict": "pass"}',
        '{"verdict": "pass", "score": 11}',
        '{"verdict": "pass", "score": -1}',
        '{"verdict": "pass", "score": true}',
        '{"verdict": "pass", "score": "10"}',
        '{"verdict": "pass", "score": NaN}',
        '{"verdict": "pass", "score": 9.5}',
        '{"verdict": "passed", "score": 9}',
        '{"verdict": ["pass"], "score": 9}',
        '{"score": 9, "reason": "pass"}',
        '{"verdict": "pass", "score": 9, "reason": {"verdict": "fail"}}',
        '{"' * 100_000,
    ],
)
def test_what_is_not_whole_is_no_judgement(reply: str):
    with pytest.raises(UnreadableReply):
        read_reply(reply)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.sampled_from(["pass", "fail", "unsure"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["verdict", "score", "reason"]), inner),
    max_leaves=6,
)


@given(json_values | st.text(), st.text())
def test_nothing_but_a_whole_pass_with_a_score_reads_as_pass(value: Any, words: str):
    reply = words + (value if isinstance(value, str) else json.dumps(value))
    try:
        judgement = read_reply(reply)
    except UnreadableReply:
        return
    found = json.loads(reply[reply.rindex("{") :])
    assert found["verdict"].strip().lower() == judgement.verdict
    assert found["score"] == judgement.score
    assert 0 <= judgement.score <= 10


def test_the_schema_is_one_that_every_provider_takes():
    assert SCHEMA["additionalProperties"] is False
    assert set(SCHEMA["required"]) == set(SCHEMA["properties"])
    assert {key for part in SCHEMA["properties"].values() for key in part} <= {"type", "enum"}


def heard_from(replies: dict[str, list[str]], asks: list[Ask], judges: list[str]) -> list[Heard]:
    found: list[Heard] = []
    for ask in asks:
        reply = replies[judges[ask.judge]][ask.vote]
        failure = reply.removeprefix("!") if reply.startswith("!") else None
        found.append(Heard(f"{ask.judge}-{ask.vote}", None if failure else reply, failure))
    return found


def decide(replies: dict[str, list[str]], rule: VoteRule = "majority", min_score: int = 6) -> tuple[Finding, int]:
    """What a panel finds whose judges give these replies, and how often it asked."""
    judges = list(replies)
    panel = Panel(judges, len(next(iter(replies.values()))), rule, min_score)
    deliberation = deliberate(panel, lambda reference_first: [Message("user", str(reference_first))])
    asks, asked = next(deliberation), 0
    while True:
        asked += len(asks)
        try:
            asks = deliberation.send(heard_from(replies, asks, judges))
        except StopIteration as end:
            return end.value, asked


@pytest.mark.parametrize(
    ("replies", "rule", "outcome"),
    [
        ({"a": [PASS]}, "majority", "pass"),
        ({"a": [PASS, PASS, FAIL]}, "majority", "pass"),
        ({"a": [PASS, FAIL]}, "majority", "undecided"),
        ({"a": [PASS, UNSURE, FAIL]}, "majority", "undecided"),
        ({"a": [PASS, PASS, FAIL]}, "unanimous", "undecided"),
        ({"a": [PASS, PASS, FAIL]}, "mean", "pass"),
        ({"a": [PASS, FAIL, FAIL]}, "mean", "fail"),
        ({"a": [PASS, "?", PASS]}, "mean", "undecided"),
        ({"a": [PASS, "?", PASS]}, "majority", "pass"),
        ({"a": [PASS, "!timeout", PASS]}, "majority", "error"),
        ({"a": ["!content_filter"]}, "majority", "undecided"),
        ({"a": [PASS], "b": [PASS]}, "majority", "pass"),
        ({"a": [PASS], "b": [FAIL]}, "majority", "undecided"),
        ({"a": [PASS], "b": [FAIL], "c": [PASS]}, "majority", "pass"),
        ({"a": [PASS], "b": [FAIL], "c": [UNSURE]}, "majority", "undecided"),
        ({"a": ["?"], "b": [PASS], "c": [PASS]}, "majority", "pass"),
        ({"a": ["!timeout"], "b": [PASS], "c": [PASS]}, "majority", "error"),
    ],
)
def test_what_votes_come_to(replies: dict[str, list[str]], rule: VoteRule, outcome: str):
    finding, _ = decide(replies, rule)
    assert finding.outcome == outcome


def test_a_pass_with_a_low_score_fails():
    assert decide({"a": [PASS]}, min_score=10)[0].outcome == "fail"


def test_nothing_is_asked_that_is_not_needed():
    assert decide({"a": [PASS], "b": [PASS], "c": [PASS]})[1] == 2
    assert decide({"a": [PASS], "b": [FAIL], "c": [PASS]})[1] == 3
    assert decide({"a": ["?"], "b": [PASS], "c": [PASS]})[1] == 4
    assert decide({"a": ["!timeout"], "b": [PASS], "c": [PASS]})[1] == 2


REPLIES = st.sampled_from([PASS, FAIL, UNSURE, "?", "!timeout", "!content_filter"])


@given(
    st.integers(1, 3).flatmap(
        lambda votes: st.lists(st.lists(REPLIES, min_size=votes, max_size=votes), min_size=1, max_size=3)
    ),
    st.sampled_from(["majority", "unanimous", "mean"]),
)
def test_a_pass_always_has_a_judge_that_said_so(lists: list[list[str]], rule: VoteRule):
    finding, _ = decide({f"judge{place}": one for place, one in enumerate(lists)}, rule)
    if finding.outcome == "pass":
        votes = json.loads(finding.details or "")["votes"]
        assert sum(vote["outcome"] == "pass" for vote in votes) >= 1
        assert not any(vote["outcome"] == "error" for vote in votes)
