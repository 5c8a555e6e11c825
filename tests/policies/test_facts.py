"""What ships says what the collected facts say: the same words, and the same verdict for each use.

The facts lie outside the repository; without them these tests are skipped.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import get_args

import pytest
from tracestill.pipeline.config import Use
from tracestill.policies.library import TermsSet
from tracestill.policies.terms import MAX_QUOTE_WORDS, Terms

USES: tuple[Use, ...] = get_args(Use)
PARTS = {
    "openai-permitted-exception": "openai-services-agreement",
    "deepseek-terms-of-use": "deepseek-platform",
    "aws-bedrock-third-party": "aws-bedrock",
    "llama4-eu": "llama4",
}
"""Facts on a further document or clause of terms that have a file."""
WITHOUT_A_FILE = {"google-genai-prohibited-use": "no rule was found in it"}
KNOWN_ALL_THE_SAME = {
    "smollm2": "the file of the model names its licence",
    "cc-by-sa": "SPDX lists the licence, and its text was read",
    "cc-by-nc": "SPDX lists the licence, and its text was read",
}
"""Not ready as a fact, and known by better evidence than the fact had."""
STRICTER = {
    **{
        (terms, "internal_research"): "the limit on users binds the whole licence, research included"
        for terms in ("llama3.1", "llama3.2", "llama3.3", "llama4")
    },
    ("gsm8k", "dataset_release"): "the licence text travels with the problems",
}
"""Where a file asks for something though the fact says allowed, and why."""
BY_FAMILY = {(terms, "competing_model") for terms in ("llama2", "llama3", "tongyi-2023")}
"""Where the fact means by a competing model one of another family, so that the exception for the same one holds."""


@pytest.fixture(scope="module")
def facts() -> dict[str, dict]:
    folder = os.environ.get("TRACESTILL_CASES")
    if not folder:
        pytest.skip("TRACESTILL_CASES names no folder with policy/facts.json")
    text = (Path(folder) / "policy" / "facts.json").read_text(encoding="utf-8")
    return {fact["id"]: fact for fact in json.loads(text)["facts"]}


def _file(shipped: TermsSet, id: str) -> Terms:
    return next(terms for terms in shipped.all if terms.id == PARTS.get(id, id))


def _verdict(terms: Terms, use: Use) -> str:
    """The verdict of a file; what is prohibited save for students of the same family is conditional."""
    rule = terms.rule(use)
    same_family = any(use in one.uses and one.same_family for one in terms.exceptions)
    opened = same_family and (terms.id, use) not in BY_FAMILY
    return "conditional" if rule.verdict == "prohibited" and opened else rule.verdict


def _ready(facts: dict[str, dict]) -> dict[str, dict]:
    return {id: fact for id, fact in facts.items() if fact["ship_ready"]}


def test_every_fact_has_a_file(facts, shipped):
    ids = {terms.id for terms in shipped.all}
    assert {id for id in facts if PARTS.get(id, id) not in ids} == set(WITHOUT_A_FILE)
    assert len(facts) >= 84


def test_every_ready_fact_is_quoted(facts, shipped):
    quoted = 0
    for id, fact in _ready(facts).items():
        if (quote := fact["clause"]["quote"]) is None:
            continue
        words = " ".join(quote.split())
        clauses = [" ".join(clause.quote.split()) for clause in _file(shipped, id).clauses.values()]
        short = len(words.split()) > MAX_QUOTE_WORDS
        assert any(words == clause or (short and clause in words) for clause in clauses), id
        quoted += 1
    assert quoted >= 60


def test_every_ready_fact_has_its_verdict_for_each_use(facts, shipped):
    compared = 0
    for id, fact in _ready(facts).items():
        if id in PARTS or "proposed_rules" not in fact:
            continue
        terms = _file(shipped, id)
        for use in USES:
            proposed = fact["proposed_rules"][use]
            if (id, use) in STRICTER:
                assert (proposed["verdict"], _verdict(terms, use)) == ("allowed", "conditional"), (id, use)
            else:
                assert _verdict(terms, use) == proposed["verdict"], (id, use)
                if terms.rule(use).verdict == proposed["verdict"]:
                    assert terms.rule(use).basis == proposed["basis"], (id, use)
            compared += 1
    assert compared >= 300


def test_a_prohibition_with_a_way_out_gives_the_reading_of_the_fact(facts, shipped):
    """Where a fact says conditional and the file prohibits, the way out is a condition on the student or the export."""
    ways = {"student_base_in", "prompts_by_reference", "student_class", "not_distributed"}
    for id in _ready(facts):
        for exemption in _file(shipped, id).exceptions:
            assert {condition.type for condition in exemption.when} <= ways


def test_the_permitted_exception_is_that_of_the_fact(facts, shipped):
    proposed = facts["openai-permitted-exception"]["proposed_rules"]
    exemption = next(one for one in _file(shipped, "openai-services-agreement").exceptions)
    assert [condition.type for condition in exemption.when] == ["student_class", "not_distributed"]
    conditional = {use for use in USES if proposed[use]["verdict"] == "conditional"}
    # A release is listed so that its refusal says what was lost; it contradicts not_distributed by itself.
    assert set(exemption.uses) == conditional | {"weights_release"}


def test_what_is_not_ready_is_unknown_and_says_what_to_read(facts, shipped):
    unknown = 0
    for id, fact in facts.items():
        if fact["ship_ready"] or id in WITHOUT_A_FILE or id in KNOWN_ALL_THE_SAME:
            continue
        terms = _file(shipped, id)
        assert {terms.rule(use).verdict for use in USES} == {"unknown"}, id
        assert terms.missing, id
        assert terms.missing in (terms.rule("internal_research").note or ""), id
        unknown += 1
    assert unknown >= 15


def test_statements_are_spelled_as_the_facts_spell_them(facts, shipped):
    """Whoever attests what a fact names finds it under that name."""
    compared = 0
    for id, fact in _ready(facts).items():
        for condition in fact.get("conditions", ()):
            if not condition.startswith("attest:"):
                continue
            key = condition.removeprefix("attest:").split()[0]
            terms = _file(shipped, id)
            keys = {getattr(one, "key", None) for rule in terms.rules.values() for one in rule.conditions}
            assert key in keys, id
            compared += 1
    assert compared >= 4
