"""Both batch APIs of the loopback server, through the providers' own SDKs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest
from teacher_server import BatchBehaviour, TeacherServer, status

MODEL = "a-model"
IDS = ("a", "b", "c", "d")


@pytest.fixture
def asked(teacher: TeacherServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="k", base_url=teacher.url, max_retries=0) as client:
        yield client


@pytest.fixture
def claude(teacher: TeacherServer) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="k", base_url=teacher.root, max_retries=0) as client:
        yield client


def body(number: int) -> dict[str, Any]:
    return {"model": MODEL, "messages": [{"role": "user", "content": f"What is 1 + {number}?"}]}


def lines(*, url: str = "/v1/chat/completions") -> bytes:
    rows = [
        {"custom_id": name, "method": "POST", "url": url, "body": body(number)} for number, name in enumerate(IDS, 1)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def submit(client: openai.OpenAI, content: bytes | None = None) -> Any:
    file = client.files.create(file=("requests.jsonl", content or lines()), purpose="batch")
    return client.batches.create(
        input_file_id=file.id,
        endpoint="/v1/chat/completions",
        completion_window="24h",
        metadata={"tracestill_run": "r1"},
    )


def fetched(client: openai.OpenAI, file_id: str | None) -> dict[str, dict[str, Any]]:
    if file_id is None:
        return {}
    rows = [json.loads(line) for line in client.files.content(file_id).text.splitlines()]
    return {row["custom_id"]: row for row in rows}


class TestOpenAI:
    def test_a_batch_is_worked_off_and_its_results_come_in_any_order(
        self, teacher: TeacherServer, asked: openai.OpenAI
    ) -> None:
        teacher.batches = BatchBehaviour(polls=2)
        batch = submit(asked)
        states = [batch.status] + [asked.batches.retrieve(batch.id).status for _ in range(4)]
        assert states == ["validating", "in_progress", "in_progress", "completed", "completed"]
        done = asked.batches.retrieve(batch.id)
        assert (done.metadata, done.error_file_id) == ({"tracestill_run": "r1"}, None)
        assert done.request_counts is not None
        assert done.request_counts.model_dump() == {"total": 4, "completed": 4, "failed": 0}
        found = fetched(asked, done.output_file_id)
        assert list(found) != list(IDS)
        assert {
            name: row["response"]["body"]["choices"][0]["message"]["content"][-10:] for name, row in found.items()
        } == {name: f"\\boxed{{{1 + number}}}." for number, name in enumerate(IDS, 1)}
        assert sum(teacher.billed.values()) == 4

    def test_what_fails_or_expires_is_in_the_error_file(self, teacher: TeacherServer, asked: openai.OpenAI) -> None:
        teacher.batches = BatchBehaviour(polls=0, fail={"b"}, expire={"c"})
        done = asked.batches.retrieve(submit(asked).id)
        assert done.status == "expired"
        assert set(fetched(asked, done.output_file_id)) == {"a", "d"}
        errors = fetched(asked, done.error_file_id)
        assert errors["b"]["response"]["status_code"] == 500
        assert errors["c"]["error"]["code"] == "batch_expired"
        assert errors["c"]["response"] is None
        assert sum(teacher.billed.values()) == 2

    def test_what_was_done_when_it_was_cancelled_is_kept(self, teacher: TeacherServer, asked: openai.OpenAI) -> None:
        teacher.batches = BatchBehaviour(polls=9, done_when_cancelled=1)
        batch = submit(asked)
        assert asked.batches.cancel(batch.id).status == "cancelling"
        done = asked.batches.retrieve(batch.id)
        assert done.status == "cancelled"
        assert set(fetched(asked, done.output_file_id)) == {"a"}
        assert {row["error"]["code"] for row in fetched(asked, done.error_file_id).values()} == {"batch_cancelled"}
        with pytest.raises(openai.BadRequestError):
            asked.batches.cancel(batch.id)

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (lines() + b"{broken\n", "invalid_json_line"),
            (lines() + lines().splitlines(keepends=True)[0], "duplicate_custom_id"),
            (lines(url="/v1/responses"), "mismatched_url"),
        ],
    )
    def test_a_bad_file_fails_the_batch(self, asked: openai.OpenAI, content: bytes, code: str) -> None:
        batch = submit(asked, content)
        done = asked.batches.retrieve(batch.id)
        assert (done.status, done.output_file_id) == ("failed", None)
        assert done.errors is not None
        assert done.errors.data is not None
        assert done.errors.data[0].code == code

    def test_batches_and_files_are_listed_page_by_page(self, asked: openai.OpenAI) -> None:
        made = [submit(asked).id for _ in range(5)]
        assert [batch.id for batch in asked.batches.list(limit=2)] == made[::-1]
        assert [batch.metadata for batch in asked.batches.list()] == [{"tracestill_run": "r1"}] * 5
        files = list(asked.files.list())
        assert len(files) == 5
        assert asked.files.delete(files[0].id).deleted
        with pytest.raises(openai.NotFoundError):
            asked.files.content(files[0].id)
        with pytest.raises(openai.NotFoundError):
            asked.batches.retrieve("batch_none")

    def test_an_unknown_file_is_refused(self, teacher: TeacherServer, asked: openai.OpenAI) -> None:
        create: Any = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}
        with pytest.raises(openai.BadRequestError):
            asked.batches.create(input_file_id="file-none", **create)
        teacher.faults = [None, status(500, "oops")]
        with pytest.raises(openai.InternalServerError):
            submit(asked)


def send(client: anthropic.Anthropic, **more: Any) -> Any:
    return client.messages.batches.create(
        requests=[
            {"custom_id": name, "params": body(number) | {"max_tokens": 64} | more}  # type: ignore[typeddict-item]
            for number, name in enumerate(IDS, 1)
        ]
    )


class TestAnthropic:
    def test_a_batch_is_worked_off_and_its_results_come_in_any_order(
        self, teacher: TeacherServer, claude: anthropic.Anthropic
    ) -> None:
        teacher.batches = BatchBehaviour(polls=1, expire={"c"}, fail={"b"})
        batch = send(claude)
        assert (batch.processing_status, batch.request_counts.processing) == ("in_progress", 4)
        with pytest.raises(anthropic.AnthropicError, match="results_url"):
            claude.messages.batches.results(batch.id)
        done = claude.messages.batches.retrieve(batch.id)
        assert done.processing_status == "ended"
        counts = {"canceled": 0, "errored": 1, "expired": 1, "processing": 0, "succeeded": 2}
        assert done.request_counts.model_dump() == counts
        results: Any = list(claude.messages.batches.results(batch.id))
        assert [result.custom_id for result in results] != list(IDS)
        found = {result.custom_id: result.result for result in results}
        assert {name: result.type for name, result in found.items()} == {
            "a": "succeeded",
            "b": "errored",
            "c": "expired",
            "d": "succeeded",
        }
        assert "boxed{5}" in found["d"].message.content[0].text
        assert found["b"].error.error.type == "api_error"
        assert sum(teacher.billed.values()) == 2

    def test_params_are_only_checked_once_they_run(self, claude: anthropic.Anthropic) -> None:
        batch = send(claude, temperature=0.6)
        claude.messages.batches.retrieve(batch.id)
        claude.messages.batches.retrieve(batch.id)
        results: Any = list(claude.messages.batches.results(batch.id))
        assert {result.result.error.error.type for result in results} == {"invalid_request_error"}

    def test_a_cancelled_batch_keeps_what_was_done(self, teacher: TeacherServer, claude: anthropic.Anthropic) -> None:
        teacher.batches = BatchBehaviour(polls=9, done_when_cancelled=2, ordered=True)
        batch = send(claude)
        assert claude.messages.batches.cancel(batch.id).processing_status == "canceling"
        assert claude.messages.batches.retrieve(batch.id).processing_status == "ended"
        results = list(claude.messages.batches.results(batch.id))
        assert [result.result.type for result in results] == ["succeeded", "succeeded", "canceled", "canceled"]
        assert claude.messages.batches.delete(batch.id).type == "message_batch_deleted"

    def test_batches_are_listed_page_by_page(self, claude: anthropic.Anthropic) -> None:
        made = [send(claude).id for _ in range(5)]
        assert [batch.id for batch in claude.messages.batches.list(limit=2)] == made[::-1]
        before = claude.messages.batches.list(limit=2, before_id=made[0])
        assert [batch.id for batch in before.data] == [made[2], made[1]]

    def test_a_custom_id_occurs_once(self, claude: anthropic.Anthropic) -> None:
        one: Any = {"custom_id": "a", "params": body(1) | {"max_tokens": 9}}
        with pytest.raises(anthropic.BadRequestError, match="duplicate"):
            claude.messages.batches.create(requests=[one, one])
        with pytest.raises(anthropic.BadRequestError, match="pattern"):
            claude.messages.batches.create(requests=[one | {"custom_id": "not one!"}])
