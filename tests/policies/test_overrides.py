from __future__ import annotations

import datetime

import pytest
import yaml
from tracestill.pipeline.errors import ConfigError
from tracestill.policies.overrides import load_overrides

AGREEMENT = {
    "id": "ov-1",
    "policy": "anthropic-usage-policy",
    "clauses": ["train"],
    "uses": ["internal_research", "weights_release"],
    "scope": {"models": ["claude-sonnet-*"]},
    "agreement": {"reference": "MSA annex C"},
    "effective": "2026-09-01",
    "expires": "2027-06-30",
    "approved_by": ["legal@example.org", "lead@example.org"],
    "approved_on": "2026-08-28",
}


@pytest.fixture
def load(tmp_path, shipped):
    def write(**changes):
        path = tmp_path / "overrides.yaml"
        path.write_text(yaml.safe_dump({"schema": 1, "overrides": [AGREEMENT | changes]}))
        return load_overrides(path, shipped)

    return write


@pytest.fixture
def judge(load, make_gate, make_teacher):
    def ask(
        model="claude-sonnet-4-6", uses=("internal_research",), today=datetime.date(2026, 11, 23), attest=(), **more
    ):
        made = ("student_not_competing", *attest)
        gate = make_gate(*uses, agreements=load(**more), today=today, attest=made)
        return gate.judge_teacher(make_teacher(model, provider="anthropic-messages"), "generate")

    return ask


def test_an_agreement_lifts_its_clause(judge):
    ruling = judge()
    assert (ruling.verdict, ruling.blocked) == ("conditional", False)
    assert "OVERRIDE_ACTIVE" in ruling.reason_codes
    assert "MSA annex C" in ruling.explanation


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"revoked_on": "2026-11-01"}, "OVERRIDE_REVOKED"),
        ({"expires": "2026-11-22"}, "OVERRIDE_EXPIRED"),
        ({"effective": "2026-11-24"}, "OVERRIDE_NOT_YET"),
        ({"scope": {"models": ["claude-opus-*"]}}, "OVERRIDE_OUT_OF_SCOPE"),
        ({"scope": {"students": ["*-internal"]}}, "OVERRIDE_OUT_OF_SCOPE"),
        ({"scope": {"projects": ["math"]}}, "OVERRIDE_OUT_OF_SCOPE"),
    ],
)
def test_an_agreement_that_does_not_hold_lifts_nothing(judge, changes, code):
    ruling = judge(**changes)
    assert ruling.verdict == "prohibited"
    assert code in ruling.reason_codes


@pytest.mark.parametrize(
    ("today", "code"),
    [
        ("2026-08-27", "OVERRIDE_NOT_YET"),
        ("2026-08-31", "OVERRIDE_NOT_YET"),
        ("2026-09-01", "OVERRIDE_ACTIVE"),
        ("2026-11-23", "OVERRIDE_ACTIVE"),
    ],
)
def test_an_agreement_holds_from_its_first_day(judge, today, code):
    assert code in judge(today=datetime.date.fromisoformat(today)).reason_codes


def test_an_agreement_holds_through_its_last_day_and_not_before_it_was_approved(judge):
    assert not judge(expires="2026-11-23").blocked
    assert judge(expires="2026-11-22").blocked
    assert "OVERRIDE_NOT_YET" in judge(approved_on="2026-11-24").reason_codes


def test_a_revocation_outranks_the_end_of_an_agreement(judge):
    ruling = judge(revoked_on="2026-11-01", expires="2026-10-01")
    assert "OVERRIDE_REVOKED" in ruling.reason_codes
    assert "OVERRIDE_EXPIRED" not in ruling.reason_codes
    assert "revoked on 2026-11-01" in ruling.explanation


def test_a_revocation_to_come_changes_nothing_yet(judge):
    assert not judge(revoked_on="2026-11-24").blocked


@pytest.mark.parametrize(("pattern", "blocked"), [("student*", False), ("*-internal", True)])
def test_an_agreement_speaks_of_the_students_it_names(judge, pattern, blocked):
    assert judge(scope={"students": [pattern]}).blocked is blocked


def test_an_agreement_lifts_the_clause_that_it_names_and_no_other(load, make_gate, make_teacher):
    gate = make_gate(
        "competing_model", agreements=load(policy="anthropic-commercial", clauses=["compete"], uses=["competing_model"])
    )
    ruling = gate.judge_teacher(make_teacher("claude-sonnet-4-6", provider="anthropic-messages"), "generate")
    assert ruling.verdict == "prohibited"
    assert ruling.overrides == ("ov-1",)
    assert "OVERRIDE_ACTIVE" not in ruling.reason_codes


def test_an_agreement_on_another_clause_of_the_same_file_lifts_nothing(load, make_gate, make_teacher):
    other = {"policy": "openai-services-agreement", "uses": ["competing_model"], "scope": {}}
    for clause, verdict in [("exception", "prohibited"), ("compete", "conditional")]:
        gate = make_gate("competing_model", agreements=load(**other, clauses=[clause]))
        assert gate.judge_teacher(make_teacher("gpt-5"), "generate").verdict == verdict


def test_what_is_unknown_is_never_lifted(load, make_gate, make_teacher):
    # The agreement lifts what the policy prohibits; on a release the commercial terms are silent.
    gate = make_gate("dataset_release", agreements=load(uses=["dataset_release"]), attest=("student_not_competing",))
    ruling = gate.judge_teacher(make_teacher("claude-sonnet-4-6", provider="anthropic-messages"), "export")
    assert (ruling.verdict, "UNKNOWN_TERMS" in ruling.reason_codes) == ("unknown", True)


def test_an_agreement_is_named_as_a_duty(judge):
    ruling = judge()
    assert ruling.overrides == ("ov-1",)
    assert "Stay within the agreement ov-1 (MSA annex C, until 2027-06-30). [ov-1]" in ruling.conditions


def test_a_project_is_vouched_for(judge):
    assert not judge(scope={"projects": ["math"]}, attest=("project:math",)).blocked


def test_an_agreement_lifts_no_other_use_and_no_other_document(judge):
    assert judge(uses=("commercial_use",)).verdict == "prohibited"
    # The commercial terms prohibit a release too, and this agreement does not speak of them.
    assert judge(uses=("weights_release",)).verdict == "prohibited"


def test_an_agreement_makes_nothing_known_and_nothing_fresh(load, make_gate, make_teacher, judge):
    gate = make_gate("internal_research", agreements=load())
    resold = gate.judge_teacher(make_teacher("claude-sonnet-4-6", "https://reseller.example.net"), "generate")
    assert (resold.verdict, resold.reason_codes) == ("unknown", ("UNKNOWN_HOST", "UNKNOWN_MODEL"))
    assert "STALE_POLICY" in judge(today=datetime.date(2027, 3, 1)).reason_codes


def test_an_agreement_is_part_of_the_digest(load, make_gate):
    assert (
        make_gate("internal_research").policy_digest != make_gate("internal_research", agreements=load()).policy_digest
    )


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"approved_by": ["a@example.org", " A@example.org"]}, "two different people"),
        ({"expires": "2026-01-01"}, "lies before effective"),
        ({"policy": "nobody"}, "no terms 'nobody'"),
        ({"clauses": ["all"]}, "no clause 'all'"),
        ({"policy": "llama3", "clauses": ["improve"]}, "cannot be lifted"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_an_unsound_agreement_is_refused(load, changes, complaint):
    with pytest.raises(ConfigError) as caught:
        load(**changes)
    assert complaint in str(caught.value)
    assert "overrides.yaml" in str(caught.value)


def test_a_missing_file_is_refused(tmp_path, shipped):
    with pytest.raises(ConfigError, match=r"policy\.overrides"):
        load_overrides(tmp_path / "nowhere.yaml", shipped)
