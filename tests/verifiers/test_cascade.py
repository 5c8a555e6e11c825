from __future__ import annotations

import pytest
from tracestill.pipeline.config_verify import Verify
from tracestill.pipeline.errors import ConfigError
from tracestill.pipeline.plugins import plugin_ids
from tracestill.pipeline.records import Problem
from tracestill.verifiers.base import Verifier
from tracestill.verifiers.cascade import Cascade
from tracestill.verifiers.math_answer import MathAnswer

PLUGINS = [
    "code-tests",
    "format",
    "language",
    "leak",
    "length",
    "math-answer",
    "refusal",
    "repetition",
    "step-arithmetic",
    "truncation",
]


def test_every_verifier_is_found_by_its_file_name():
    assert plugin_ids("tracestill.verifiers", Verifier) == PLUGINS


def test_steps_stand_in_order_of_cost_however_they_are_configured():
    with Cascade(Verify(math={"math-answer": {}, "step-arithmetic": {}, "format": {}})) as cascade:
        steps = [step for step in cascade.steps if step.domain == "math"]
    assert [step.verifier for step in steps] == ["format", "step-arithmetic", "math-answer"]
    assert [step.position for step in steps] == [0, 1, 2]
    assert [step.proves for step in steps] == [False, False, True]


def test_a_required_fail_ends_the_cascade(math_problem, candidate):
    with Cascade(Verify()) as cascade:
        judged = cascade.judge(math_problem, candidate(finish_reason="length"), {})
    assert [(one.verifier, one.finding.outcome) for one in judged] == [("truncation", "fail")]


def test_a_fail_that_is_not_required_does_not(math_problem, candidate):
    verify = Verify(math={"truncation": {"required": False}, "math-answer": {}})
    with Cascade(verify) as cascade:
        judged = cascade.judge(math_problem, candidate(finish_reason="length"), {})
    assert [(one.verifier, one.finding.outcome) for one in judged] == [("truncation", "fail"), ("math-answer", "pass")]


def test_all_asks_for_every_verdict(math_problem, candidate):
    with Cascade(Verify(all=True)) as cascade:
        judged = cascade.judge(math_problem, candidate("1 + 1 = 3, \\boxed{3}", finish_reason="length"), {})
    assert {one.verifier: one.finding.outcome for one in judged} == {
        "truncation": "fail",
        "refusal": "pass",
        "format": "pass",
        "length": "pass",
        "repetition": "pass",
        "language": "pass",
        "leak": "pass",
        "step-arithmetic": "fail",
        "math-answer": "fail",
    }


def test_only_what_is_missing_or_in_error_is_judged(math_problem, candidate):
    with Cascade(Verify()) as cascade:
        have = {
            "truncation": "pass",
            "refusal": "pass",
            "format": "pass",
            "length": "error",
            "repetition": "pass",
            "language": "pass",
            "leak": "pass",
            "math-answer": "pass",
        }
        judged = cascade.judge(math_problem, candidate(), have)
        known_fail = cascade.judge(math_problem, candidate(), {"truncation": "fail"})
    assert [one.verifier for one in judged] == ["length", "step-arithmetic"]
    assert known_fail == []


def test_a_domain_has_its_own_verifiers(candidate):
    problem = Problem(problem_id="p", domain="open", prompt="Why?")
    with Cascade(Verify()) as cascade:
        judged = cascade.judge(problem, candidate(), {})
    assert [one.verifier for one in judged] == [
        "truncation",
        "refusal",
        "format",
        "length",
        "repetition",
        "language",
        "leak",
    ]


def test_what_a_verifier_raises_is_an_error_and_no_crash(math_problem, candidate, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("out of paper")

    monkeypatch.setattr(MathAnswer, "verify", broken)
    with Cascade(Verify(math={"math-answer": {}})) as cascade:
        finding = cascade.judge(math_problem, candidate(), {})[0].finding
    assert (finding.outcome, finding.reason) == ("error", "RuntimeError: out of paper")


def test_a_verdict_is_stamped_with_what_it_depended_on(math_problem, candidate):
    with Cascade(Verify()) as cascade:
        judged = {one.verifier: one for one in cascade.judge(math_problem, candidate(), {})}
    assert judged["math-answer"].reference_hash == math_problem.reference_hash
    assert judged["format"].reference_hash == ""
    assert all(one.version and one.settings_hash and one.seconds >= 0 for one in judged.values())


def test_settings_change_the_hash_and_required_does_not():
    def hash_of(**settings: object) -> str:
        with Cascade(Verify(math={"length": settings})) as cascade:
            return cascade.steps[0].settings_hash

    assert hash_of() == hash_of(required=False) == hash_of(min_characters=10)
    assert hash_of(min_characters=20) != hash_of()


@pytest.mark.parametrize(
    ("verify", "message"),
    [
        ({"math": {"math-anwser": {}}}, r"verify\.math\.math-anwser: .*did you mean 'math-answer'"),
        ({"code": {"base": {}}}, r"verify\.code\.base: .*is not one of: code-tests"),
        ({"math": {"length": {"max_chars": 3}}}, r"verify\.math\.length\.max_chars: .*length takes: .*max_characters"),
        ({"math": {"length": {"min_characters": -1}}}, r"verify\.math\.length\.min_characters: "),
    ],
)
def test_what_does_not_exist_is_named_with_its_key(verify, message):
    with pytest.raises(ConfigError, match=message):
        Cascade(Verify(**verify))
