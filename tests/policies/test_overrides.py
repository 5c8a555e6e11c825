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
