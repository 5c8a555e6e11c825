"""The whole lineage counts: of a model by its configuration, of a known data set by its terms file."""

from __future__ import annotations

import pytest
from tracestill.pipeline.config_teacher import Ancestor
from tracestill.policies.ancestry import depth_of
from tracestill.policies.library import load_terms

QWEN = {"type": "base", "ref": "Qwen/Qwen3-8B"}


def data(ref, *policies, **more):
    return {"type": "data", "ref": ref, "policies": list(policies), **more}


GPT = data("acme/gpt", "openai-services-agreement")


@pytest.fixture
def judge(make_gate, make_teacher):
    def ask(*lineage, uses=("competing_model",), **more):
        teacher = make_teacher("acme/helper", "http://10.0.0.7/v1", self_hosted=True, lineage=list(lineage))
        return make_gate(*uses, **more).judge_teacher(teacher, "generate")

    return ask


def test_a_clean_lineage_makes_a_model_known(judge):
    assert judge(QWEN, data("acme/r1", "deepseek-r1")).verdict == "allowed"
    assert judge(data("acme/r1", "deepseek-r1")).reason_codes == ("UNKNOWN_MODEL",)


@pytest.mark.parametrize("depth", range(4))
def test_a_taint_reaches_down_through_every_generation(judge, depth):
    ancestor = GPT
    for number in range(depth):
        ancestor = data(f"acme/gen{number}", lineage=[ancestor])
    ruling = judge(QWEN, ancestor)
    assert (ruling.verdict, ruling.blocked) == ("prohibited", True)
    assert "LINEAGE_TAINT" in ruling.reason_codes
    assert "By way of acme/gpt" in ruling.explanation


def test_the_lineage_of_a_base_counts(judge):
    ruling = judge({"type": "base", "ref": "Qwen/Qwen3-8B", "lineage": [GPT]})
    assert "LINEAGE_TAINT" in ruling.reason_codes


def test_a_contract_is_inherited_by_a_rule_of_ours_and_a_licence_by_its_own(judge):
    contract = judge(QWEN, GPT)
    assert "PROHIBITED_POLICY_CHOICE" in contract.reason_codes
    assert "PROHIBITED_EXPRESS" not in contract.reason_codes
    assert "may bind only the customer" in contract.explanation
    licence = judge({"type": "base", "ref": "meta-llama/Meta-Llama-3-8B"})
    assert {"LINEAGE_TAINT", "PROHIBITED_EXPRESS"} <= set(licence.reason_codes)
    assert "may bind only the customer" not in licence.explanation


def test_what_an_ancestor_asks_for_is_asked_of_the_descendant(judge):
    ruling = judge(QWEN, GPT, uses=("internal_research",))
    assert ruling.reason_codes == ("CONDITIONS_PENDING",)
    assert any("student_not_competing" in condition for condition in ruling.conditions)


@pytest.mark.parametrize(
    ("ancestor", "code"),
    [
        (data("acme/found"), "UNKNOWN_LINEAGE"),
        (data("acme/x", "nobody-1999"), "UNKNOWN_TERMS"),
        ({"type": "base", "ref": "acme/mystery"}, "UNKNOWN_MODEL"),
        (data("acme/gen2", lineage=[data("acme/found")]), "UNKNOWN_LINEAGE"),
    ],
)
def test_an_ancestor_of_which_nothing_is_known_blocks(judge, ancestor, code):
    ruling = judge(QWEN, ancestor)
    assert ruling.verdict == "unknown"
    assert code in ruling.reason_codes


def test_a_known_data_set_brings_its_own_lineage(judge):
    ruling = judge(QWEN, data("simplescaling/s1K"))
    assert "LINEAGE_TAINT" in ruling.reason_codes
    assert "google-gemini-api" in ruling.policies
    assert judge(QWEN, data("simplescaling/s1K-1.1")).verdict == "allowed"


def test_a_base_of_a_student_answers_for_its_lineage(make_gate):
    gate = make_gate("competing_model")
    assert not gate.judge_model("Qwen/Qwen3-8B", "train").blocked
    found = gate.judge_model("Qwen/Qwen3-8B", "train", lineage=[Ancestor.model_validate(GPT)])
    assert "LINEAGE_TAINT" in found.reason_codes


def test_generations_of_synthetic_data_are_counted():
    lineage = [Ancestor.model_validate(one) for one in (QWEN, data("a", lineage=[GPT]))]
    assert depth_of(lineage) == 2
    assert depth_of(lineage[:1]) == 0


# --- the lineage that a terms file states


@pytest.fixture
def chain(write_terms):
    """Data sets that were each made with the next: ``third`` with ``second``, that with ``first``."""

    def make(*links, **first):
        rule = {"verdict": "allowed", "basis": "express", "clause": "c"}
        whole = {"kind": "dataset-licence", "rules": {"internal_research": rule}}
        folder = write_terms("first", **whole | {"matches": {"datasets": ["acme/first"]}} | first)
        for child, parent in links:
            lineage = [{"policy": parent, "note": "It is said so."}]
            folder = write_terms(child, **whole, matches={"datasets": [f"acme/{child}"]}, lineage=lineage)
        return load_terms(folder)

    return make


BARRED = {"internal_research": {"verdict": "prohibited", "basis": "express", "clause": "c"}}


def test_a_data_set_inherits_from_every_generation(chain, make_gate):
    terms = chain(("second", "first"), ("third", "second"), rules=BARRED)
    for name in ("second", "third"):
        ruling = make_gate("internal_research", terms=terms).judge_dataset(f"acme/{name}", None, "train")
        assert (ruling.verdict, "LINEAGE_TAINT" in ruling.reason_codes) == ("prohibited", True)
    teacher_gate = make_gate("internal_research", terms=terms)
    lineage = [Ancestor.model_validate(data("acme/third"))]
    assert "LINEAGE_TAINT" in teacher_gate.judge_model("Qwen/Qwen3-8B", "train", lineage).reason_codes


def test_data_sets_that_name_each_other_come_to_an_end(chain, make_gate):
    lineage = [{"policy": "third", "note": "It is said so."}]
    terms = chain(("second", "first"), ("third", "second"), lineage=lineage)
    ruling = make_gate("internal_research", terms=terms).judge_dataset("acme/third", None, "train")
    assert (ruling.verdict, ruling.policies) == ("allowed", ("third", "second", "first"))


def test_the_revision_of_a_parent_is_no_matter_of_the_child(chain, make_gate, make_teacher):
    rule = {"verdict": "conditional", "basis": "express", "clause": "c", "conditions": [{"type": "pinned_revision"}]}
    terms = chain(("second", "first"), rules={"internal_research": rule})
    gate = make_gate("internal_research", terms=terms)
    assert gate.judge_dataset("acme/first", None, "train").reason_codes == ("CONDITIONS_PENDING",)
    assert gate.judge_dataset("acme/first", None, "train", revision="0123abc").reason_codes == ("CONDITIONS_MET",)
    child = gate.judge_dataset("acme/second", None, "train")
    assert (child.verdict, child.conditions) == ("allowed", ())
    lineage = [Ancestor.model_validate(data("acme/first"))]
    assert gate.judge_model("Qwen/Qwen3-8B", "train", lineage).conditions == ()


def test_other_conditions_of_a_parent_are_inherited(make_gate):
    ruling = make_gate("commercial_use").judge_dataset("open-r1/OpenR1-Math-220k", "Apache-2.0", "train")
    assert ruling.policies == ("data-apache-2.0", "openr1-math", "numinamath-cot", "deepseek-r1")
    assert [one.condition.type for one in ruling.obligations] == ["attest", "attest"]
