"""Adaptive k over the wire: a problem is asked until enough of its traces were accepted, and no further."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from reading import rows
from teacher_server import TeacherServer, solve, status
from tracestill.verifiers.pool import JudgePool

Run = Callable[..., subprocess.CompletedProcess[str]]
Sample = Callable[..., dict[str, Any]]
Project = Callable[..., Path]
Edit = Callable[..., None]

VERIFY = {"workers": 1, "math": {"math-answer": {}}}


def right_at(*turns: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Answers each problem wrongly but for the given ones of its samples, counted from 1."""
    asked: Counter[str] = Counter()

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        prompt = body["messages"][-1]["content"]
        asked[prompt] += 1
        return solve(body) if asked[prompt] in turns else {"content": "So it is \\boxed{-1}."}

    return answer


def asked_by_problem(teacher: TeacherServer) -> Counter[str]:
    prompts = (seen.body["messages"][-1]["content"] for seen in teacher.seen)
    return Counter(re.search(r"What is \d+", prompt)[0] for prompt in prompts)  # type: ignore[index]


def test_it_stops_once_enough_were_accepted(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=6, verify=VERIFY)
    edit(config, sampling={"k": 16, "stop_after": 2, "max_tokens": 64})
    teacher.answer = right_at(3, 5)
    result = sample(config)
    assert set(asked_by_problem(teacher).values()) == {5}
    assert (result["completions"], result["saved"]) == (30, 66)
    outcomes = rows(config, "SELECT outcome, count(*) AS n FROM outcomes GROUP BY ALL ORDER BY ALL")
    assert outcomes == [{"outcome": "accepted", "n": 12}, {"outcome": "rejected", "n": 18}]
    again = sample(config)
    assert (again["completions"], again["saved"]) == (0, 66)


def test_the_report_says_what_it_saved_and_gives_the_pass_rate_without_bias(
    teacher: TeacherServer, project: Project, edit: Edit, tracestill: Run
) -> None:
    config = project(teacher.url, problems=6, verify=VERIFY)
    edit(config, sampling={"k": 16, "stop_after": 2, "max_tokens": 64})
    teacher.answer = right_at(3, 5)
    done = tracestill("run", "-c", config)
    assert done.returncode == 0, done.stderr
    report = (config.parent / "ws" / "reports" / "report.md").read_text()
    assert "| local | 2 of 16 | 6 | 6 | 30 | 66 | 68.8% | 25.0% |" in report, "(2 - 1) / (5 - 1) of each problem"
    assert "pass@16" not in report


def test_a_problem_that_is_never_solved_gets_its_k(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=3, verify=VERIFY)
    edit(config, sampling={"k": 7, "stop_after": 1, "max_tokens": 64})
    teacher.answer = right_at()
    result = sample(config)
    assert (result["completions"], result["saved"]) == (21, 0)


def test_samples_in_flight_never_exceed_what_is_needed(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, verify=VERIFY)
    edit(config, sampling={"k": 12, "stop_after": 3, "max_tokens": 64}, limits={"concurrency": 12})
    teacher.answer = right_at(2, 4, 6)
    teacher.delay = 0.05
    sample(config)
    assert teacher.accounts.peak_in_flight == 3
    assert len(teacher.seen) == 6


def test_a_failed_sample_is_made_up_for(teacher: TeacherServer, project: Project, edit: Edit, sample: Sample) -> None:
    config = project(teacher.url, problems=1, verify=VERIFY, max_failed_share=1.0)
    edit(config, sampling={"k": 5, "stop_after": 2, "max_tokens": 64})
    teacher.faults = [status(400, "context length exceeded")]
    result = sample(config)
    assert (result["completions"], result["failed"], result["saved"]) == (2, 1, 2)


def test_raising_the_number_buys_only_what_is_lacking(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=2, verify=VERIFY)
    edit(config, sampling={"k": 8, "stop_after": 1, "max_tokens": 64})
    teacher.answer = right_at(2, 3)
    assert sample(config)["completions"] == 4
    edit(config, sampling={"k": 8, "stop_after": 2, "max_tokens": 64})
    assert sample(config)["completions"] == 2
    edit(config, sampling={"k": 8, "max_tokens": 64})
    assert sample(config)["completions"] == 10, "without a stop, all k"


def test_traces_that_a_killed_run_left_unjudged_are_judged_before_more_are_bought(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=4, k=2, verify=VERIFY)
    assert sample(config)["completions"] == 8, "nothing is judged yet"
    edit(config, sampling={"k": 9, "stop_after": 2, "max_tokens": 64})
    assert sample(config)["completions"] == 0


def test_sampling_does_not_wait_for_verdicts_of_other_problems(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = project(teacher.url, problems=16, verify=VERIFY)
    edit(config, sampling={"k": 2, "stop_after": 1, "max_tokens": 64}, limits={"concurrency": 4})
    submit, told = JudgePool.submit, []

    def late(pool: JudgePool, tasks: Any) -> Future[Any]:
        verdicts, answer = submit(pool, tasks), Future[Any]()

        def tell() -> None:
            told.append(time.monotonic())
            answer.set_result(verdicts.result())

        threading.Timer(3, tell).start()
        return answer

    monkeypatch.setattr(JudgePool, "submit", late)
    sample(config)
    assert len(teacher.seen) == 16
    # Eight problems may wait for verdicts at four in flight; those were all asked before the first verdict came.
    assert len([seen for seen in teacher.seen if seen.at < min(told)]) == 8


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_pursuit_goes_on_where_it_was(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample, number: int
) -> None:
    config = project(teacher.url, problems=12, verify=VERIFY)
    edit(config, sampling={"k": 6, "stop_after": 1, "max_tokens": 64})
    teacher.answer = right_at(*range(3, 30))
    teacher.delay = 0.05
    run = subprocess.Popen(
        [sys.executable, "-m", "tracestill", "generate", "-c", str(config)], stderr=subprocess.DEVNULL, env=os.environ
    )
    end = time.monotonic() + 60
    while len(teacher.seen) < 15 and time.monotonic() < end:
        time.sleep(0.02)
    run.send_signal(number)
    assert run.wait(60) == (130 if number == signal.SIGINT else -signal.SIGKILL)
    sample(config)
    asked = sum(teacher.billed.values())
    kept = rows(config, "SELECT count(*) AS n FROM traces")[0]["n"]
    accepted = rows(config, "SELECT count(*) AS n FROM outcomes WHERE outcome = 'accepted'")[0]["n"]
    assert accepted == 12
    lost = asked - kept
    assert lost <= (4 if number == signal.SIGKILL else 0), "at most what was in flight is bought again"
    assert kept <= 36, "two wrong ones and a right one of each problem"
