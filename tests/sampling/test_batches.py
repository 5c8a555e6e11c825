"""Samples through the providers' batch APIs: what is in their hands is never bought twice, whatever is killed when."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from reading import rows
from teacher_server import BatchBehaviour, TeacherServer, status
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.config_teacher import Teacher
from tracestill.pipeline.corpus import Corpus
from tracestill.pipeline.errors import BudgetReached, ConfigError, Interrupted, PolicyRefused, TeacherUnavailable
from tracestill.pipeline.job import batch_class
from tracestill.pipeline.sampling import batch_book, batches
from tracestill.pipeline.sampling import batch_results as results_module
from tracestill.pipeline.teachers.base import SampleFailed
from tracestill.pipeline.teachers.openai_chat_batches import OpenAIChatBatches
from tracestill.pipeline.workspace import Workspace

Sample = Callable[..., dict[str, Any]]
Project = Callable[..., Path]
Edit = Callable[..., None]
Run = Callable[..., subprocess.CompletedProcess[str]]

PROVIDERS = ("openai-chat", "openai-responses", "anthropic-messages")
PRICE = {"input_per_mtok": 10, "output_per_mtok": 100}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(batches, "FIND_SECONDS", 1.0)


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def asked(teacher: TeacherServer, project: Project, edit: Edit) -> Callable[..., Path]:
    """A configuration with a teacher of this provider."""

    def write(provider: str, problems: int = 3, k: int = 2, **keys: Any) -> Path:
        config = project(teacher.url, problems=problems, k=k)
        edit(
            config,
            provider=provider,
            base_url=teacher.root if provider == "anthropic-messages" else teacher.url,
            **keys,
        )
        return config

    return write


def made(teacher: TeacherServer) -> int:
    """How often the server was asked to make a batch."""
    return sum(seen.method == "POST" and seen.path in ("/v1/batches", "/v1/messages/batches") for seen in teacher.seen)


def batch_requests(teacher: TeacherServer, kind: str) -> int:
    return sum(seen.method == "POST" and seen.path.endswith(kind) for seen in teacher.seen)


def count(config: Path) -> dict[str, int]:
    (found,) = rows(
        config,
        """SELECT count(*) AS n, count(DISTINCT trace_id) AS ids, count(*) FILTER (error IS NOT NULL) AS failed
        FROM traces""",
    )
    return found


def closed(config: Path) -> list[str]:
    found = rows(config, "SELECT details->>'why' AS why FROM events WHERE kind = 'batch_closed' ORDER BY created_at")
    return [row["why"] for row in found]


def spent(config: Path) -> float:
    """What the workspace has spent, as the next run's budget sees it."""
    plan = open_plan(config, [])
    with Corpus(Workspace.open(plan.workspace_path), plan.view()) as corpus:
        return corpus.ask("spent")[0]["usd"]


def test_a_batch_brings_every_sample_to_its_place(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, provider: str
) -> None:
    config = asked(provider)
    assert sample(config, batch="submit") | {"cost_usd": 0} == {
        "wanted": 6, "completions": 6, "failed": 0, "saved": 0, "cost_usd": 0, "errors": {}, "targets": {},
    }  # fmt: skip
    assert made(teacher) == 1
    assert sum(teacher.billed.values()) == 6
    found = rows(config, "SELECT problem_id, sample_index, response, finish_reason, latency_s, provider FROM traces")
    assert len(found) == 6
    for row in found:
        number = int(row["problem_id"][1:])
        assert row["response"].endswith(f"\\boxed{{{2 * number}}}."), "unordered results are told apart"
        assert (row["finish_reason"], row["latency_s"], row["provider"]) == ("stop", None, provider)
    again = sample(config, batch="submit")
    assert (again["wanted"], again["completions"]) == (6, 0)
    assert made(teacher) == 1
    assert closed(config) == ["taken in"]
    assert list((config.parent / "ws/batches").iterdir()) == []


def test_requests_are_those_of_the_synchronous_way(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, edit: Edit, provider: str
) -> None:
    """The same bodies, so that a sample is the same however it was bought."""
    config = asked(provider, problems=1, k=2)
    sample(config, batch="submit")
    batched = sorted(teacher.billed)
    teacher.accounts.reset()
    edit(config, id="other")
    sample(config)
    direct = [json.loads(body) for body in teacher.billed]
    for body in direct:
        body.pop("stream", None)
    if provider == "openai-chat":  # seeds hash the configured seed and the problem, not the teacher
        assert sorted(json.dumps(body, sort_keys=True) for body in direct) == batched
    else:
        assert {json.dumps(body, sort_keys=True) for body in direct} == set(batched)


def test_thinking_is_kept_as_in_the_synchronous_way(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample
) -> None:
    sampling = {"k": 1, "max_tokens": 2048, "temperature": None, "top_p": None}
    config = asked("anthropic-messages", problems=1, sampling=sampling, reasoning={"budget_tokens": 1024})
    sample(config, batch="submit")
    (row,) = rows(config, "SELECT reasoning, reasoning_kind, reasoning_items, reasoning_tokens FROM traces")
    assert (row["reasoning"], row["reasoning_kind"], row["reasoning_tokens"]) == ("Add them.", "summary", 8)
    assert "sig" in row["reasoning_items"]


def test_reasoning_of_responses_and_chat_is_kept(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, edit: Edit
) -> None:
    config = asked("openai-responses", problems=1, k=1)
    sample(config, batch="submit")
    edit(config, id="chat", provider="openai-chat")
    teacher.answer = lambda body: {"content": "\\boxed{0}", "reasoning": "I think."}
    sample(config, batch="submit")
    found = rows(config, "SELECT reasoning, reasoning_kind FROM traces ORDER BY provider")
    assert found == [
        {"reasoning": "I think.", "reasoning_kind": "raw"},
        {"reasoning": "It adds the numbers.", "reasoning_kind": "summary"},
    ]


def first_ids(config: Path, sample: Sample, teacher: TeacherServer) -> list[str]:
    """The trace ids of a configuration, found by asking a copy of the workspace."""
    sample(config, "workspace=probe")
    found = rows(config, "SELECT trace_id FROM traces ORDER BY problem_id, sample_index", "workspace=probe")
    teacher.accounts.reset()
    teacher.seen.clear()
    return [row["trace_id"] for row in found]


@pytest.mark.parametrize("what", ["expire", "fail"])
def test_what_expired_or_failed_goes_into_another_batch(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, provider: str, what: str
) -> None:
    config = asked(provider, problems=2, k=2)
    ids = first_ids(config, sample, teacher)
    teacher.batches = BatchBehaviour(**{what: ids[:1]})

    async def mend(request: Any, body: dict[str, Any]) -> None:
        """The second batch is made: nothing fails any more."""
        if made(teacher) == 2:
            teacher.batches = BatchBehaviour()

    teacher.faults = [mend] * 100
    result = sample(config, batch="submit")
    assert (result["completions"], result["failed"]) == (4, 0)
    assert made(teacher) == 2
    assert sum(teacher.billed.values()) == 4
    assert count(config) == {"n": 4, "ids": 4, "failed": 0}


def test_what_fails_in_every_batch_is_recorded_as_failed(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, provider: str
) -> None:
    config = asked(provider, problems=10, k=2)
    ids = first_ids(config, sample, teacher)
    teacher.batches = BatchBehaviour(expire=ids[:1])
    result = sample(config, batch="submit")
    assert (result["completions"], result["failed"], result["errors"]) == (19, 1, {"expired": 1})
    assert made(teacher) == 3, "retries.max_attempts"
    assert sample(config, batch="submit")["completions"] == 0
    teacher.batches = BatchBehaviour()
    assert sample(config, batch="submit", retry_failed=True)["completions"] == 1


def test_what_fails_again_under_retry_failed_is_not_asked_for_ever(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample
) -> None:
    config = asked("openai-chat", problems=1, k=1)
    config.write_text(config.read_text() + "max_failed_share: 1\n")
    teacher.finish_reason, teacher.answer = "content_filter", lambda body: {"content": None}
    assert sample(config, batch="submit")["errors"] == {"content_filter": 1}
    assert sample(config, batch="submit", retry_failed=True)["errors"] == {"content_filter": 1}
    assert made(teacher) == 2


def test_a_request_that_cannot_succeed_fails_at_once(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, provider: str
) -> None:
    wrong = {"openai-chat": {"n": 1000}, "openai-responses": {"stream": True}, "anthropic-messages": {"messages": []}}
    config = asked(provider, problems=1, k=2, extra_body=wrong[provider])
    config.write_text(config.read_text() + "max_failed_share: 1\n")
    assert sample(config, batch="submit")["errors"] == {"bad_request": 2}
    assert made(teacher) == 1


def test_a_batch_costs_its_share_of_the_price(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, edit: Edit, provider: str
) -> None:
    config = asked(provider, price=PRICE)
    direct = sample(config, "workspace=direct")["cost_usd"]
    assert direct > 0
    assert sample(config, batch="submit")["cost_usd"] == pytest.approx(direct / 2)
    assert spent(config) == pytest.approx(direct / 2)
    edit(config, id="third", price=PRICE | {"batch_factor": 0.25})
    assert sample(config, batch="submit")["cost_usd"] == pytest.approx(direct / 4)
    assert spent(config) == pytest.approx(direct * 3 / 4)


def test_no_more_requests_go_into_a_batch_than_the_budget_holds(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample
) -> None:
    config = asked("openai-chat", problems=10, k=1, price={"input_per_mtok": 0, "output_per_mtok": 1000})
    worst = 64 * 500 / 1e6
    with pytest.raises(BudgetReached):
        sample(config, f"budget.max_usd_total={3.5 * worst}", batch="submit")
    assert sum(teacher.billed.values()) == 3
    assert count(config)["n"] == 3
    assert spent(config) == pytest.approx(3 * 20 * 500 / 1e6), "settled at what it cost"
    with pytest.raises(BudgetReached):
        sample(config, f"budget.max_usd_total={3.5 * worst}", batch="submit")
    assert count(config)["n"] == 5, "what was not needed of the reservation is there for the next run"


def start(config: Path, program: Sequence[str] = ("-m", "tracestill")) -> subprocess.Popen[str]:
    command = [sys.executable, *program, "generate", "--batch", "-c", str(config)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def polls(teacher: TeacherServer) -> int:
    return sum(seen.method == "GET" and "batches/" in seen.path for seen in teacher.seen)


def kill(run: subprocess.Popen[str]) -> None:
    run.send_signal(signal.SIGKILL)
    run.communicate()


def never_bought_twice(teacher: TeacherServer, config: Path, samples: int) -> None:
    assert count(config) == {"n": samples, "ids": samples, "failed": 0}
    assert sum(teacher.billed.values()) == samples


@pytest.mark.parametrize("provider", ["openai-chat", "anthropic-messages"])
def test_a_kill_while_it_waits_costs_nothing(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, provider: str
) -> None:
    config = asked(provider)
    teacher.batches = BatchBehaviour(polls=3)
    run = start(config)
    wait_until(lambda: polls(teacher) >= 1)
    kill(run)
    assert sample(config, batch="submit")["completions"] == 6
    assert made(teacher) == 1
    never_bought_twice(teacher, config, 6)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("killed", ["before it was made", "after it was made"])
def test_a_kill_before_the_id_is_known_costs_nothing(
    teacher: TeacherServer,
    asked: Callable[..., Path],
    sample: Sample,
    monkeypatch: pytest.MonkeyPatch,
    provider: str,
    killed: str,
) -> None:
    """The provider makes the batch while, or after, the process dies that asked for it."""
    config = asked(provider)
    arrived: list[float] = []

    async def hold(request: Any, body: dict[str, Any]) -> None:
        if request.method == "POST" and request.path.endswith("/batches"):
            arrived.append(time.monotonic())
            teacher.faults.clear()
            await asyncio.sleep(1.5 if killed == "before it was made" else 0.0)

    deaf = [
        "import time",
        "from tracestill.pipeline.cli import main",
        "from tracestill.pipeline.sampling.batch_book import BatchBook",
        "BatchBook.submitted = lambda *a, **k: time.sleep(60)",
        "main()",
    ]
    program = ["-c", "\n".join(deaf)] if killed == "after it was made" else ["-m", "tracestill"]
    teacher.faults = [hold] * 50
    run = start(config, program=program)
    wait_until(lambda: bool(arrived))
    time.sleep(0.3)
    kill(run)
    monkeypatch.setattr(batches, "FIND_SECONDS", 10.0)
    assert rows(config, "SELECT kind FROM events WHERE kind = 'batch_submitted'") == []
    assert sample(config, batch="submit")["completions"] == 6
    assert made(teacher) == 1
    never_bought_twice(teacher, config, 6)


def test_a_batch_that_was_never_made_is_made_after_a_while(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, provider: str
) -> None:
    config = asked(provider)

    async def fail(request: Any, body: dict[str, Any]) -> Any:
        if request.method != "POST" or not request.path.endswith("/batches"):
            teacher.faults.insert(0, fail)
            return None
        return await status(500, "nobody knows")(request, body)

    teacher.faults = [fail]
    assert sample(config, batch="submit")["completions"] == 6
    assert closed(config) == ["never made", "taken in"]
    never_bought_twice(teacher, config, 6)


def test_an_answer_that_is_lost_after_the_batch_was_made_makes_no_second_one(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    config = asked(provider)
    client = batch_class(open_plan(config, []).config.teachers[0])
    create = client.create

    async def create_and_forget(*arguments: Any) -> str:
        await create(*arguments)
        raise SampleFailed("connection_lost", "gone", transient=True)

    monkeypatch.setattr(client, "create", create_and_forget)
    assert sample(config, batch="submit")["completions"] == 6
    assert made(teacher) == 1
    never_bought_twice(teacher, config, 6)


def test_somebody_elses_batch_that_looks_alike_is_recognised(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anthropic's batches carry no name: another of as many requests may be taken for ours, until its results come."""
    config = asked("anthropic-messages")
    sample(config, "workspace=elsewhere", "teachers.0.system=another", batch="submit")
    billed = sum(teacher.billed.values())

    async def fail(request: Any, body: dict[str, Any]) -> Any:
        if request.method != "POST":
            teacher.faults.insert(0, fail)
            return None
        return await status(500, "nobody knows")(request, body)

    teacher.faults = [fail]
    assert sample(config, batch="submit")["completions"] == 6
    kinds = [
        row["kind"] for row in rows(config, "SELECT kind FROM events WHERE kind LIKE 'batch%' ORDER BY created_at")
    ]
    assert kinds[:4] == ["batch_planned", "batch_submitted", "batch_mistaken", "batch_closed"]
    assert sum(teacher.billed.values()) == billed + 6


def test_a_kill_while_results_are_taken_in_takes_none_in_twice(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    config = asked(provider, price=PRICE)
    monkeypatch.setattr(results_module, "CHUNK", 2)
    store, calls = results_module.Results._store, []

    def die(self: Any, chunk: Any) -> None:
        store(self, chunk)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(results_module.Results, "_store", die)
    with pytest.raises(KeyboardInterrupt):
        sample(config, batch="submit")
    assert count(config)["n"] == 4
    assert sample(config, batch="submit")["completions"] == 2
    never_bought_twice(teacher, config, 6)
    (cost,) = rows(config, "SELECT sum(cost_usd) AS usd FROM traces")
    assert spent(config) == pytest.approx(cost["usd"])


def test_a_batch_that_is_settled_twice_counts_once(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between the settlement and the record that the batch is closed."""
    config = asked("openai-chat", price=PRICE)

    def die(*arguments: Any, **counts: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(batch_book.BatchBook, "closed", die)
        with pytest.raises(KeyboardInterrupt):
            sample(config, batch="submit")
    sample(config, batch="submit")
    (cost,) = rows(config, "SELECT sum(cost_usd) AS usd FROM traces")
    assert spent(config) == pytest.approx(cost["usd"])
    never_bought_twice(teacher, config, 6)


def test_an_open_batch_stays_reserved_and_is_settled_later(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample
) -> None:
    config = asked("openai-chat", problems=2, k=1, price={"input_per_mtok": 0, "output_per_mtok": 1000})
    teacher.batches = BatchBehaviour(polls=1000)
    run = start(config)
    wait_until(lambda: polls(teacher) >= 1)
    kill(run)
    worst = 64 * 500 / 1e6
    assert spent(config) == pytest.approx(2 * worst)
    teacher.batches.polls = 0
    sample(config, batch="submit")
    assert spent(config) == pytest.approx(2 * 20 * 500 / 1e6)
    never_bought_twice(teacher, config, 2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_batches_with_the_provider(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, tracestill: Run, number: int
) -> None:
    config = asked("openai-chat")
    teacher.batches = BatchBehaviour(polls=2)
    run = start(config)
    wait_until(lambda: polls(teacher) >= 1)
    run.send_signal(number)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130, errors
    assert "1 batches stay with the provider; `tracestill generate --batch` takes them in" in errors
    assert batch_requests(teacher, "/cancel") == 0
    told = json.loads(tracestill("status", "-c", config, "--output", "json").stdout)
    assert told["progress"]["facts"]["batches open"] == 1
    assert "batches open 1, requests done 0 of 6" in tracestill("status", "-c", config).stdout
    done = tracestill("generate", "--batch", "-c", config, "--output", "json")
    assert json.loads(done.stdout)["completions"] == 6
    assert made(teacher) == 1
    never_bought_twice(teacher, config, 6)


def left_open(config: Path, sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand a batch over and leave it there."""

    async def leave(self: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(batches.BatchSampler, "_wait", leave)
        with pytest.raises(KeyboardInterrupt):
            sample(config, batch="submit")


def test_the_synchronous_way_leaves_alone_what_is_in_a_batch(
    teacher: TeacherServer,
    asked: Callable[..., Path],
    sample: Sample,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = asked("openai-chat")
    left_open(config, sample, monkeypatch)
    assert sample(config, "teachers.0.sampling.k=3")["completions"] == 3
    assert "6 samples of local are in 1 open batches" in capsys.readouterr().err
    assert sample(config, "teachers.0.sampling.k=3", batch="submit")["completions"] == 6
    never_bought_twice(teacher, config, 9)


def test_what_was_bought_is_kept_though_the_configuration_has_changed(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = asked("openai-chat", price=PRICE)
    left_open(config, sample, monkeypatch)
    edit(config, sampling={"k": 1, "max_tokens": 128, "temperature": 0.1}, price=PRICE | {"batch_factor": 1})
    sample(config, batch="submit")
    found = rows(config, "SELECT max_tokens, count(*) AS n FROM traces GROUP BY 1 ORDER BY 1")
    assert found == [{"max_tokens": 64, "n": 6}, {"max_tokens": 128, "n": 3}], "stamped with what was asked"


def test_open_batches_are_cancelled_and_what_was_done_is_taken_in(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    config = asked(provider, price=PRICE)
    teacher.batches = BatchBehaviour(polls=1000, done_when_cancelled=2)
    left_open(config, sample, monkeypatch)
    result = sample(config, batch="cancel")
    assert (result["wanted"], result["completions"], result["failed"]) == (6, 2, 0)
    assert batch_requests(teacher, "/cancel") == 1
    assert sum(teacher.billed.values()) == count(config)["n"] == 2
    (cost,) = rows(config, "SELECT sum(cost_usd) AS usd FROM traces")
    assert spent(config) == pytest.approx(cost["usd"])
    assert sample(config, batch="cancel")["wanted"] == 0
    teacher.batches = BatchBehaviour()
    assert sample(config, batch="submit")["completions"] == 4


def test_a_batch_that_the_provider_has_forgotten_can_be_given_up(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = asked("openai-chat", problems=1, k=1, price=PRICE)
    left_open(config, sample, monkeypatch)
    with TeacherServer() as other:
        forgotten = f"teachers.0.base_url={other.url}"
        with pytest.raises(TeacherUnavailable, match="does not know batch"):
            sample(config, forgotten, batch="submit")
        assert sum(other.billed.values()) == 0, "rather wait than pay twice"
        reserved = spent(config)
        assert sample(config, forgotten, batch="cancel")["completions"] == 0
        assert spent(config) == pytest.approx(reserved), "nobody knows what it cost: all of it counts"
        assert sample(config, forgotten, batch="submit")["completions"] == 1


def test_an_answer_of_another_model_is_quarantined_and_stops_the_run(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, provider: str
) -> None:
    config = asked(provider, problems=1, k=2)
    teacher.served_model = "somebody-else"
    with pytest.raises(PolicyRefused, match="somebody-else"):
        sample(config, batch="submit")
    found = rows(config, "SELECT count(*) AS n FROM traces WHERE quarantine IS NOT NULL")
    assert found == [{"n": 2}]
    assert made(teacher) == 1


def test_results_that_nobody_asked_for_are_ignored_and_said(
    teacher: TeacherServer,
    asked: Callable[..., Path],
    sample: Sample,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = asked("openai-chat")
    results = OpenAIChatBatches.results

    async def more(self: Any, batch_id: str) -> Any:
        found = [item async for item in results(self, batch_id)]
        for item in (("stranger", found[0][1]), *found, found[0]):
            yield item

    monkeypatch.setattr(OpenAIChatBatches, "results", more)
    assert sample(config, batch="submit")["completions"] == 6
    assert "2 results have ids that were not asked for" in capsys.readouterr().err
    never_bought_twice(teacher, config, 6)


def test_many_requests_go_into_several_batches(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    config = asked(provider, problems=5, k=2)
    client = batch_class(open_plan(config, []).config.teachers[0])
    monkeypatch.setattr(client, "max_requests", 4)
    assert sample(config, batch="submit")["completions"] == 10
    assert made(teacher) == 3
    monkeypatch.setattr(client, "max_requests", 1000)
    monkeypatch.setattr(client, "max_bytes", 2000)
    assert sample(config, "teachers.0.sampling.k=8", batch="submit")["completions"] == 30
    assert made(teacher) > 8
    never_bought_twice(teacher, config, 40)


@pytest.mark.parametrize("provider", ["transformers", "vllm"])
def test_a_provider_without_batches_is_refused(provider: str) -> None:
    with pytest.raises(ConfigError, match=rf"teachers\.mine\.provider: {provider} has no batch API; .*openai-chat"):
        batch_class(Teacher(id="mine", provider=provider, model="m"))


def test_adaptive_k_is_refused(teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, edit: Edit) -> None:
    config = asked("openai-chat")
    edit(config, sampling={"k": 2, "stop_after": 1})
    with pytest.raises(ConfigError, match=r"teachers\.local\.sampling\.stop_after"):
        sample(config, batch="submit")
    assert teacher.seen == []


def test_a_server_without_batches_says_so(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, provider: str
) -> None:
    config = asked(provider)
    teacher.faults = [status(404, {"error": {"message": "Not Found"}})] * 3
    with pytest.raises(TeacherUnavailable, match="has no batch API"):
        sample(config, batch="submit")
    assert sum(teacher.billed.values()) == 0
    assert list((config.parent / "ws/batches").iterdir()) == []
    teacher.faults.clear()
    assert sample(config, batch="submit")["completions"] == 6


def test_the_gate_decides_before_anything_is_opened(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, edit: Edit
) -> None:
    config = asked("openai-chat")
    edit(config, base_url="https://models.example.com/v1", self_hosted=False)
    with pytest.raises(PolicyRefused):
        sample(config, batch="submit")
    assert not (config.parent / "ws/batches").exists()


def test_results_that_break_off_are_fetched_again(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, provider: str
) -> None:
    config = asked(provider)
    broken: list[int] = []

    async def cut(request: Any, body: dict[str, Any]) -> Any:
        teacher.faults.insert(0, cut)
        if not broken and request.path.endswith(("/content", "/results")):
            broken.append(1)
            return await status(503, "later")(request, body)
        return None

    teacher.faults = [cut]
    assert sample(config, batch="submit")["completions"] == 6
    assert broken
    never_bought_twice(teacher, config, 6)


def test_a_refused_batch_ends_the_run_with_the_providers_words(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = asked("openai-chat", price=PRICE)
    line = OpenAIChatBatches.line
    with monkeypatch.context() as patch:
        patch.setattr(OpenAIChatBatches, "line", lambda self, custom_id, request: line(self, "same", request))
        with pytest.raises(TeacherUnavailable, match="occurs twice"):
            sample(config, batch="submit")
    assert spent(config) == 0
    assert sample(config, batch="submit")["completions"] == 6


def test_a_signal_during_the_take_in_saves_what_came(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = asked("openai-chat")
    monkeypatch.setattr(results_module, "CHUNK", 2)
    store = results_module.Results._store

    def stop(self: Any, chunk: Any) -> None:
        store(self, chunk)
        self._bench.stop.ask()

    with monkeypatch.context() as patch:
        patch.setattr(results_module.Results, "_store", stop)
        with pytest.raises(Interrupted):
            sample(config, batch="submit")
    assert count(config)["n"] == 2
    assert sample(config, batch="submit")["completions"] == 4
    never_bought_twice(teacher, config, 6)


def test_a_batch_that_somebody_cancelled_is_not_bought_again_by_the_same_run(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    config = asked(provider)
    teacher.batches = BatchBehaviour(polls=1000, done_when_cancelled=2)
    left_open(config, sample, monkeypatch)
    for job in teacher.jobs:
        job.cancel()
    with pytest.raises(TeacherUnavailable, match="was cancelled: 4 of its samples stay missing"):
        sample(config, batch="submit")
    assert (count(config)["n"], made(teacher)) == (2, 1)
    teacher.batches = BatchBehaviour()
    assert sample(config, batch="submit")["completions"] == 4


def test_results_that_are_gone_are_given_up_only_when_the_user_says_so(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, provider: str
) -> None:
    config = asked(provider, price=PRICE)

    async def forget(request: Any, body: dict[str, Any]) -> Any:
        teacher.faults.insert(0, forget)
        if request.path.endswith(("/content", "/results")):
            return await status(404, {"error": {"message": "gone"}})(request, body)
        return None

    teacher.faults = [forget]
    for _ in range(2):
        with pytest.raises(TeacherUnavailable, match="or its results"):
            sample(config, batch="submit")
    assert made(teacher) == 1
    assert sample(config, batch="cancel")["completions"] == 0
    teacher.faults.clear()
    assert sample(config, batch="submit")["completions"] == 6


@pytest.mark.parametrize("provider", ["openai-chat", "anthropic-messages"])
def test_kills_at_any_moment_buy_nothing_twice(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    """Batches of a few requests, made slowly, by processes that die at random."""
    config = asked(provider, problems=6, k=2, price=PRICE)
    monkeypatch.setattr(batches, "FIND_SECONDS", 3.0)

    async def slow(request: Any, body: dict[str, Any]) -> None:
        teacher.faults.insert(0, slow)
        await asyncio.sleep(0.15)

    teacher.faults = [slow]
    teacher.batches = BatchBehaviour(polls=2)
    cls = batch_class(open_plan(config, []).config.teachers[0])
    small = [
        f"from {cls.__module__} import {cls.__name__} as client",
        "from tracestill.pipeline.cli import main",
        "from tracestill.pipeline.sampling import batches",
        "client.max_requests, batches.FIRST_PAUSE, batches.FIND_SECONDS = 3, 0.05, 3.0",
        "main()",
    ]
    chance = random.Random(1)
    for _ in range(4):
        before = len(teacher.seen)
        run = start(config, program=["-c", "\n".join(small)])
        wait_until(lambda before=before, run=run: len(teacher.seen) > before or run.poll() is not None)
        time.sleep(chance.uniform(0.0, 1.2))
        kill(run)
    assert sample(config, batch="submit")["wanted"] == 12
    never_bought_twice(teacher, config, 12)
    (cost,) = rows(config, "SELECT sum(cost_usd) AS usd FROM traces")
    assert spent(config) == pytest.approx(cost["usd"])


def test_several_teachers_are_asked_side_by_side(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = asked("openai-chat", problems=5, k=3, price=PRICE)
    data = yaml.safe_load(config.read_text())
    claude = data["teachers"][0] | {"id": "claude", "provider": "anthropic-messages", "base_url": teacher.root}
    data["teachers"] += [claude, claude | {"id": "other", "sampling": {"k": 1, "max_tokens": 32}}]
    data["budget"] = {"max_usd": 1}
    config.write_text(yaml.safe_dump(data, sort_keys=False))
    for provider in ("openai-chat", "anthropic-messages"):
        monkeypatch.setattr(batch_class(Teacher(id="t", provider=provider, model="m")), "max_requests", 4)
    assert sample(config, batch="submit")["completions"] == 35
    assert made(teacher) == 4 + 4 + 2
    never_bought_twice(teacher, config, 35)


def test_the_two_options_exclude_each_other_and_cancelling_works_from_the_command_line(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, monkeypatch: pytest.MonkeyPatch, tracestill: Run
) -> None:
    config = asked("openai-chat", problems=1, k=1)
    both = tracestill("generate", "--batch", "--cancel-batches", "-c", config)
    assert (both.returncode, "give one of them" in both.stderr) == (2, True)
    teacher.batches = BatchBehaviour(polls=1000)
    left_open(config, sample, monkeypatch)
    done = tracestill("generate", "--cancel-batches", "-c", config, "--output", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["completions"] == 0
    assert "was cancelled: 1 of its samples stay missing" in done.stderr
    assert sum(teacher.billed.values()) == 0


def test_a_server_that_is_away_costs_nothing(
    teacher: TeacherServer, asked: Callable[..., Path], sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = asked("openai-chat", problems=1, k=1)
    left_open(config, sample, monkeypatch)
    with pytest.raises(TeacherUnavailable, match="cannot be looked at"):
        sample(config, "teachers.0.base_url=http://127.0.0.1:1/v1", batch="submit")
    assert sample(config, batch="submit")["completions"] == 1


def test_a_teacher_may_not_move_to_another_public_host_while_a_batch_is_open() -> None:
    public = Teacher(id="mine", provider="openai-chat", model="m", base_url="https://b.example.com/v1")
    batch = SimpleNamespace(host="a.example.com")
    counter = SimpleNamespace(host="b.example.com", client=None)
    desk: Any = SimpleNamespace(teacher=public, open=[batch], counter=counter, bench=None, book=None)
    with pytest.raises(ConfigError, match=r"teachers\.mine\.base_url: .*open at a\.example\.com"):
        asyncio.run(batches.BatchSampler(desk, lambda: iter(()), asyncio.Lock()).run())
