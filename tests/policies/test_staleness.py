"""A reading holds until its day: then new requests, export and training stop, and reading goes on."""

from __future__ import annotations

import datetime

import pytest
from tracestill.policies.reading import READING_STAGES
from tracestill.policies.terms import MAX_REVIEW_DAYS

READ = datetime.date(2026, 11, 23)
LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
MAU31 = "mau_at(2024-07-23)<=700M"


@pytest.fixture
def openai(make_gate, make_teacher):
    def judge(stage, days, **more):
        today = READ + datetime.timedelta(days=days)
        gate = make_gate("internal_research", today=today, attest=("student_not_competing",), **more)
        return gate.judge_teacher(make_teacher("gpt-5", "https://api.openai.com/v1"), stage)

    return judge


@pytest.mark.parametrize(
    "stage", ["generate", "pre_request", "request", "export", "train", "publish", "export+publish"]
)
def test_service_terms_stop_what_is_new_after_90_days(openai, stage):
    fresh, stale = openai(stage, 90), openai(stage, 91)
    assert (fresh.verdict, fresh.blocked) == ("conditional", False)
    assert "STALE_POLICY" not in fresh.reason_codes
    assert (stale.verdict, stale.blocked) == ("unknown", True)
    assert "STALE_POLICY" in stale.reason_codes
    assert "policies review openai-services-agreement" in stale.explanation


@pytest.mark.parametrize("stage", READING_STAGES)
def test_reading_goes_on_and_says_so(openai, stage):
    ruling = openai(stage, 400)
    assert (ruling.verdict, ruling.blocked) == ("conditional", False)
    assert "STALE_POLICY" in ruling.reason_codes


@pytest.mark.parametrize(("days", "blocked"), [(365, False), (366, True)])
def test_a_licence_that_spdx_does_not_list_holds_for_365_days(make_gate, local, days, blocked):
    gate = make_gate("competing_model", today=READ + datetime.timedelta(days=days), attest=(MAU31,))
    ruling = gate.judge_teacher(local(LLAMA), "generate")
    assert ruling.blocked is blocked
    assert ("STALE_POLICY" in ruling.reason_codes) is blocked


@pytest.mark.parametrize(("days", "blocked"), [(365, False), (366, True)])
def test_a_card_of_a_data_set_holds_for_365_days(make_gate, days, blocked):
    gate = make_gate("internal_research", today=READ + datetime.timedelta(days=days), attest=("per-subset",))
    ruling = gate.judge_dataset("allenai/tulu-3-sft-mixture", None, "train")
    assert ruling.blocked is blocked


def test_listed_licences_never_go_stale(make_gate, local):
    gate = make_gate("competing_model", today=datetime.date(2040, 1, 1))
    assert gate.judge_teacher(local("Qwen/Qwen3-32B"), "generate").verdict == "allowed"
    assert gate.judge_dataset("acme/p", "MIT", "generate").verdict == "allowed"


def test_no_reading_ends_later_than_its_kind_allows(shipped):
    for terms in shipped.all:
        if terms.review.review_by is not None:
            days = (terms.review.review_by - terms.review.reviewed).days
            assert days <= MAX_REVIEW_DAYS[terms.kind], terms.id


def test_a_review_renews_it(openai, shipped):
    later = READ + datetime.timedelta(days=180)
    renewed = shipped.redated({"openai-services-agreement": later})
    assert openai("generate", 91).blocked
    assert not openai("generate", 91, terms=renewed).blocked
    assert openai("generate", 181, terms=renewed).blocked


def test_what_is_prohibited_stays_so(make_gate, make_teacher):
    gate = make_gate("competing_model", today=READ + datetime.timedelta(days=91))
    ruling = gate.judge_teacher(make_teacher("gpt-5", "https://api.openai.com/v1"), "generate")
    assert ruling.verdict == "prohibited"
    assert {"STALE_POLICY", "PROHIBITED_EXPRESS"} <= set(ruling.reason_codes)


def test_an_earlier_text_does_not_age(shipped):
    assert not shipped.by_id("mistral-2024-02-08").stale(datetime.date(2040, 1, 1))
