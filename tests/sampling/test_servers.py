"""Several servers, several completions a request, a system prompt: what one teacher is asked, and where."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from reading import rows
from teacher_server import TeacherServer, reset, solve, status
from tracestill.pipeline.errors import PolicyRefused, TeacherUnavailable

Sample = Callable[..., dict[str, Any]]
Project = Callable[..., Path]
Edit = Callable[..., None]


@pytest.fixture
def other() -> Iterator[TeacherServer]:
    with TeacherServer() as server:
        yield server


def test_servers_of_one_teacher_share_the_work(
    teacher: TeacherServer, other: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=20, k=4)
    edit(config, base_url=[{"url": teacher.url}, {"url": other.url}])
    teacher.delay = other.delay = 0.02
    assert sample(config)["completions"] == 80
    assert len(teacher.seen) + len(other.seen) == 80
    assert min(len(teacher.seen), len(other.seen)) > 20
    hosts = rows(config, "SELECT host, count(*) AS n FROM traces GROUP BY host")
    assert {row["host"]: row["n"] for row in hosts} == {
        f"127.0.0.1:{teacher.port}": len(teacher.seen),
        f"127.0.0.1:{other.port}": len(other.seen),
    }
    assert sample(config)["completions"] == 0


def test_each_server_keeps_to_limits_of_its_own(
    teacher: TeacherServer, other: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=100, k=1)
    edit(
        config,
        base_url=[{"url": teacher.url, "limits": {"concurrency": 1}}, {"url": other.url, "limits": {"concurrency": 6}}],
    )
    teacher.delay = other.delay = 0.05
    sample(config)
    assert teacher.accounts.peak_in_flight == 1
    assert other.accounts.peak_in_flight == 6


def test_a_server_that_is_down_does_not_hold_up_the_other(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=10, k=2)
    edit(config, base_url=[{"url": "http://127.0.0.1:9/v1"}, {"url": teacher.url}])
    assert sample(config)["completions"] == 20
    assert len(teacher.seen) == 20


def test_a_sample_does_not_spend_its_attempts_on_a_server_that_is_down(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=100, k=1)
    down = {"url": "http://127.0.0.1:9/v1"}
    edit(
        config,
        base_url=[{**down, "limits": {"concurrency": 1}}, {"url": teacher.url, "limits": {"concurrency": 100}}],
        retries={"max_attempts": 2, "max_wait_s": 0.01},
    )
    assert sample(config)["completions"] == 100


def test_the_gate_judges_every_server(teacher: TeacherServer, project: Project, edit: Edit, sample: Sample) -> None:
    config = project(teacher.url, problems=1)
    edit(config, base_url=[{"url": teacher.url}, {"url": "https://models.example.com/v1"}])
    with pytest.raises(PolicyRefused, match=r"models\.example\.com"):
        sample(config)
    assert teacher.seen == []


def test_one_request_asks_for_several_completions(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=3, k=5)
    edit(config, sampling={"k": 5, "n": 4, "max_tokens": 64})
    assert sample(config)["completions"] == 15
    assert [seen.body.get("n") for seen in teacher.seen].count(4) == 3
    assert len(teacher.seen) == 6, "four of each problem together, the fifth by itself"
    found = rows(
        config,
        """SELECT tokens_estimated AS guessed, count(*) AS n, sum(completion_tokens) AS tokens,
        sum(prompt_tokens) AS prompt FROM traces GROUP BY 1 ORDER BY 1""",
    )
    assert found == [
        {"guessed": False, "n": 3, "tokens": 3 * 20, "prompt": 3 * 40},
        {"guessed": True, "n": 12, "tokens": 12 * 20, "prompt": 3 * 40},
    ], "the prompt of a request is charged once"


def test_a_server_that_does_not_know_n_is_asked_one_by_one(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=4, k=4)
    edit(config, sampling={"k": 4, "n": 4, "max_tokens": 64}, limits={"concurrency": 4})
    teacher.takes_n = False
    assert sample(config)["completions"] == 16
    found = rows(config, "SELECT count(DISTINCT trace_id) AS n, bool_or(tokens_estimated) AS guessed FROM traces")
    assert found == [{"n": 16, "guessed": False}]
    assert len(teacher.seen) == 16, "every answer was used"


def test_a_server_that_refuses_n_is_asked_one_by_one(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=2, k=3)
    edit(config, sampling={"k": 3, "n": 3, "max_tokens": 64}, limits={"concurrency": 3})
    teacher.faults = [status(400, {"error": {"message": "n must be 1"}})]
    assert sample(config) | {"cost_usd": 0} == {
        "wanted": 6, "completions": 6, "failed": 0, "saved": 0, "cost_usd": 0, "errors": {}, "targets": {},
    }  # fmt: skip


def test_concurrency_counts_completions(teacher: TeacherServer, project: Project, edit: Edit, sample: Sample) -> None:
    config = project(teacher.url, problems=12, k=4)
    edit(config, sampling={"k": 4, "n": 4, "max_tokens": 64}, limits={"concurrency": 8})
    teacher.delay = 0.05
    sample(config)
    assert teacher.accounts.peak_in_flight == 2, "two requests for four each"


def test_the_system_prompt_goes_before_the_prompts_own(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=1)
    sample(config)
    edit(config, system="Answer like a pirate.")
    assert sample(config)["completions"] == 1, "another system prompt is another trace"
    (plain, piratical) = (seen.body["messages"] for seen in teacher.seen)
    assert [turn["role"] for turn in piratical] == [turn["role"] for turn in plain]
    assert piratical[0]["content"] == f"Answer like a pirate.\n\n{plain[0]['content']}"


def test_a_pause_before_a_retry_does_not_hold_up_first_attempts(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=60, k=1)
    edit(config, limits={"concurrency": 2}, retries={"max_attempts": 3, "max_wait_s": 5})
    teacher.faults = [status(429, "later", retry_after="1.5"), status(429, "later", retry_after="1.5")]
    teacher.delay = 0.01
    sample(config)
    arrivals = [seen.at - teacher.seen[0].at for seen in teacher.seen]
    assert len([at for at in arrivals if at < 1.4]) == 60, "all others were asked while two waited"
    assert len([at for at in arrivals if at >= 1.4]) == 2


def test_an_outage_costs_no_sample(teacher: TeacherServer, project: Project, edit: Edit, sample: Sample) -> None:
    """Samples do not use up their attempts on a server that answers nobody."""
    config = project(teacher.url, problems=100, k=1)
    edit(config, limits={"concurrency": 16}, retries={"max_attempts": 12, "max_wait_s": 0.5})
    started = time.monotonic()

    async def fail(request: Any, body: dict[str, Any]) -> Any:
        return await status(503, "restarting")(request, body) if time.monotonic() - started < 1.5 else None

    teacher.faults = [fail] * 400
    result = sample(config)
    assert (result["completions"], result["failed"]) == (100, 0)
    assert len([seen for seen in teacher.seen if seen.at - started < 1.5]) < 40, "it was left alone meanwhile"


def test_a_teacher_that_stays_down_is_given_up(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=100, k=1)
    edit(config, limits={"concurrency": 16}, retries={"max_attempts": 3, "max_wait_s": 0.05})
    teacher.faults = [reset] * 10_000
    with pytest.raises(TeacherUnavailable, match="refuses everything"):
        sample(config)
    assert len(teacher.seen) < 100
    teacher.faults.clear()
    assert sample(config, retry_failed=True)["failed"] == 0
    assert rows(config, "SELECT count(*) AS n FROM outcomes WHERE outcome = 'pending'") == [{"n": 100}]


def test_the_window_follows_what_the_server_bears(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=600, k=1)
    edit(config, limits={"concurrency": 256}, retries={"max_attempts": 10, "max_wait_s": 0.2})
    teacher.limits.concurrency = 20
    teacher.delay = 0.02
    assert sample(config)["completions"] == 600
    assert teacher.accounts.refused < 120


@pytest.mark.parametrize("wait", ["1.2", "date", "ms"])
def test_every_form_of_retry_after_is_honoured(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample, wait: str
) -> None:
    import email.utils

    headers = {
        "1.2": lambda: {"retry_after": "1.2"},
        "ms": lambda: {"retry_after_ms": "1200"},
        # A date holds whole seconds: a wait until two seconds from now is one of more than one.
        "date": lambda: {"retry_after": email.utils.formatdate(time.time() + 2.2, usegmt=True)},
    }[wait]

    async def refuse(request: Any, body: dict[str, Any]) -> Any:
        return await status(429, "slow down", **headers())(request, body)

    config = project(teacher.url, problems=1, k=1)
    teacher.faults = [refuse]
    sample(config)
    assert teacher.seen[1].at - teacher.seen[0].at > 1.1


def test_an_unclosed_think_block_is_an_incomplete_trace_that_is_not_asked_again(
    teacher: TeacherServer, project: Project, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=1)
    teacher.answer = lambda body: {"content": "<think>I go on and on"}
    assert sample(config)["completions"] == 1
    teacher.answer = solve
    assert sample(config)["completions"] == 0
    assert rows(config, "SELECT incomplete, finish_reason FROM traces") == [
        {"incomplete": "unclosed_think", "finish_reason": "stop"}
    ]


def test_more_requests_in_flight_than_files_are_allowed_by_default(
    teacher: TeacherServer, project: Project, edit: Edit
) -> None:
    config = project(teacher.url, problems=600, k=1)
    edit(config, limits={"concurrency": 200})
    teacher.delay = 0.3
    command = f'ulimit -Sn 100; exec "{sys.executable}" -m tracestill generate -c "{config}"'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert teacher.accounts.peak_in_flight > 100


def test_limits_that_the_system_cannot_bear_are_named(teacher: TeacherServer, project: Project, edit: Edit) -> None:
    config = project(teacher.url, problems=1, k=1)
    edit(config, limits={"concurrency": 5000})
    command = f'ulimit -n 1000; exec "{sys.executable}" -m tracestill generate -c "{config}"'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "the limits need 5256 open files together, the system allows 1000" in done.stderr
    assert teacher.seen == []


def test_samples_take_the_system_turns_of_a_prompt_by_turns(
    project: Callable[..., Path],
    teacher: TeacherServer,
    sample: Callable[..., dict[str, Any]],
    edit: Callable[..., None],
):
    config = project(teacher.url, problems=1, k=7)
    edit(config, prompts={"math": "math-explained"}, sampling={"k": 7, "n": 4, "max_tokens": 64})
    sample(config)
    asked = [(seen.body["messages"][0]["content"], seen.body.get("n", 1)) for seen in teacher.seen]
    assert sorted(count for _, count in asked) == [1, 1, 1, 2, 2]
    assert len({system for system, _ in asked}) == 5
    found = rows(
        config, "SELECT count(DISTINCT trace_id) AS traces, count(DISTINCT sample_index) AS samples FROM traces"
    )
    assert found == [{"traces": 7, "samples": 7}]
