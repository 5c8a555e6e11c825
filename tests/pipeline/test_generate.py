"""Sampling over the wire, by real processes against a real server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from reading import rows
from teacher_server import TeacherServer, raw, reset, status

Sample = Callable[..., dict[str, Any]]
Run = Callable[..., subprocess.CompletedProcess[str]]
Project = Callable[..., Path]


def result(done: subprocess.CompletedProcess[str], code: int = 0) -> dict[str, Any]:
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def edit(config: Path, change: Callable[[dict[str, Any]], None]) -> None:
    data = yaml.safe_load(config.read_text())
    change(data)
    config.write_text(yaml.safe_dump(data, sort_keys=False))


def test_every_sample_is_asked_once_and_kept_with_what_it_depended_on(
    teacher: TeacherServer, project: Project, sample: Sample
) -> None:
    config = project(teacher.url, problems=3, k=2)
    assert sample(config)["completions"] == 6
    found = rows(config, "SELECT * FROM traces ORDER BY problem_id, sample_index")
    assert [(row["problem_id"], row["sample_index"]) for row in found] == [
        (f"p{n}", k) for n in range(3) for k in (0, 1)
    ]
    assert len({row["seed"] for row in found}) == 6
    assert all(row["seed"] < 2**31 for row in found)
    assert {seen.body["seed"] for seen in teacher.seen} == {row["seed"] for row in found}
    first = found[0]
    assert first["response"].endswith("\\boxed{0}.")
    assert (first["host"], first["purpose"], first["error"]) == (f"127.0.0.1:{teacher.port}", "train", None)
    assert first["prompt_hash"]
    assert first["decision_id"]
    again = sample(config)
    assert (again["wanted"], again["completions"]) == (6, 0)
    assert len(teacher.seen) == 6


def test_raising_k_buys_the_difference(teacher: TeacherServer, project: Project, sample: Sample) -> None:
    config = project(teacher.url, problems=2, k=2)
    sample(config)
    assert sample(config, "teachers.0.sampling.k=5")["completions"] == 6
    assert len(teacher.seen) == 10


def test_raising_max_tokens_asks_again_only_for_what_was_cut(
    teacher: TeacherServer, project: Project, tracestill: Run, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=1)
    teacher.finish_reason = "length"
    sample(config)
    assert sample(config)["completions"] == 0
    teacher.finish_reason = "stop"
    longer = ("--set", "teachers.0.sampling.max_tokens=128")
    assert result(tracestill("generate", "-c", config, *longer, "--output", "json"))["completions"] == 1
    found = rows(config, "SELECT outcome, attempt FROM outcomes ORDER BY attempt", *longer)
    assert found == [{"outcome": "superseded", "attempt": 0}, {"outcome": "pending", "attempt": 1}]


def test_another_port_is_the_same_teacher(teacher: TeacherServer, project: Project, sample: Sample) -> None:
    config = project(teacher.url, problems=1, k=1)
    sample(config)
    with TeacherServer() as moved:
        assert sample(config, f"teachers.0.base_url={moved.url}")["completions"] == 0
        assert moved.seen == []


def test_a_public_host_is_another_counterparty(
    teacher: TeacherServer, project: Project, tracestill: Run, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=1)
    sample(config)
    edit(
        config,
        lambda data: data["teachers"][0].update(
            base_url="https://api.deepseek.com/v1", model="deepseek-reasoner", self_hosted=False, api_key_env="NO_KEY"
        ),
    )
    done = tracestill("generate", "-c", config)
    assert done.returncode == 2
    assert "give it another id" in done.stderr


def test_a_mended_answer_buys_nothing_and_a_new_wording_does(
    teacher: TeacherServer, project: Project, tmp_path: Path, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=1)
    problems = tmp_path / "problems.jsonl"
    sample(config)
    problems.write_text(problems.read_text().replace('"answer": "0"', '"answer": "zero"'))
    assert sample(config)["completions"] == 0
    assert rows(config, "SELECT answer FROM problems") == [{"answer": "zero"}]
    problems.write_text(problems.read_text().replace("What is", "Work out"))
    assert sample(config)["completions"] == 1


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(status(429, "slow down", retry_after="0.01"), id="rate limit"),
        pytest.param(status(500, "oops"), id="server error"),
        pytest.param(status(529, "overloaded"), id="overloaded"),
        pytest.param(raw(b'{"choices": []}'), id="no choice"),
        pytest.param(raw(b'{"choices": [{"message": {"content": "The ans'), id="cut JSON"),
        pytest.param(raw(b'{"choices": [{"message": {"content": null}, "finish_reason": "stop"}]}'), id="null content"),
        pytest.param(reset, id="connection reset"),
    ],
)
def test_what_may_pass_is_asked_again_for_that_sample_alone(
    teacher: TeacherServer, project: Project, fault: Any, sample: Sample
) -> None:
    config = project(teacher.url, problems=2, k=2)
    teacher.faults = [None, fault]
    assert sample(config) | {"cost_usd": 0} == {
        "wanted": 4, "completions": 4, "failed": 0, "saved": 0, "cost_usd": 0, "errors": {}, "targets": {},
    }  # fmt: skip
    assert len(teacher.seen) == 5


def test_retry_after_is_waited_for(teacher: TeacherServer, project: Project, sample: Sample) -> None:
    config = project(teacher.url, problems=1, k=1)
    teacher.faults = [status(429, "", retry_after="1.5")]
    started = time.monotonic()
    sample(config)
    assert time.monotonic() - started > 1.5


def test_what_cannot_succeed_is_recorded_after_one_try(
    teacher: TeacherServer, project: Project, tracestill: Run, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=2)
    teacher.faults = [status(400, "your prompt exceeds the context length"), None]
    done = tracestill("generate", "-c", config)
    assert done.returncode == 5
    assert "1 of 2 samples failed (1 context_too_long)" in done.stderr
    assert "--retry-failed" in done.stderr
    assert len(teacher.seen) == 2
    assert rows(config, "SELECT outcome, reason FROM outcomes WHERE outcome = 'failed'") == [
        {"outcome": "failed", "reason": "context_too_long"}
    ]
    assert sample(config)["completions"] == 0, "not by itself"
    assert sample(config, retry_failed=True)["completions"] == 1
    assert {row["outcome"] for row in rows(config, "SELECT outcome FROM outcomes")} == {
        "pending",
        "superseded",
    }


def test_attempts_that_are_used_up_leave_a_failed_trace(
    teacher: TeacherServer, project: Project, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=1, max_failed_share=1.0)
    teacher.faults = [status(503, "busy")] * 3
    assert sample(config)["errors"] == {"overloaded": 1}
    assert len(teacher.seen) == 3


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"content": "4", "reasoning": "two and two"}, ("two and two", "4", "raw", "reasoning")),
        ({"content": "4", "reasoning_content": "two and two"}, ("two and two", "4", "raw", "reasoning_content")),
        (
            {"content": "4", "reasoning_details": [{"type": "reasoning.text", "text": "two and two"}]},
            ("two and two", "4", "raw", "reasoning_details"),
        ),
        (
            {"content": "4", "reasoning_details": [{"type": "reasoning.summary", "summary": "adds"}]},
            ("adds", "4", "summary", "reasoning_details"),
        ),
        ({"content": "<think>two and two</think>4"}, ("two and two", "4", "raw", "inline")),
        ({"content": "two and two</think>4"}, ("two and two", "4", "raw", "inline")),
        ({"content": "<think>two and"}, ("two and", "", "raw", "inline")),
        ({"content": "4"}, (None, "4", "none", None)),
    ],
)
def test_reasoning_is_found_wherever_servers_put_it(
    teacher: TeacherServer, project: Project, message: dict[str, Any], expected: tuple[Any, ...], sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=1)
    teacher.answer = lambda body: message
    sample(config)
    (row,) = rows(config, "SELECT reasoning, response, reasoning_kind, reasoning_source FROM traces")
    assert tuple(row.values()) == expected


def test_a_lone_surrogate_in_an_answer_is_kept_as_valid_text(
    teacher: TeacherServer, project: Project, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=1)
    teacher.faults = [raw(b'{"choices": [{"message": {"content": "half \\ud83d a face"}, "finish_reason": "stop"}]}')]
    sample(config)
    assert rows(config, "SELECT response FROM traces") == [{"response": "half � a face"}]


def test_counts_that_no_column_holds_are_no_counts(teacher: TeacherServer, project: Project, sample: Sample) -> None:
    config = project(teacher.url, problems=1, k=1)
    choice = {"message": {"content": "\u0000 0 + 0 = 0, so \\boxed{0}"}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 2**70, "completion_tokens": -3, "completion_tokens_details": None}
    teacher.faults = [raw(json.dumps({"choices": [choice], "usage": usage}).encode())]
    sample(config)
    found = rows(config, "SELECT prompt_tokens, completion_tokens, response FROM traces")
    assert found == [{"prompt_tokens": None, "completion_tokens": None, "response": choice["message"]["content"]}]


def test_a_refused_key_stops_the_run_and_is_never_shown(
    teacher: TeacherServer, project: Project, tracestill: Run
) -> None:
    config = project(teacher.url, problems=3)
    edit(config, lambda data: data["teachers"][0].update(api_key_env="TEST_KEY"))
    teacher.faults = [status(401, "no such key: sk-very-secret")] * 20
    done = tracestill("generate", "-c", config, TEST_KEY="sk-very-secret")
    assert done.returncode == 6
    assert "the server refuses the key" in done.stderr
    assert teacher.seen[0].headers["Authorization"] == "Bearer sk-very-secret"
    assert "sk-very-secret" not in done.stderr + done.stdout
    written = [path.read_bytes() for path in config.parent.rglob("*") if path.is_file()]
    assert not any(b"sk-very-secret" in content for content in written)


def test_the_key_may_lie_in_a_file(teacher: TeacherServer, project: Project, tracestill: Run, tmp_path: Path) -> None:
    config = project(teacher.url, problems=1, k=1)
    edit(config, lambda data: data["teachers"][0].update(api_key_env="TEST_KEY"))
    (tmp_path / "secret").write_text("from-a-file\n")
    assert tracestill("generate", "-c", config, TEST_KEY_FILE=str(tmp_path / "secret")).returncode == 0
    assert teacher.seen[0].headers["Authorization"] == "Bearer from-a-file"


def test_a_key_that_a_server_echoes_is_not_kept(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    config = project(teacher.url, problems=1, k=1)
    edit(config, lambda data: data["teachers"][0].update(api_key_env="TEST_KEY"))
    teacher.faults = [raw(b'{"error": {"message": "bad key sk-very-secret"}}')] * 3
    assert tracestill("generate", "-c", config, TEST_KEY="sk-very-secret").returncode == 5
    (row,) = rows(config, "SELECT error_detail FROM traces")
    assert "bad key [key]" in row["error_detail"]


def test_a_missing_key_is_named_before_anything_is_asked(
    teacher: TeacherServer, project: Project, tracestill: Run
) -> None:
    config = project(teacher.url)
    edit(config, lambda data: data["teachers"][0].update(api_key_env="TEST_KEY"))
    done = tracestill("generate", "-c", config)
    assert done.returncode == 2
    assert "TEST_KEY is not set" in done.stderr
    assert "export TEST_KEY" in done.stderr
    assert teacher.seen == []


def test_an_unreachable_server_is_named(project: Project, tracestill: Run) -> None:
    done = tracestill("generate", "-c", project("http://127.0.0.1:9/v1"))
    assert done.returncode == 6
    assert "http://127.0.0.1:9/v1 cannot be reached" in done.stderr
    assert "check that the server runs" in done.stderr


def test_an_unknown_model_is_named(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    config = project(teacher.url)
    teacher.faults = [status(404, {"error": {"message": "The model does not exist"}})] * 20
    done = tracestill("generate", "-c", config)
    assert done.returncode == 6
    assert "does not know the model" in done.stderr
    assert "check model and base_url" in done.stderr


def test_a_redirect_is_not_followed(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    config = project(teacher.url, problems=1, k=1)
    with TeacherServer() as elsewhere:
        teacher.faults = [status(307, "", location=f"{elsewhere.url}/chat/completions")]
        done = tracestill("generate", "-c", config)
        assert done.returncode == 6
        assert "redirects are not followed" in done.stderr
        assert elsewhere.seen == []


def test_an_answer_of_another_model_is_quarantined_and_stops_the_run(
    teacher: TeacherServer, project: Project, tracestill: Run, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=1)
    teacher.served_model = "somebody/else-70b"
    done = tracestill("generate", "-c", config)
    assert done.returncode == 3
    assert "served_as" in done.stderr
    assert rows(config, "SELECT outcome FROM outcomes") == [{"outcome": "quarantined"}]
    edit(config, lambda data: data["teachers"][0].update(served_as=["somebody/else-70b"]))
    sample(config, "teachers.0.sampling.k=2")


def test_an_answer_that_an_aggregator_routed_elsewhere_is_quarantined(
    teacher: TeacherServer, project: Project, tracestill: Run, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=1)
    routing = {"provider": {"only": ["deepinfra"], "allow_fallbacks": False}}
    edit(config, lambda data: data["teachers"][0].update(extra_body=routing))
    teacher.routed_to = "DeepInfra"
    sample(config)
    teacher.routed_to = "Elsewhere"
    done = tracestill("generate", "-c", config, "--set", "teachers.0.sampling.k=2")
    assert done.returncode == 3
    assert "'Elsewhere' answered" in done.stderr
    assert rows(config, "SELECT count(*) AS n FROM outcomes WHERE outcome = 'quarantined'") == [{"n": 1}]


def test_a_forbidden_teacher_is_refused_before_a_socket_or_a_key(
    teacher: TeacherServer, project: Project, tracestill: Run
) -> None:
    config = project(teacher.url)
    edit(config, lambda data: data["teachers"][0].update(model="nobody/knows-this", api_key_env="ABSENT_KEY"))
    done = tracestill("generate", "-c", config)
    assert done.returncode == 3
    assert "nobody/knows-this" in done.stderr
    assert "ABSENT_KEY" not in done.stderr
    assert teacher.seen == []
    (decision,) = rows(config, "SELECT blocked, verdict FROM decisions WHERE subject = 'teacher:local'")
    assert decision == {"blocked": True, "verdict": "unknown"}


def test_the_budget_is_never_passed(teacher: TeacherServer, project: Project, tracestill: Run, sample: Sample) -> None:
    config = project(teacher.url, problems=20, k=2, budget={"max_usd": 0.01})
    edit(config, lambda data: data["teachers"][0].update(price={"input_per_mtok": 1.0, "output_per_mtok": 20.0}))
    done = tracestill("generate", "-c", config)
    assert done.returncode == 4
    assert "Raise budget.max_usd" in done.stderr
    (spent,) = rows(config, "SELECT sum(cost_usd) AS usd, count(*) AS traces FROM traces")
    assert 0.005 < spent["usd"] <= 0.01
    sample(config, "budget.max_usd=1")
    assert len(teacher.seen) == 40


def test_a_budget_waits_for_what_is_in_flight(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    config = project(teacher.url, problems=10, k=2, budget={"max_usd": 0.02})
    edit(config, lambda data: data["teachers"][0].update(price={"input_per_mtok": 0, "output_per_mtok": 30.0}))
    teacher.delay = 0.1
    assert tracestill("generate", "-c", config).returncode == 0, (
        "20 samples at 0.0006 fit, though 4 at worst price do not"
    )


def test_an_unknown_cost_counts_as_the_worst(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    config = project(teacher.url, problems=10, k=2, budget={"max_usd": 0.02})
    edit(config, lambda data: data["teachers"][0].update(price={"input_per_mtok": 0, "output_per_mtok": 30.0}))
    choice = {"message": {"content": "0 + 0 = 0, so \\boxed{0}"}, "finish_reason": "stop"}
    teacher.faults = [raw(json.dumps({"choices": [choice]}).encode())] * 40
    assert tracestill("generate", "-c", config).returncode == 4
    assert len(teacher.seen) == 10


@pytest.mark.parametrize("provider", ["openai-responses", "anthropic-messages"])
@pytest.mark.parametrize("content", [b"<html>hello</html>", b"[1]", b'{"output": null}'])
def test_an_answer_that_an_sdk_does_not_expect_fails_that_sample_alone(
    teacher: TeacherServer, project: Project, tracestill: Run, provider: str, content: bytes
) -> None:
    config = project(teacher.url if provider == "openai-responses" else teacher.root, problems=1, k=2)
    edit(config, lambda data: data["teachers"][0].update(provider=provider))
    teacher.faults = [None, raw(content), raw(content), raw(content)]
    done = tracestill("generate", "-c", config)
    assert done.returncode == 5, done.stderr
    assert "Traceback" not in done.stderr


def test_a_prompt_shared_by_two_domains_counts_every_trace_once(
    teacher: TeacherServer, project: Project, sample: Sample
) -> None:
    config = project(teacher.url, problems=2, k=1)
    edit(config, lambda data: data["teachers"][0].update(prompts={"math": "math-cot", "open": "math-cot"}))
    sample(config)
    assert rows(config, "SELECT count(*) AS n FROM outcomes") == [{"n": 2}]


def test_a_budget_needs_a_price(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    config = project(teacher.url, budget={"max_usd": 1.0})
    edit(config, lambda data: data["teachers"][0].update(self_hosted=True, price=None))
    assert tracestill("generate", "-c", config).returncode == 0, "one's own server costs nothing"


def start(config: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tracestill", "generate", "-c", str(config)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def test_a_killed_run_buys_again_at_most_what_was_in_flight(
    teacher: TeacherServer, project: Project, sample: Sample
) -> None:
    config = project(teacher.url, problems=40, k=2)
    teacher.delay = 0.05
    for target in (10, 35, 60):
        run = start(config)
        wait_until(lambda target=target: sum(teacher.billed.values()) >= target)
        run.send_signal(signal.SIGKILL)
        run.communicate()
    sample(config)
    (found,) = rows(config, "SELECT count(*) AS n, count(DISTINCT trace_id) AS ids FROM traces")
    assert found == {"n": 80, "ids": 80}
    assert sum(teacher.billed.values()) <= 80 + 3 * 4, "three kills, four in flight at each"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_drains_saves_and_exits_130(
    teacher: TeacherServer, project: Project, number: int, sample: Sample
) -> None:
    config = project(teacher.url, problems=40, k=2)
    teacher.delay = 0.1
    run = start(config)
    wait_until(lambda: len(teacher.seen) >= 8)
    run.send_signal(number)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130, errors
    assert "the same command goes on from here" in errors
    (found,) = rows(config, "SELECT count(*) AS n FROM traces")
    assert found["n"] == sum(teacher.billed.values()), "all that was paid for is there"
    sample(config)
    assert sum(teacher.billed.values()) == 80


def test_a_second_signal_leaves_at_once_and_loses_nothing_that_arrived(
    teacher: TeacherServer, project: Project
) -> None:
    config = project(teacher.url, problems=40, k=2)
    teacher.delay = 0.1  # else all of them may be there before the next line is
    run = start(config)
    wait_until(lambda: len(teacher.seen) >= 8)
    teacher.delay = 20
    time.sleep(0.5)  # until what was asked for before that has come
    wait_until(lambda: len(teacher.seen) >= sum(teacher.billed.values()) + 4)
    run.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert run.poll() is None, "what is in flight is waited for"
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=10)
    assert run.returncode == 130
    (found,) = rows(config, "SELECT count(*) AS n FROM traces")
    assert found["n"] == sum(teacher.billed.values())


def test_a_sample_that_waits_for_a_retry_when_the_run_stops_is_not_recorded_as_failed(
    teacher: TeacherServer, project: Project, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=1)
    teacher.faults = [status(503, "busy", retry_after="1"), status(503, "busy")]
    run = start(config)
    wait_until(lambda: len(teacher.seen) >= 1)
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130, errors
    assert rows(config, "SELECT trace_id FROM traces") == []
    sample(config)
    assert rows(config, "SELECT error FROM traces") == [{"error": None}]


def test_a_second_run_on_the_workspace_is_refused_and_queries_are_not(
    teacher: TeacherServer, project: Project, tracestill: Run
) -> None:
    config = project(teacher.url, problems=100, k=2)
    teacher.delay = 0.35
    run = start(config)
    wait_until(lambda: len(teacher.seen) >= 8)
    second = tracestill("generate", "-c", config)
    assert second.returncode == 75
    assert f"process {run.pid}" in second.stderr
    during = rows(config, "SELECT count(*) AS n FROM traces")[0]["n"]
    assert 0 < during < 200
    assert "generate" in tracestill("status", "-c", config).stdout
    run.communicate()
    assert run.returncode == 0
    assert rows(config, "SELECT count(*) AS n FROM traces") == [{"n": 200}]


@pytest.mark.parametrize(
    "limits", [{"requests_per_minute": 240}, {"tokens_per_minute": 14_400}], ids=["requests", "tokens"]
)
def test_a_limit_per_minute_spaces_requests(
    teacher: TeacherServer, project: Project, limits: dict[str, int], sample: Sample
) -> None:
    config = project(teacher.url, problems=6, k=2)
    edit(config, lambda data: data["teachers"][0].update(limits=limits))
    edit(config, lambda data: data["teachers"][0]["sampling"].update(max_tokens=20))
    sample(config)
    assert len(teacher.seen) == 12
    seconds = teacher.seen[-1].at - teacher.seen[0].at
    fastest = 11 * 60 / 240 if "requests_per_minute" in limits else 11 * 60 * 60 / 14_400
    assert fastest * 0.98 <= seconds, "four a second, or 60 tokens each at 240 tokens a second"


def test_limit_takes_the_first_problems(teacher: TeacherServer, project: Project, sample: Sample) -> None:
    config = project(teacher.url, problems=5, k=1)
    assert sample(config, limit=2)["completions"] == 2
    assert rows(config, "SELECT problem_id FROM traces ORDER BY ALL") == [
        {"problem_id": "p0"},
        {"problem_id": "p1"},
    ]


def test_anthropic_messages_are_streamed_and_thinking_is_no_raw_reasoning(
    teacher: TeacherServer, project: Project, tracestill: Run
) -> None:
    config = project(teacher.root, problems=1, k=2)
    edit(
        config,
        lambda data: data["teachers"][0].update(
            provider="anthropic-messages", reasoning={"budget_tokens": 1024}, api_key_env="TEST_KEY"
        ),
    )
    assert tracestill("generate", "-c", config, TEST_KEY="k").returncode == 0
    found = rows(config, "SELECT reasoning, reasoning_kind, finish_reason, completion_tokens, seed FROM traces")
    assert (
        found
        == [
            {
                "reasoning": "Add them.",
                "reasoning_kind": "summary",
                "finish_reason": "stop",
                "completion_tokens": 25,
                "seed": None,
            }
        ]
        * 2
    )
    assert teacher.seen[0].body["stream"] is True
    assert teacher.seen[0].body["system"]


def test_responses_are_kept_as_summaries(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    config = project(teacher.url, problems=1, k=1)
    edit(config, lambda data: data["teachers"][0].update(provider="openai-responses"))
    done = tracestill("generate", "-c", config)
    assert done.returncode == 0, done.stderr
    assert rows(config, "SELECT reasoning, reasoning_kind, reasoning_tokens FROM traces") == [
        {"reasoning": "It adds the numbers.", "reasoning_kind": "summary", "reasoning_tokens": 10}
    ]
