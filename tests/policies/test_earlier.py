"""Terms that changed after sampling, agreements that were taken back, and an approver's word between two texts."""

from __future__ import annotations

import datetime

import pytest
import yaml
from tracestill.pipeline.errors import ConfigError
from tracestill.policies.earlier import Sampled
from tracestill.policies.overrides import load_overrides

CHOICE = {
    "id": "ch-1",
    "earlier": "mistral-2024-02-08",
    "decides": "now",
    "uses": ["competing_model"],
    "approved_by": ["legal@example.org", "lead@example.org"],
    "approved_on": "2026-11-01",
    "reason": "Mistral confirmed it in writing",
}
AGREEMENT = {
    "id": "ov-1",
    "policy": "anthropic-usage-policy",
    "clauses": ["train"],
    "uses": ["internal_research"],
    "agreement": {"reference": "MSA annex C"},
    "effective": "2026-09-01",
    "expires": "2027-06-30",
    "approved_by": ["legal@example.org", "lead@example.org"],
    "approved_on": "2026-08-28",
}
MADE = ("student_not_competing", "not_reverse_engineering")


def _day(text: str) -> Sampled:
    day = datetime.date.fromisoformat(text)
    return Sampled(day, day)


@pytest.fixture
def load(tmp_path, shipped):
    def write(**content):
        path = tmp_path / "overrides.yaml"
        path.write_text(yaml.safe_dump({"schema": 1, **content}))
        return load_overrides(path, shipped)

    return write


@pytest.fixture
def mistral(make_gate, make_teacher):
    def judge(sampled, use="competing_model", **more):
        gate = make_gate(use, attest=MADE, **more)
        return gate.judge_teacher(
            make_teacher("mistral-medium", "https://api.mistral.ai/v1"), "export", sampled=sampled
        )

    return judge


@pytest.mark.parametrize("day", ["2024-02-08", "2024-02-17", "2024-02-26"])
def test_what_was_sampled_under_the_stricter_text_answers_to_it(mistral, day):
    ruling = mistral(_day(day))
    assert (ruling.verdict, ruling.blocked) == ("prohibited", True)
    assert "STRICTER_OF_THEN_AND_NOW" in ruling.reason_codes
    assert ruling.policies == ("mistral-commercial", "mistral-2024-02-08")


@pytest.mark.parametrize("day", ["2024-02-07", "2024-02-27", "2026-10-01"])
def test_what_was_sampled_at_another_time_answers_to_todays_text(mistral, day):
    ruling = mistral(_day(day))
    assert (ruling.verdict, ruling.policies) == ("conditional", ("mistral-commercial",))
    assert "STRICTER_OF_THEN_AND_NOW" not in ruling.reason_codes


def test_a_span_that_touches_the_earlier_text_answers_to_it(mistral):
    first, last = datetime.date(2024, 1, 1), datetime.date(2024, 12, 31)
    assert mistral(Sampled(first, last)).blocked
    assert mistral(Sampled(first, None)).blocked is False
    assert mistral(Sampled(datetime.date(2024, 3, 1), last)).blocked is False


def test_the_text_can_be_named_in_place_of_the_day(mistral):
    assert mistral(Sampled(policy="mistral-2024-02-08")).blocked
    # The record knows better than the calendar which text held.
    assert not mistral(Sampled(*[datetime.date(2024, 2, 10)] * 2, policy="mistral-commercial")).blocked
    unknown = mistral(Sampled(policy="mistral-1999"))
    assert (unknown.verdict, "UNKNOWN_TERMS" in unknown.reason_codes) == ("unknown", True)


def test_the_stricter_one_decides_even_where_it_is_todays(mistral, shipped):
    # A use on which the earlier text was silent is unknown then, and stays so.
    ruling = mistral(_day("2024-02-10"), use="dataset_release")
    assert (ruling.verdict, "STRICTER_OF_THEN_AND_NOW" in ruling.reason_codes) == ("unknown", True)
    today = datetime.date(2028, 1, 1)
    stale = mistral(_day("2024-02-10"), use="internal_research", today=today)
    assert {"STALE_POLICY", "STRICTER_OF_THEN_AND_NOW"} <= set(stale.reason_codes)
    assert stale.verdict == "unknown"


@pytest.mark.parametrize(("decides", "blocked"), [("now", False), ("then", True)])
def test_an_approver_chooses_and_the_choice_is_on_record(mistral, load, decides, blocked):
    agreements = load(choices=[CHOICE | {"decides": decides}])
    ruling = mistral(_day("2024-02-10"), agreements=agreements)
    assert ruling.blocked is blocked
    assert "STRICTER_OF_THEN_AND_NOW" not in ruling.reason_codes
    assert "ch-1" in ruling.overrides
    assert "Mistral confirmed it in writing" in ruling.explanation
    assert "legal@example.org and lead@example.org" in ruling.explanation


@pytest.mark.parametrize("changes", [{"uses": ["commercial_use"]}, {"approved_on": "2026-11-24"}])
def test_a_choice_that_does_not_speak_of_it_changes_nothing(mistral, load, changes):
    assert mistral(_day("2024-02-10"), agreements=load(choices=[CHOICE | changes])).blocked


def test_a_choice_needs_two_people_and_a_known_text(load):
    with pytest.raises(ConfigError, match="two different people"):
        load(choices=[CHOICE | {"approved_by": ["legal@example.org"]}])
    with pytest.raises(ConfigError, match="no earlier text"):
        load(choices=[CHOICE | {"earlier": "mistral-commercial"}])


@pytest.mark.parametrize(
    ("made_under", "revoked_on", "code"),
    [
        (("ov-1",), "2026-11-01", "OVERRIDE_REVOKED"),
        (("ov-1",), None, "OVERRIDE_ACTIVE"),
        (("ov-1",), "2026-11-24", "OVERRIDE_ACTIVE"),
    ],
)
def test_what_was_sampled_under_a_revoked_agreement_lost_its_ground(
    make_gate, make_teacher, load, made_under, revoked_on, code
):
    agreements = load(overrides=[AGREEMENT | {"revoked_on": revoked_on}])
    gate = make_gate("internal_research", attest=MADE, agreements=agreements)
    teacher = make_teacher("claude-sonnet-4-6", provider="anthropic-messages")
    for stage in ("filter", "export", "train"):
        ruling = gate.judge_teacher(teacher, stage, sampled=Sampled(overrides=made_under))
        assert ruling.blocked is (code == "OVERRIDE_REVOKED")
        assert code in ruling.reason_codes


def test_a_revocation_reaches_what_another_agreement_would_cover(make_gate, make_teacher, load):
    revoked = AGREEMENT | {"revoked_on": "2026-11-01"}
    gate = make_gate("internal_research", attest=MADE, agreements=load(overrides=[revoked, AGREEMENT | {"id": "ov-2"}]))
    teacher = make_teacher("claude-sonnet-4-6", provider="anthropic-messages")
    assert not gate.judge_teacher(teacher, "export", sampled=Sampled(overrides=("ov-2",))).blocked
    ruling = gate.judge_teacher(teacher, "export", sampled=Sampled(overrides=("ov-1",)))
    assert (ruling.verdict, "OVERRIDE_REVOKED" in ruling.reason_codes) == ("prohibited", True)
    assert "quarantine" in ruling.explanation


def test_agreements_that_stand_are_told_apart(make_gate, load):
    agreements = load(
        overrides=[AGREEMENT | {"revoked_on": "2026-11-23"}, AGREEMENT | {"id": "ov-2"}], choices=[CHOICE]
    )
    assert make_gate("internal_research", agreements=agreements).standing_agreements() == ["ov-2", "ch-1"]
