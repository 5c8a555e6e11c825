"""The pool with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tracestill.pipeline.config_verify import Verify
from tracestill.pipeline.records import Problem
from tracestill.verifiers.base import Candidate
from tracestill.verifiers.pool import CHUNK, Task, judge_all

ENDLESS = """
import itertools, sys
from tracestill.pipeline.config_verify import Verify
from tracestill.pipeline.records import Problem
from tracestill.verifiers.base import Candidate
from tracestill.verifiers.pool import Task, judge_all

def tasks():
    for number in itertools.count():
        problem = Problem(problem_id="p", domain="math", prompt="What is the root of 8?", answer="2\\\\sqrt{2}")
        fields = {"reasoning": None, "response": "It is simply \\\\boxed{\\\\sqrt{8}} here.", "finish_reason": "stop"}
        yield Task(problem, Candidate(trace_id=str(number), **fields), {})

if __name__ == "__main__":
    for number, _ in enumerate(judge_all(Verify(workers=2), tasks())):
        if number == 100:
            print("under way", flush=True)
"""


def task(number: int) -> Task:
    problem = Problem(problem_id=f"p{number}", domain="math", prompt="How many?", answer=str(number))
    given = number if number % 3 else number + 1
    candidate = Candidate(
        trace_id=f"t{number}", reasoning=None, response=f"That makes \\boxed{{{given}}}", finish_reason="stop"
    )
    return Task(problem, candidate, {})


@pytest.mark.parametrize("workers", [1, 2])
def test_findings_come_in_the_order_of_the_tasks(workers):
    tasks = [task(number) for number in range(CHUNK * 5 + 7)]
    judged = list(judge_all(Verify(workers=workers), iter(tasks)))
    assert [done.candidate.trace_id for done, _ in judged] == [one.candidate.trace_id for one in tasks]
    outcomes = [findings[-1].finding.outcome for _, findings in judged]
    assert outcomes == ["pass" if number % 3 else "fail" for number in range(len(tasks))]


def test_nothing_to_do_starts_nothing():
    assert list(judge_all(Verify(workers=2), iter(()))) == []


def test_closing_it_early_ends_the_workers():
    judged = judge_all(Verify(workers=2), map(task, range(100_000)))
    next(judged)
    pool = {pid for pid in _descendants(os.getpid()) if "multiprocessing.forkserver" in _command(pid)}
    judged.close()
    forkserver = min(pool)
    assert _wait_until(lambda: not _descendants(forkserver))


def test_a_killed_parent_leaves_no_process(tmp_path):
    script = tmp_path / "endless.py"
    script.write_text(ENDLESS)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"under way\n"
        children = _descendants(parent.pid)
        assert sum("multiprocessing.forkserver" in _command(pid) for pid in children) >= 2
        parent.send_signal(signal.SIGKILL)
    assert _wait_until(lambda: not any(_runs(pid) for pid in children))


def _descendants(pid: int) -> set[int]:
    found: set[int] = set()
    for task_children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task_children.read_text().split()):
            found |= {child} | _descendants(child)
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _wait_until(condition: object, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False
