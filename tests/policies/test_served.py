"""What answers has to be what was judged: the model that the server names, whom it routed to, where it points."""

from __future__ import annotations

import pytest
from tracestill.policies.served import is_same_model, is_same_upstream, mismatch, redirected

TOGETHER = "https://api.together.xyz/v1"


@pytest.mark.parametrize(
    ("asked", "served", "same"),
    [
        ("gpt-5", "gpt-5", True),
        ("gpt-5", "GPT-5", True),
        ("gpt-5", "gpt-5-2025-08-07", True),
        ("gpt-5-2025-08-07", "gpt-5", True),
        ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929", True),
        ("mistral-large-latest", "mistral-large-2411", False),
        ("mistral-large", "mistral-large-2411", True),
        ("gpt-5", "gpt-5-mini", False),
        ("gpt-5", "gpt-4o-2024-08-06", False),
        ("qwen/qwen3-32b", "meta-llama/llama-3.3-70b-instruct", False),
        ("gpt-5", None, True),
    ],
)
def test_a_dated_form_is_the_same_model_and_another_is_not(asked, served, same):
    assert is_same_model(asked, served, []) is same


def test_a_name_that_was_agreed_on_is_the_same_model():
    assert is_same_model("qwen", "Qwen/Qwen3-32B", ["Qwen/Qwen3-32B"])


@pytest.mark.parametrize(
    ("pinned", "routed", "same"),
    [
        ("together", "Together", True),
        ("deepinfra/fp8", "DeepInfra", True),
        ("Nebius AI", "nebius-ai", True),
        ("together", "Novita", False),
        ("together", None, True),
    ],
)
def test_an_upstream_is_compared_by_its_plain_name(pinned, routed, same):
    assert is_same_upstream(pinned, routed) is same


def test_a_mismatch_blocks_and_names_both():
    (found,) = mismatch("gpt-5", "gpt-4o", [], None, None)
    assert (found.level.verdict, found.level.blocked, found.codes) == ("unknown", True, ("MODEL_MISMATCH",))
    assert "gpt-5" in found.text
    assert "gpt-4o" in found.text
    (found,) = mismatch("qwen3", "qwen3", [], "together", "Novita")
    assert found.codes == ("MODEL_MISMATCH", "UPSTREAM_MISMATCH")
    assert "together" in found.text
    assert "Novita" in found.text


def test_what_was_not_pinned_cannot_differ():
    assert mismatch("qwen3", "qwen3", [], None, "Novita") == []


@pytest.mark.parametrize(
    ("status", "location"),
    [
        (200, "https://elsewhere.example"),
        (307, ""),
        (307, "/v2/chat"),
        (307, "chat"),
        (308, "https://api.together.xyz/v2"),
        (308, "https://API.TOGETHER.XYZ:443/v2"),
    ],
)
def test_what_stays_on_the_host_is_no_obstacle(status, location):
    assert redirected(TOGETHER, status, location) == []


@pytest.mark.parametrize(
    "location",
    [
        "https://other.example/v1",
        "//other.example/v1",
        "https://api.together.xyz.example.net/v1",
        "https://api.together.xyz@other.example/v1",
        "http://[broken",
    ],
)
def test_another_host_is_not_followed_and_both_are_named(location):
    (found,) = redirected(TOGETHER, 307, location)
    assert (found.level.verdict, found.codes) == ("unknown", ("REDIRECT_CROSS_HOST",))
    assert "api.together.xyz points to " in found.text


def test_an_address_that_cannot_be_read_is_left_to_the_gate():
    assert redirected("no address", 307, "https://other.example") == []


def test_a_finding_on_the_wire_blocks_what_is_allowed(make_gate, make_teacher):
    gate = make_gate("internal_research", attest=("not_competitive_with_together",))
    teacher = make_teacher("Qwen/Qwen3-32B", TOGETHER)
    assert not gate.judge_teacher(teacher, "request").blocked
    found = redirected(TOGETHER, 307, "https://other.example")
    ruling = gate.judge_teacher(teacher, "request", findings=found)
    assert (ruling.verdict, ruling.reason_codes) == ("unknown", ("REDIRECT_CROSS_HOST",))
