"""Whatever is left out of a case or is null in it, it is answered, and never with a traceback."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tracestill.policies.cases import Case, Input
from tracestill.policies.evaluation import evaluate
from tracestill.policies.library import load_terms

TERMS = load_terms()
CASES = [json.loads(line) for line in Path(__file__).with_name("cases.jsonl").read_text(encoding="utf-8").splitlines()]
ODD = [None, "", [], {}, "x y/ü", 0, True, "2024-02-10T10:00:00Z", "http://[bad", ["a"], {"id": "together"}]
STAGES = ["", "plan", "pre_request", "request", "filter", "export", "export+publish", "publish", "train", "TRAIN"]


def answer(raw: dict[str, Any]):
    return evaluate(Case.model_validate_json(json.dumps(raw)), TERMS)


def _paths(value: object, path: tuple[Any, ...] = ()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from _paths(inner, (*path, key))


@st.composite
def spoilt_cases(draw: st.DrawFn) -> dict[str, Any]:
    """A case from which something was taken, or in which something odd was put."""
    case, other = (copy.deepcopy(draw(st.sampled_from(CASES))) for _ in range(2))
    case["stage"] = draw(st.sampled_from([case["stage"], *STAGES]))
    case["input"] |= draw(st.sampled_from([{}, other["input"]]))
    for _ in range(draw(st.integers(0, 3))):
        *way, last = draw(st.sampled_from([*_paths(case["input"])] or [("now",)]))
        place = case["input"]
        for key in way:
            place = place[key]
        if draw(st.booleans()):
            place.pop(last, None) if isinstance(place, dict) else place.pop(last)
        else:
            place[last] = draw(st.sampled_from(ODD))
    return case


@given(spoilt_cases())
def test_a_spoilt_case_is_answered_or_refused_by_name(raw):
    try:
        case = Case.model_validate_json(json.dumps(raw))
    except ValidationError:
        return
    given_answer = evaluate(case, TERMS)
    assert given_answer.blocked == (given_answer.verdict in {"unknown", "prohibited"})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_null_says_as_little_as_leaving_it_out(case):
    nulls = dict.fromkeys(name for name in Input.model_fields if name != "uses")
    assert answer(case | {"input": nulls | case["input"]}) == answer(case)


def test_a_review_date_counts_from_the_day_of_reading_by_kind():
    case = next(case for case in CASES if case["id"] == "openai-attested")

    def dated(value):
        return answer(case | {"input": case["input"] | {"policy_overrides": {"openai-services-agreement": value}}})

    assert dated({"reviewed": "2026-08-25"}).verdict == "conditional"
    assert dated({"reviewed": "2026-08-24"}).verdict == "unknown"
    assert dated({"reviewed": "2026-08-24", "review_by": "2026-11-23"}).verdict == "conditional"
    assert dated("2026-11-22").verdict == "unknown"


def test_a_reading_of_what_never_goes_stale_is_no_last_day():
    case = next(case for case in CASES if case["id"] == "qwen3")
    old = {"policy_overrides": {"qwen3": {"reviewed": "2020-01-01"}, "self-hosted": None}}
    assert answer(case | {"input": case["input"] | old}).verdict == "allowed"
