"""What each protocol is asked, and what is kept of its answers as what it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from reading import rows
from teacher_server import TeacherServer, raw, spoil, status
from tracestill.pipeline.teachers.base import Completion, SampleFailed
from tracestill.pipeline.teachers.openai_chat import parse_choices
from tracestill.policies.served import is_same_model

Sample = Callable[..., dict[str, Any]]
Project = Callable[..., Path]
Edit = Callable[..., None]


def columns(config: Path, *names: str) -> dict[str, Any]:
    (row,) = rows(config, f"SELECT {', '.join(names)} FROM traces")
    return row


# OpenAI's chat completions.


def test_an_encrypted_detail_is_kept_and_called_encrypted(
    teacher: TeacherServer, project: Project, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=1)
    detail = {"type": "reasoning.encrypted", "data": "c2VjcmV0", "id": "r1"}
    teacher.answer = lambda body: {"content": "\\boxed{0}", "reasoning_details": [detail]}
    sample(config)
    row = columns(config, "reasoning", "reasoning_kind", "reasoning_items")
    assert row | {"reasoning_items": json.loads(row["reasoning_items"])} == {
        "reasoning": None, "reasoning_kind": "encrypted", "reasoning_items": [detail],
    }  # fmt: skip


def test_settings_reach_the_request(teacher: TeacherServer, project: Project, edit: Edit, sample: Sample) -> None:
    config = project(teacher.url, problems=1, k=1)
    edit(
        config,
        extra_body={"top_k": 20, "chat_template_kwargs": {"enable_thinking": True}},
        headers={"X-Team": "distill"},
        reasoning={"effort": "high"},
        sampling={"k": 1, "temperature": None, "top_p": None, "max_tokens": 64, "seed": 5},
    )
    sample(config)
    (seen,) = teacher.seen
    assert seen.headers["X-Team"] == "distill"
    assert seen.body["top_k"] == 20
    assert seen.body["chat_template_kwargs"] == {"enable_thinking": True}
    assert seen.body["reasoning_effort"] == "high"
    assert "temperature" not in seen.body
    assert "top_p" not in seen.body
    assert 0 <= seen.body["seed"] < 2**31


def test_an_answer_cut_at_the_token_limit_is_incomplete(
    teacher: TeacherServer, project: Project, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=1)
    teacher.finish_reason = "length"
    sample(config)
    assert columns(config, "finish_reason", "incomplete", "error") == {
        "finish_reason": "length", "incomplete": "length", "error": None,
    }  # fmt: skip


def choice(text: str | None, finish_reason: str = "stop", **message: Any) -> dict[str, Any]:
    return {"message": {"content": text} | message, "finish_reason": finish_reason}


def test_choices_of_a_group_share_what_was_counted_together() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 7}
    body = {"model": "m", "choices": [choice("aa"), choice("aaaaaa"), choice(None, "length")], "usage": usage}
    made = parse_choices(json.dumps(body).encode(), None, 3)
    assert all(isinstance(one, Completion) and one.tokens_estimated for one in made)
    completions = [one for one in made if isinstance(one, Completion)]
    assert [one.completion_tokens for one in completions] == [1, 6, 0]
    assert [one.prompt_tokens for one in completions] == [3, 3, 4]


def test_a_choice_that_is_no_good_does_not_spoil_its_neighbours() -> None:
    body = {"choices": [choice("4"), choice(None), choice(None, "content_filter"), {"message": None}, 7]}
    made = parse_choices(json.dumps(body).encode(), None, 5)
    kinds = [one.kind if isinstance(one, SampleFailed) else one.response for one in made]
    assert kinds == ["4", "empty_answer", "content_filter", "empty_answer", "empty_answer"]


def test_more_choices_than_were_asked_for_are_left() -> None:
    body = {"choices": [choice("4"), choice("5")]}
    assert len(parse_choices(json.dumps(body).encode(), None, 1)) == 1


def test_a_body_beyond_all_bounds_is_a_failed_sample(
    teacher: TeacherServer, project: Project, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tracestill.pipeline.teachers import openai_chat

    monkeypatch.setattr(openai_chat, "LARGEST_ANSWER", 10_000)
    config = project(teacher.url, problems=1, k=1, max_failed_share=1.0)
    teacher.faults = [raw(b'{"choices": [{"message": {"content": "' + b"x" * 20_000 + b'"}}]}')]
    assert sample(config)["errors"] == {"answer_too_large": 1}


@pytest.mark.parametrize(
    ("served", "same"),
    [
        ("gpt-5.1", True),
        ("gpt-5.1-2026-01-15", True),
        ("GPT-5.1", True),
        ("gpt-5.1-mini", False),
        ("gpt-5", False),
        ("gpt-5.12", False),
        ("agreed-name", True),
        (None, True),
    ],
)
def test_which_names_stand_for_the_model_asked_for(served: str | None, same: bool) -> None:
    assert is_same_model("gpt-5.1", served, ["agreed-name"]) is same


# OpenAI's Responses.


def test_encrypted_items_of_responses_are_kept(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=1)
    edit(config, provider="openai-responses", reasoning={"effort": "low"})
    sample(config)
    row = columns(config, "reasoning", "reasoning_kind", "reasoning_items")
    assert (row["reasoning"], row["reasoning_kind"]) == ("It adds the numbers.", "summary")
    assert json.loads(row["reasoning_items"])[0]["encrypted_content"]
    (seen,) = teacher.seen
    assert seen.body["reasoning"] == {"summary": "auto", "effort": "low"}
    assert seen.body["store"] is False


# Anthropic's Messages.


def test_thinking_keeps_its_signature(teacher: TeacherServer, project: Project, edit: Edit, sample: Sample) -> None:
    config = project(teacher.root, problems=1, k=1)
    edit(config, provider="anthropic-messages", reasoning={"budget_tokens": 1024})
    sample(config)
    row = columns(config, "reasoning", "reasoning_kind", "reasoning_items")
    assert (row["reasoning"], row["reasoning_kind"]) == ("Add them.", "summary")
    assert json.loads(row["reasoning_items"]) == [{"type": "thinking", "signature": "sig"}]


def test_redacted_thinking_is_encrypted(teacher: TeacherServer, project: Project, edit: Edit, sample: Sample) -> None:
    config = project(teacher.root, problems=1, k=1)
    edit(config, provider="anthropic-messages", reasoning={"budget_tokens": 1024})
    teacher.redacted = True
    sample(config)
    row = columns(config, "reasoning", "reasoning_kind", "reasoning_items")
    assert (row["reasoning"], row["reasoning_kind"]) == (None, "encrypted")
    (item,) = json.loads(row["reasoning_items"])
    assert item["type"] == "redacted_thinking"
    assert item["data"]


def test_an_effort_without_a_budget_asks_for_adaptive_thinking(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.root, problems=1, k=1)
    edit(
        config,
        provider="anthropic-messages",
        reasoning={"effort": "high"},
        sampling={"k": 1, "temperature": None, "top_p": None, "max_tokens": 4096},
    )
    assert sample(config)["completions"] == 1
    (seen,) = teacher.seen
    assert seen.body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert seen.body["output_config"] == {"effort": "high"}
    assert "temperature" not in seen.body
    assert seen.headers["anthropic-version"] >= "2026-10-21", "the newest version, which takes no temperature"


def test_a_temperature_asks_for_the_version_that_takes_it(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.root, problems=1, k=1)
    edit(config, provider="anthropic-messages")
    assert sample(config)["completions"] == 1
    (seen,) = teacher.seen
    assert (seen.headers["anthropic-version"], seen.body["temperature"]) == ("2023-06-01", 0.7)


@pytest.mark.parametrize("provider", ["openai-responses", "anthropic-messages"])
@pytest.mark.parametrize(
    "fault",
    [spoil("cut"), status(429, "slow down", retry_after="0.01"), status(529, "overloaded")],
    ids=["cut", "429", "529"],
)
def test_what_may_pass_is_asked_again(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample, provider: str, fault: Any
) -> None:
    config = project(teacher.url if provider == "openai-responses" else teacher.root, problems=2, k=1)
    edit(config, provider=provider)
    teacher.faults = [fault]
    result = sample(config)
    assert (result["completions"], result["failed"], len(teacher.seen)) == (2, 0, 3)
