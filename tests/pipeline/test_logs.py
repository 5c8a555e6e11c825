"""What is told on standard error, for a person and for a machine, by real processes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from teacher_server import TeacherServer

Run = Callable[..., subprocess.CompletedProcess[str]]
Project = Callable[..., Path]


def test_every_line_is_an_object_with_the_runs_id(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    config = project(teacher.url, targets={"accepted_per_domain": {"math": 50}})
    done = tracestill("--log-format", "json", "run", "-c", config)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert len({line["run_id"] for line in lines}) == 1
    assert {"timestamp", "level", "event"} <= set.intersection(*(set(line) for line in lines))
    sampled = [line for line in lines if line.get("stage") == "generate" and line["unit"] == "samples"]
    assert (sampled[-1]["done"], sampled[-1]["total"]) == (6, 6)
    assert sampled[-1]["facts"]["tokens"] > 0
    assert [line["event"][:38] for line in lines if line["level"] == "warning"] == [
        "targets.accepted_per_domain.math: 6 of"
    ]


def test_the_variable_does_the_same_and_an_error_carries_its_exit_code(project: Project, tracestill: Run) -> None:
    done = tracestill("run", "-c", project().with_name("none.yaml"), TRACESTILL_LOG_FORMAT="json")
    assert done.returncode == 2
    (line,) = map(json.loads, done.stderr.splitlines())
    assert (line["level"], line["exit_code"]) == ("error", 2)
    assert "there is no such file" in line["event"]


def test_a_person_reads_sentences(project: Project, tracestill: Run) -> None:
    done = tracestill("run", "-c", project().with_name("none.yaml"))
    assert done.stderr.startswith("error: ")
    assert "timestamp" not in done.stderr
