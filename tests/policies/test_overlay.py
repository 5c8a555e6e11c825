"""A user's file in place of a shipped one: it may fill in what is missing there, and otherwise only tighten."""

from __future__ import annotations

import pytest
from tracestill.pipeline.errors import ConfigError
from tracestill.policies.library import load_terms
from tracestill.policies.overlay import tightened

HOSTS = {"hosts": ["api.cohere.com", "api.cohere.ai"]}
DOCUMENT = {"doc": "d", "title": "Cohere SaaS Agreement", "retrieved": "2026-11-23", "source": "cohere.com, read live"}
ALLOWED = {"verdict": "allowed", "basis": "express", "clause": "c"}


@pytest.fixture
def cohere(write_terms):
    def write(rule=ALLOWED, evidence="primary", use="internal_research", **changes):
        whole = {"kind": "service-terms", "matches": HOSTS, "rules": {use: rule}, "name": "Cohere API"}
        return write_terms("cohere-saas", **whole | {"documents": [DOCUMENT | {"evidence": evidence}]} | changes)

    return write


@pytest.mark.parametrize("evidence", ["primary", "stored-copy"])
def test_a_user_who_read_the_text_fills_in_what_is_missing(cohere, make_gate, make_teacher, evidence):
    teacher = make_teacher("CohereLabs/c4ai-command-r-v01", "https://api.cohere.com/v2")
    before = make_gate("internal_research").judge_teacher(teacher, "generate")
    assert (before.verdict, before.reason_codes) == ("unknown", ("UNKNOWN_TERMS", "UNKNOWN_HOST"))
    terms = load_terms(cohere(evidence=evidence))
    after = make_gate("internal_research", terms=terms).judge_teacher(teacher, "generate")
    assert (after.verdict, after.blocked) == ("conditional", False)
    assert "Anyone may use the weights" in " ".join(terms.by_id("cohere-saas").clauses["c"].quote.split())
    # What the user did not read stays unknown.
    assert make_gate("commercial_use", terms=terms).judge_teacher(teacher, "generate").blocked


@pytest.mark.parametrize("evidence", ["excerpt", "secondary", "memory"])
def test_less_than_the_text_itself_fills_in_nothing(cohere, make_gate, make_teacher, evidence):
    if evidence == "excerpt":
        with pytest.raises(ConfigError, match=r"rules\.internal_research: is more lenient"):
            load_terms(cohere(evidence=evidence))
        return
    # Second-hand evidence is unknown by itself, so that it is no loosening, and opens nothing.
    gate = make_gate("internal_research", terms=load_terms(cohere(evidence=evidence)))
    assert gate.judge_teacher(make_teacher("command-r", "https://api.cohere.com/v2"), "generate").blocked


def test_a_choice_of_ones_own_without_a_clause_fills_in_nothing(cohere):
    rule = {"verdict": "allowed", "basis": "policy-choice", "note": "We think so."}
    with pytest.raises(ConfigError, match=r"rules\.internal_research"):
        load_terms(cohere(rule))


def test_where_the_shipped_file_has_a_rule_nothing_is_filled_in(write_terms):
    # TACO's own file says that a release is unknown: that was read, and is no gap.
    rules = {"dataset_release": ALLOWED}
    folder = write_terms(
        "taco", kind="dataset-licence", matches={"datasets": ["baai/taco", "flagopen/taco", "taco"]}, rules=rules
    )
    with pytest.raises(ConfigError, match=r"taco\.yaml: rules\.dataset_release: is more lenient"):
        load_terms(folder)


def test_where_the_shipped_file_does_not_say_that_something_is_missing_a_gap_stays(cohere):
    shipped = load_terms().by_id("cohere-saas")
    own = load_terms(cohere()).by_id("cohere-saas")
    assert tightened(shipped, own, "x") is own
    with pytest.raises(ConfigError, match=r"rules\.internal_research"):
        tightened(shipped.model_copy(update={"missing": None}), own, "x")


def test_a_rule_that_ships_is_no_gap_whatever_is_missing_beside_it(write_terms):
    shipped = load_terms().by_id("taco").model_copy(update={"missing": "Other uses have to be read."})
    matches = shipped.matches.model_dump(mode="json")
    folder = write_terms("acme", kind="dataset-licence", matches=matches, rules={"dataset_release": ALLOWED})
    with pytest.raises(ConfigError, match=r"rules\.dataset_release"):
        tightened(shipped, load_terms(folder).by_id("acme"), "x")


def test_filling_in_does_not_open_the_rest_of_the_file(cohere):
    with pytest.raises(ConfigError, match=r"matches\.hosts"):
        load_terms(cohere(matches={"hosts": ["api.cohere.com"]}))


def test_a_user_may_say_that_terms_nobody_had_read_cover_the_services_own_models(cohere, make_gate, make_teacher):
    covered = HOSTS | {"models": ["command-a-*"], "covers_own_models": True}
    gate = make_gate("internal_research", terms=load_terms(cohere(matches=covered)))
    ruling = gate.judge_teacher(make_teacher("command-a-03-2026", "https://api.cohere.com/v2"), "generate")
    assert "UNKNOWN_MODEL" not in ruling.reason_codes
    other = gate.judge_teacher(make_teacher("somebody-elses-7b", "https://api.cohere.com/v2"), "generate")
    assert "UNKNOWN_MODEL" in other.reason_codes
