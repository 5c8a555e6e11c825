"""Training and evaluation with a real trainer on a model that is tiny enough for a test."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from teacher_server import TeacherServer, solve
from tiny_model import DROPS_REASONING, NEVER_ENDS, make_tiny_model
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.errors import PreflightRefused
from tracestill.pipeline.stages.curate import curate
from tracestill.pipeline.stages.evaluate import evaluate
from tracestill.pipeline.stages.filter import filter_traces
from tracestill.pipeline.stages.generate import generate
from tracestill.pipeline.stages.train_sft import Trained, train_sft
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop
from training_project import training_project

pytest.importorskip("trl", reason="the train extra is not installed")
pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]
Project = Callable[..., Path]


def settle(config: Path) -> None:
    """Samples, verifies and curates in this process."""
    with start(open_plan(config, ()), Stop()) as job:
        generate(job)
        filter_traces(job)
        curate(job)


def result(done: subprocess.CompletedProcess[str], code: int = 0) -> dict[str, Any]:
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return make_tiny_model(tmp_path / "tiny")


def test_the_whole_river_ends_in_a_measured_student(
    teacher: TeacherServer, project: Project, tracestill: Run, model: Path, tmp_path: Path
) -> None:
    config = training_project(project, teacher, model)
    done = result(tracestill("run", "-c", config, "--output", "json"))
    trained = done["train-sft"]
    assert (trained["examples"], trained["steps"], trained["too_long"]) == (8, 8, 0)
    folder = tmp_path / "ws" / trained["adapter"]
    assert (folder / "adapter_model.safetensors").exists()
    assert json.loads((folder / "adapter_config.json").read_bytes())["base_model_name_or_path"] == str(model)
    assert "What binds it" in (folder / "README.md").read_text()
    _assert_that_it_answers_for_its_parents(config, folder, model, tracestill)
    scores = {score["contestant"]: score for score in done["evaluate"]["scores"]}
    assert {name: (score["problems"], score["samples"]) for name, score in scores.items()} == {
        "base": (3, 6), "student": (3, 6), "base-few-shot": (3, 6),
    }  # fmt: skip
    assert {(*score["hosts"], score["usd"], score["voted"]) for score in scores.values()} == {("in-process", 0.0, 3)}
    purposes = tracestill("query", "SELECT purpose, count(*) AS n FROM traces GROUP BY ALL ORDER BY ALL", "-c", config,
                          "--output", "json")  # fmt: skip
    assert result(purposes)["rows"] == [{"purpose": "eval", "n": 18}, {"purpose": "train", "n": 8}]
    assert "held-out problems, 2 samples each" in (tmp_path / "ws" / "reports" / "report.md").read_text()
    again = result(tracestill("run", "-c", config, "--output", "json"))
    assert again["train-sft"] == trained
    assert again["curate"]["examples"] == 8, "evaluation never reaches training"
    assert again["evaluate"] == done["evaluate"]
    sampled = result(tracestill("query", "SELECT count(*) AS n FROM traces", "-c", config, "--output", "json"))
    assert sampled["rows"] == [{"n": 26}]


def _assert_that_it_answers_for_its_parents(config: Path, folder: Path, model: Path, tracestill: Run) -> None:
    """A student that teaches in turn answers to the terms of what it was made from, without a word in the file."""
    student = {"id": "student", "provider": "transformers", "model": str(model), "adapter": str(folder)}
    data = yaml.safe_load(config.read_text()) | {"teachers": [student]}
    (other := config.with_name("second-generation.yaml")).write_text(yaml.safe_dump(data))
    decisions = result(tracestill("policies", "check", "-c", other, "--output", "json"))["decisions"]
    ruling = next(one for one in decisions if one["subject"] == "teacher:student")
    assert not ruling["blocked"]
    assert set(ruling["policies"]) == {"tiny", "smollm2", "own-data"}
    asked = result(tracestill("forget", "--teacher", "local", "-c", config, "--output", "json"))
    assert (asked["done"], asked["students"]) == (False, [folder.name])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_training_goes_on_from_its_checkpoint(
    teacher: TeacherServer, project: Project, model: Path, tmp_path: Path, number: int
) -> None:
    config = training_project(project, teacher, model, problems=20, epochs=3)
    settle(config)
    run = subprocess.Popen(
        [sys.executable, "-m", "tracestill", "train-sft", "-c", str(config)], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while not list((tmp_path / "ws" / "models").glob("*/checkpoints/checkpoint-*/trainer_state.json")):
        assert time.monotonic() < deadline
        assert run.poll() is None, run.communicate()
        time.sleep(0.01)
    run.send_signal(number)
    run.communicate(timeout=120)
    assert run.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
    assert not list((tmp_path / "ws" / "models").glob("*/training.json"))
    resumed = train(config)
    assert resumed.steps == 30
    assert [step for step, _ in curve(tmp_path, resumed)] == list(range(1, 31)), "one loss curve, no step twice"
    straight = train(config, "use.student.name=straight")
    for (_, mine), (_, other) in zip(curve(tmp_path, resumed), curve(tmp_path, straight), strict=True):
        assert mine == pytest.approx(other, rel=1e-3)


def train(config: Path, *sets: str) -> Trained:
    with start(open_plan(config, sets), Stop()) as job:
        return train_sft(job)


def curve(folder: Path, trained: Trained) -> list[tuple[int, float]]:
    log = json.loads((folder / "ws" / trained.adapter / "log.json").read_bytes())
    return [(entry["step"], entry["loss"]) for entry in log if "loss" in entry]


@pytest.mark.parametrize(
    ("template", "message"),
    [(DROPS_REASONING, "drops part of the answer"), (NEVER_ENDS, "never learn to stop")],
    ids=["reasoning dropped", "no end of turn"],
)
def test_a_template_that_teaches_the_wrong_thing_is_refused(
    teacher: TeacherServer, project: Project, tracestill: Run, tmp_path: Path, template: str, message: str
) -> None:
    config = training_project(project, teacher, make_tiny_model(tmp_path / "tiny", template), problems=2)
    teacher.answer = lambda body: {"reasoning": "I add them.", "content": solve(body)["content"]}
    settle(config)
    done = tracestill("train-sft", "-c", config)
    assert done.returncode == 3
    assert message in done.stderr


def test_what_is_too_long_is_left_out_and_counted_never_cut(
    teacher: TeacherServer, project: Project, model: Path
) -> None:
    config = training_project(project, teacher, model, problems=3, max_length=400)
    long = " ".join(f"Thought {number} leads to another." for number in "abcdefghijklmnop") + "\n"
    teacher.answer = lambda body: (
        solve(body) if "0 + 0" in body["messages"][-1]["content"] else {"content": long + solve(body)["content"]}
    )
    settle(config)
    trained = train(config)
    assert trained.examples + trained.too_long == 3
    assert trained.too_long == 2


def test_a_student_is_not_measured_on_what_it_was_trained_on(
    teacher: TeacherServer, project: Project, model: Path, tmp_path: Path
) -> None:
    config = training_project(project, teacher, model, problems=2)
    leak = {"id": "leak", "domain": "math", "prompt": " what IS $1 +  1$? ", "answer": "2", "split": "test"}
    (tmp_path / "held_out.jsonl").write_text(json.dumps(leak) + "\n")
    settle(config)
    train(config)
    with start(open_plan(config, ()), Stop()) as job, pytest.raises(PreflightRefused, match=r"some of them \(leak\)"):
        evaluate(job)


def test_an_unknown_base_model_is_refused_by_the_gate(
    teacher: TeacherServer, project: Project, tracestill: Run, model: Path
) -> None:
    config = training_project(project, teacher, model, problems=1)
    done = tracestill("run", "-c", config, "--set", "policy.terms=null")
    assert done.returncode == 3
    assert str(model) in done.stderr


def test_nothing_curated_is_nothing_trained(
    teacher: TeacherServer, project: Project, tracestill: Run, model: Path
) -> None:
    config = training_project(project, teacher, model, problems=1)
    done = tracestill("train-sft", "-c", config)
    assert done.returncode == 3
    assert "tracestill curate" in done.stderr
