"""The loopback server against the providers' own SDKs: what they accept, it speaks."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from teacher_server import KINDS, Limits, Lognormal, RandomFaults, TeacherServer, spoil

MODEL = "a-model"
SUM = [{"role": "user", "content": "What is 2 + 3?"}]


@pytest.fixture
def asked(teacher: TeacherServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="k", base_url=teacher.url, max_retries=0) as client:
        yield client


@pytest.fixture
def claude(teacher: TeacherServer) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="k", base_url=teacher.root, max_retries=0) as client:
        yield client


def chat(client: openai.OpenAI, **more: Any) -> Any:
    return client.chat.completions.create(**({"model": MODEL, "messages": SUM} | more))


def message(client: anthropic.Anthropic, **more: Any) -> Any:
    return client.messages.create(**({"model": MODEL, "messages": SUM, "max_tokens": 2048} | more))


class TestChat:
    def test_n_choices_come_where_the_server_takes_n(self, teacher: TeacherServer, asked: openai.OpenAI) -> None:
        whole = chat(asked, n=3)
        assert [choice.index for choice in whole.choices] == [0, 1, 2]
        assert "boxed{5}" in whole.choices[2].message.content
        assert (whole.usage.prompt_tokens, whole.usage.completion_tokens) == (40, 60)
        teacher.takes_n = False
        assert len(chat(asked, n=3).choices) == 1

    def test_a_stream_ends_with_its_usage(self, teacher: TeacherServer, asked: openai.OpenAI) -> None:
        teacher.answer_chars = 2000
        teacher.answer = lambda body: {"reasoning": "I add them.", "content": "\\boxed{5}"}
        chunks = list(chat(asked, n=2, stream=True, stream_options={"include_usage": True}))
        texts: Counter[int] = Counter()
        for chunk in chunks:
            for choice in chunk.choices:
                texts[choice.index] += len(choice.delta.content or "")
        assert texts == {0: 2000, 1: 2000}
        assert "I add them." in [getattr(c.delta, "reasoning", None) for chunk in chunks for c in chunk.choices]
        assert chunks[-1].choices == []
        assert chunks[-1].usage.completion_tokens == 1000
        assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)

    def test_limits_are_told_in_headers(self, teacher: TeacherServer, asked: openai.OpenAI) -> None:
        teacher.limits = Limits(requests_per_minute=2)
        raw = asked.chat.completions.with_raw_response.create(model=MODEL, messages=SUM)  # type: ignore[arg-type]
        assert raw.headers["x-ratelimit-limit-requests"] == "2"
        assert raw.headers["x-ratelimit-remaining-requests"] == "1"
        chat(asked)
        with pytest.raises(openai.RateLimitError) as refused:
            chat(asked)
        assert 50 < int(refused.value.response.headers["retry-after"]) <= 60
        assert (refused.value.code, teacher.accounts.refused, teacher.accounts.served) == ("rate_limit_exceeded", 1, 2)

    @pytest.mark.parametrize(
        ("body", "param"),
        [({"model": MODEL}, "messages"), ({"messages": SUM}, None), ({"model": MODEL, "messages": []}, "messages")],
    )
    def test_a_body_that_lacks_something_is_a_400(
        self, asked: openai.OpenAI, body: dict[str, Any], param: str | None
    ) -> None:
        with pytest.raises(openai.BadRequestError) as refused:
            asked.post("/chat/completions", body=body, cast_to=object)
        assert (refused.value.type, refused.value.param) == ("invalid_request_error", param)


def test_responses_show_a_summary_and_encrypted_reasoning_only_when_asked(asked: openai.OpenAI) -> None:
    plain = asked.responses.create(model=MODEL, input="What is 2 + 3?")
    assert "boxed{5}" in plain.output_text
    assert (plain.output[0].summary, plain.output[0].encrypted_content) == ([], None)  # type: ignore[union-attr]
    full = asked.responses.create(
        model=MODEL,
        input=SUM,  # type: ignore[arg-type]
        reasoning={"summary": "auto"},
        include=["reasoning.encrypted_content"],
    )
    item: Any = full.output[0]
    assert item.summary[0].text
    assert item.encrypted_content
    assert full.usage is not None
    assert full.usage.output_tokens_details.reasoning_tokens == 10


class TestMessages:
    @pytest.mark.parametrize("thinking", [{"type": "enabled", "budget_tokens": 1024}, {"type": "adaptive"}])
    def test_thinking_is_signed_and_counted(self, claude: anthropic.Anthropic, thinking: Any) -> None:
        whole = message(claude, thinking=thinking)
        with claude.messages.stream(model=MODEL, messages=SUM, max_tokens=2048, thinking=thinking) as stream:  # type: ignore[arg-type]
            streamed = stream.get_final_message()
        for found in (whole, streamed):
            assert (found.content[0].thinking, found.content[0].signature) == ("Add them.", "sig")
            assert "boxed{5}" in found.content[1].text
            assert (found.stop_reason, found.usage.output_tokens) == ("end_turn", 25)
            assert found.usage.output_tokens_details.thinking_tokens == 8

    def test_redacted_thinking_comes_streamed_and_whole(
        self, teacher: TeacherServer, claude: anthropic.Anthropic
    ) -> None:
        teacher.redacted = True
        asked: Any = {"thinking": {"type": "adaptive"}}
        assert message(claude, **asked).content[0].type == "redacted_thinking"
        with claude.messages.stream(model=MODEL, messages=SUM, max_tokens=9, **asked) as stream:
            assert stream.get_final_message().content[0].data  # type: ignore[union-attr]

    def test_the_new_version_takes_no_temperature_and_the_old_one_does(self, claude: anthropic.Anthropic) -> None:
        with pytest.raises(anthropic.BadRequestError, match="temperature"):
            message(claude, extra_body={"temperature": 0.6})
        old = {"anthropic-version": "2023-06-01"}
        assert message(claude, extra_body={"temperature": 0.6}, extra_headers=old).content

    def test_a_system_turn_belongs_elsewhere(self, claude: anthropic.Anthropic) -> None:
        with pytest.raises(anthropic.BadRequestError, match="system"):
            message(claude, messages=[{"role": "system", "content": "Be brief."}, *SUM])


def test_a_key_goes_as_a_bearer_token_or_as_a_header_of_its_own(
    teacher: TeacherServer, asked: openai.OpenAI, claude: anthropic.Anthropic
) -> None:
    teacher.key = "k"
    assert chat(asked).choices
    assert message(claude).content
    assert message(claude, extra_headers={"Authorization": anthropic.Omit(), "x-api-key": "k"}).content
    teacher.key = "another"
    with pytest.raises(openai.AuthenticationError):
        chat(asked)
    with pytest.raises(anthropic.AuthenticationError) as refused:
        message(claude)
    assert refused.value.type == "authentication_error"


class TestFaults:
    def test_what_was_cut_was_billed(self, teacher: TeacherServer, asked: openai.OpenAI) -> None:
        teacher.faults = [spoil("cut"), spoil("truncated"), spoil("empty-choices"), spoil("null-content")]
        with pytest.raises(openai.APIConnectionError):
            chat(asked)
        with pytest.raises(json.JSONDecodeError):
            chat(asked)
        assert chat(asked).choices == []
        assert chat(asked).choices[0].message.content is None
        assert (sum(teacher.billed.values()), teacher.accounts.served) == (2, 0)

    def test_a_cut_stream_ends_early(self, teacher: TeacherServer, claude: anthropic.Anthropic) -> None:
        teacher.faults = [spoil("cut")]
        with (
            pytest.raises(Exception, match=r"(?i)peer|connection|incomplete"),
            claude.messages.stream(model=MODEL, messages=SUM, max_tokens=9) as stream,  # type: ignore[arg-type]
        ):
            stream.get_final_message()
        assert sum(teacher.billed.values()) == 1

    def test_what_nobody_waited_for_was_billed_and_not_served(
        self, teacher: TeacherServer, asked: openai.OpenAI, capsys: pytest.CaptureFixture[str]
    ) -> None:
        teacher.delay = 0.2
        with pytest.raises(openai.APITimeoutError):
            chat(asked, timeout=0.05)
        end = time.monotonic() + 10
        while teacher.accounts.in_flight and time.monotonic() < end:
            time.sleep(0.02)
        assert (sum(teacher.billed.values()), teacher.accounts.served) == (1, 0)
        assert "Traceback" not in capsys.readouterr().err

    def test_random_faults_are_counted_and_repeat_with_their_seed(self) -> None:
        draws = [[RandomFaults(0.3, seed=seed).draw() for _ in range(1)] for seed in (1, 1)]
        assert draws[0] == draws[1]
        faults = RandomFaults(0.5, seed=3)
        counts = Counter(faults.draw() for _ in range(4000))
        assert set(counts) == {None, *KINDS}
        assert 1800 < counts[None] < 2200

    def test_random_faults_pass_by_with_patience(self, teacher: TeacherServer) -> None:
        teacher.random_faults = RandomFaults(0.5, seed=5, wait_s=0.01, stall_s=0.05)

        async def all_of_them() -> int:
            async with openai.AsyncOpenAI(api_key="k", base_url=teacher.url, max_retries=0) as client:
                return sum([await arrives(client) for _ in range(100)])

        async def arrives(client: openai.AsyncOpenAI) -> bool:
            try:
                done = await client.chat.completions.create(model=MODEL, messages=SUM)  # type: ignore[arg-type]
            except (openai.APIError, json.JSONDecodeError):
                return False
            return bool(done.choices and done.choices[0].message.content)

        arrived = asyncio.run(all_of_them())
        faults = teacher.accounts.faults
        assert arrived == 100 - sum(faults.values()) == teacher.accounts.served
        assert sum(teacher.billed.values()) == arrived + faults["cut"] + faults["truncated"]


class TestLimits:
    def test_a_window_slides(self) -> None:
        limits = Limits(requests_per_minute=2)
        assert [limits.refuse(at, 0, 0) for at in (0.0, 10.0, 20.0)] == [None, None, 40.0]
        assert limits.refuse(60.1, 0, 0) is None

    def test_a_bucket_refills_evenly(self) -> None:
        limits = Limits(requests_per_minute=60, burst=2)
        waits = [limits.refuse(0.0, 0, 0) for _ in range(3)]
        assert waits == [None, None, 1.0]
        assert limits.refuse(1.0, 0, 0) is None

    def test_tokens_and_concurrency_count_too(self) -> None:
        limits = Limits(tokens_per_minute=100, concurrency=3)
        assert [limits.refuse(0.0, 60, 0), limits.refuse(5.0, 60, 0)] == [None, 55.0]
        assert limits.refuse(70.0, 60, 3) == 0.1

    def test_lognormal_delays_have_their_mean(self) -> None:
        draw = Lognormal(2.0)
        assert sum(draw() for _ in range(20_000)) / 20_000 == pytest.approx(2.0, rel=0.03)


@pytest.fixture
def process() -> Iterator[Callable[..., str]]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> str:
        command = [sys.executable, "-m", "teacher_server", "--port", "0", *arguments]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent))
        assert started[-1].stdout is not None
        return f"http://127.0.0.1:{json.loads(started[-1].stdout.readline())['port']}"

    yield start
    for server in started:
        server.kill()
        server.communicate()


def stats(root: str, query: str = "") -> dict[str, Any]:
    with urllib.request.urlopen(f"{root}/__stats{query}", timeout=10) as answer:
        return json.load(answer)


@pytest.mark.parametrize("protocols", ["chat", "all"])
def test_as_a_process_it_tells_what_it_did(process: Callable[..., str], protocols: str) -> None:
    root = process("--protocols", protocols, "--delay", "0.01", "--answer-chars", "2000")
    before = time.monotonic()
    with openai.OpenAI(api_key="k", base_url=f"{root}/v1", max_retries=0) as client:
        for _ in range(2):
            done = chat(client)
        assert len(done.choices[0].message.content) == 2000
        assert (done.model, done.usage.completion_tokens) == (MODEL, 500)
        assert len(chat(client, n=2).choices) == 2
        chunks = list(chat(client, stream=True, stream_options={"include_usage": True}))
        with pytest.raises(openai.BadRequestError):
            client.post("/chat/completions", body={"model": MODEL}, cast_to=object)
    assert "".join(c.choices[0].delta.content or "" for c in chunks[:-1]) == done.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == 500
    told = stats(root, "?expected=4")
    counted = {name: told[name] for name in ("served", "billed", "distinct", "refused", "in_flight", "peak_in_flight")}
    expected = {"served": 4, "billed": 4, "distinct": 3, "refused": 0, "in_flight": 0, "peak_in_flight": 1}
    assert counted == expected
    assert before < told["first_request"] < told["last_request"] < told["now"]
    assert told["marks"]["0.9"] is not None
    urllib.request.urlopen(urllib.request.Request(f"{root}/__reset", method="POST"), timeout=10).close()
    assert stats(root)["served"] == 0


def test_as_a_process_it_refuses_and_fails_too(process: Callable[..., str]) -> None:
    root = process("--requests-per-minute", "30", "--fault-share", "0.5", "--fault-seed", "1", "--stall", "0.05")
    outcomes: Counter[str] = Counter()
    with openai.OpenAI(api_key="k", base_url=f"{root}/v1", max_retries=0) as client:
        for _ in range(40):
            try:
                outcomes["arrived"] += bool(chat(client).choices)
            except (openai.APIError, json.JSONDecodeError) as error:
                outcomes[type(error).__name__] += 1
    told = stats(root)
    assert told["refused"] == 10
    assert outcomes["RateLimitError"] == 10 + sum(n for kind, n in told["faults"].items() if kind.startswith("429"))
    assert told["served"] + sum(told["faults"].values()) == 30
