"""One verdict over many sources: the strictest decides, duties add up, contradictions are refused by name."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracestill.pipeline.config import Student
from tracestill.pipeline.config_teacher import Teacher
from tracestill.policies.circumstances import Circumstances, State
from tracestill.policies.conditions import NamePrefix
from tracestill.policies.gate import Gate
from tracestill.policies.library import load_terms
from tracestill.policies.mixing import Part, combined, contradictions, divide
from tracestill.policies.reading import Obligation
from tracestill.policies.ruling import Subject

HOME = "http://127.0.0.1:8000/v1"
R1, QWEN3 = "deepseek-ai/DeepSeek-R1", "Qwen/Qwen3-32B"
LLAMA, QWEN25 = "meta-llama/Llama-3.3-70B-Instruct", "Qwen/Qwen2.5-72B-Instruct"
STUDENT = {"name": "Llama-Acme", "distributed": True}


@pytest.fixture
def part(local):
    def make(gate, model, rows=1, licence=None, name=None):
        rulings = [gate.judge_teacher(local(model), "export")]
        if licence:
            rulings.append(gate.judge_dataset(name or f"acme/{licence}", licence, "export"))
        return Part(name or model, rows, tuple(rulings))

    return make


def test_the_strictest_verdict_decides(make_gate, part):
    gate = make_gate("competing_model")
    clean, unknown, barred = (part(gate, model) for model in (R1, "acme/mystery", "meta-llama/Meta-Llama-3-8B"))
    assert gate.judge_together([clean], [], "export", "all").verdict == "allowed"
    assert gate.judge_together([clean, unknown], [], "export", "all").verdict == "unknown"
    assert gate.judge_together([clean, unknown, barred], [], "export", "all").verdict == "prohibited"


def test_what_concerns_every_row_counts_as_much_as_a_part(make_gate, part):
    gate = make_gate("commercial_use")
    base = gate.judge_model("CohereForAI/c4ai-command-r-v01", "export")
    ruling = gate.judge_together([part(gate, R1)], [base], "export", "all")
    assert (ruling.verdict, ruling.blocked) == ("prohibited", True)
    assert "NC_COMMERCIAL" in ruling.reason_codes


def test_duties_add_up(make_gate, part):
    gate = make_gate("weights_release", student=STUDENT)
    llama, qwen = part(gate, LLAMA), part(gate, QWEN25)
    both = gate.judge_together([llama, qwen], [], "export", "all")
    assert "CONDITIONS_UNION" in both.reason_codes
    asked = {(one.policy, one.sentence) for one in both.obligations}
    for one in (llama, qwen):
        assert asked >= {(owed.policy, owed.sentence) for ruling in one.rulings for owed in ruling.obligations}
    assert "CONDITIONS_UNION" not in gate.judge_together([llama], [], "export", "all").reason_codes


def test_mixed_rows_are_refused_with_their_share(make_gate, part):
    gate = make_gate("competing_model")
    ruling = gate.judge_together([part(gate, R1, 900), part(gate, "acme/mystery", 100)], [], "export", "all")
    assert "MIXED_BLOCKED" in ruling.reason_codes
    assert "100 of 1000 rows" in ruling.explanation
    alone = gate.judge_together([part(gate, "acme/mystery", 100)], [], "export", "all")
    assert "MIXED_BLOCKED" not in alone.reason_codes


@pytest.mark.parametrize("order", [1, -1])
def test_share_alike_and_non_commercial_are_refused_with_the_pair_named(make_gate, part, order):
    gate = make_gate("dataset_release")
    parts = [part(gate, R1, licence="CC-BY-SA-4.0"), part(gate, R1, licence="CC-BY-NC-4.0")][::order]
    ruling = gate.judge_together(parts, [], "export", "all")
    assert ruling.verdict == "prohibited"
    assert "LICENCE_INCOMPATIBLE" in ruling.reason_codes
    assert "contradict" in ruling.explanation
    assert all(name in ruling.explanation for name in ("cc-by-sa", "cc-by-nc"))


def test_share_alike_of_a_non_commercial_licence_goes_with_non_commercial(make_gate, part):
    gate = make_gate("dataset_release")
    parts = [part(gate, R1, licence="CC-BY-NC-4.0"), part(gate, R1, licence="CC-BY-NC-4.0", name="b")]
    assert contradictions(ruling for one in parts for ruling in one.rulings) == []


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [("Llama", "Acme", True), ("Llama", "Llama 3", False), ("Llama-3", "Llama 3", False), ("Llama 3", "Llama 4", True)],
)
def test_two_prefixes_contradict_unless_one_begins_with_the_other(make_gate, part, one, other, clash):
    ruling = part(make_gate("internal_research"), R1).rulings[0]

    def asking(prefix, policy):
        condition = NamePrefix(type="name_prefix", value=prefix)
        owed = Obligation(condition.sentence, State.PENDING, policy, "weights_release", condition)
        return replace(ruling, subject=policy, obligations=(owed,))

    found = contradictions([asking(one, "first"), asking(other, "second")])
    assert bool(found) == clash
    if clash:
        assert found[0].sentence.startswith("first (first) and second (second) contradict: ")
        assert one in found[0].sentence
        assert other in found[0].sentence


def test_of_two_that_contradict_the_smaller_is_left_out(make_gate, part):
    gate = make_gate("dataset_release")
    small, large = part(gate, R1, 40, "CC-BY-SA-4.0"), part(gate, R1, 60, "CC-BY-NC-4.0")
    kept, left_out = divide([small, large])
    assert kept == [large]
    assert [one.part for one in left_out] == [small]
    assert left_out[0].reason.startswith("LICENCE_INCOMPATIBLE: ")
    assert "cc-by-sa" in left_out[0].reason


def test_of_two_equals_the_later_by_name_is_left_out_in_whatever_order(make_gate, part):
    gate = make_gate("dataset_release")
    first = part(gate, R1, 5, "CC-BY-SA-4.0", name="a")
    second = part(gate, R1, 5, "CC-BY-NC-4.0", name="b")
    assert divide([first, second])[0] == divide([second, first])[0] == [first]


def test_a_blocked_part_is_left_out_with_its_grounds(make_gate, part):
    gate = make_gate("competing_model")
    kept, left_out = divide([part(gate, "acme/mystery", 99), part(gate, R1, 1)])
    assert [one.name for one in kept] == [R1]
    assert "UNKNOWN_MODEL" in left_out[0].reason


def test_what_contradicts_something_common_is_left_out(make_gate, part):
    gate = make_gate("dataset_release")
    common = gate.judge_dataset("acme/all", "CC-BY-SA-4.0", "export")
    kept, left_out = divide([part(gate, R1, 5, "CC-BY-NC-4.0"), part(gate, R1, 1, "CC-BY-4.0")], [common])
    assert [one.rows for one in kept] == [1]
    assert len(left_out) == 1


MODELS = [R1, QWEN3, LLAMA, QWEN25, "acme/mystery", "meta-llama/Meta-Llama-3-8B", "moonshotai/Kimi-K2-Instruct"]
LICENCES = ["own", "MIT", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "LicenseRef-acme"]
GATE = Gate(
    load_terms(),
    Circumstances(
        stage="",
        uses=("dataset_release", "competing_model"),
        student=Student(name="Llama-Acme"),
        attested={},
        today=datetime.date(2026, 11, 23),
    ),
)


def _part_of(model: str, licence: str, rows: int) -> Part:
    teacher = Teacher(id="t", provider="openai-chat", model=model, base_url=HOME, self_hosted=True)
    rulings = (GATE.judge_teacher(teacher, "export"), GATE.judge_dataset(licence, licence, "export"))
    return Part(f"{model} {licence}", rows, rulings)


PARTS = st.lists(
    st.builds(_part_of, st.sampled_from(MODELS), st.sampled_from(LICENCES), st.integers(0, 3)), min_size=1, max_size=4
)


@given(PARTS, st.randoms(use_true_random=False))
def test_the_whole_is_never_more_lenient_than_a_part_and_knows_no_order(parts, random):
    subject = Subject("export", "all", GATE.declared.uses)
    whole = combined(subject, parts, [], "digest")
    assert whole.level >= max(ruling.level for part in parts for ruling in part.rulings)
    other = combined(subject, random.sample(parts, len(parts)), [], "digest")
    assert (other.level, set(other.reason_codes)) == (whole.level, set(whole.reason_codes))
    assert set(other.obligations) == set(whole.obligations)


@given(PARTS, st.randoms(use_true_random=False))
def test_what_is_kept_is_clean_and_nothing_is_lost(parts, random):
    kept, left_out = divide(parts)
    assert len(kept) + len(left_out) == len(parts)
    assert all(one.reason for one in left_out)
    if kept:
        assert not combined(Subject("export", "all", GATE.declared.uses), kept, [], "digest").blocked
    again, _ = divide(random.sample(parts, len(parts)))
    assert [(one.name, one.rows) for one in again] == [(one.name, one.rows) for one in kept]
