"""A measurement from the configuration to its result, with models behind a server that does what is planted."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from evaluation_project import change, run, served, train_again
from reading import rows
from teacher_server import TeacherServer, solve
from tracestill.pipeline.errors import BudgetReached, ConfigError, PolicyRefused, PreflightRefused
from tracestill.pipeline.evaluating.results import Evaluated, Score, Slice
from tracestill.pipeline.statistics import pass_at_k

Project = Callable[..., Path]
Answers = dict[str, dict[int, list[str]]]
"""By model and by the number of a problem: what it answers, in turn."""

REFUSAL = "I'm sorry, but I can't help with that."


class Voice:
    """Answers each problem as it is told to; the number in the problem says which it is."""

    def __init__(self, planted: Callable[[str, int], list[str]]) -> None:
        self._planted = planted
        self._asked: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()
        self.models: Counter[str] = Counter()

    def __call__(self, body: dict[str, Any]) -> dict[str, Any]:
        number = int((re.findall(r"\d+", body["messages"][-1]["content"]) or ["-1"])[0])
        with self._lock:
            self.models[body["model"]] += 1
            place = self._asked[body["model"], number]
            self._asked[body["model"], number] += 1
        answers = self._planted(body["model"], number)
        answer = answers[place % len(answers)]
        if answer == "cut":
            return {"content": "First I", "finish_reason": "length", "completion_tokens": 64}
        return {"content": answer, "completion_tokens": 10}


def boxed(*answers: object) -> list[str]:
    return [f"So it is \\boxed{{{answer}}}." for answer in answers]


def planted(model: str, number: int) -> list[str]:
    """The base is right once in four, the student mostly, and its majority is right but for one problem."""
    right = number + 100
    if model == "plain":
        return [*boxed(right, 1, 2), "cut"]
    if model == "tuned":
        return boxed(7, f"{7}.0", 7, right) if number == 0 else boxed(right, f"\\frac{{{2 * right}}}{{2}}", right, 1)
    return boxed(right)


def score(result: Evaluated, name: str) -> Score:
    return next(one for one in result.scores if one.contestant == name)


def of(result: Evaluated, by: str) -> dict[str, Slice]:
    return {one.name: one for one in result.slices if one.by == by}


def test_what_is_planted_is_what_is_measured(measured: Project, teacher: TeacherServer) -> None:
    teacher.answer = Voice(planted)
    config = measured(teachers=["local"])
    result = run(config)
    base, student, local = (score(result, name) for name in ("base", "student", "local"))
    assert [(one.contestant, one.problems, one.samples) for one in result.scores] == [
        ("base", 8, 32), ("student", 8, 32), ("local", 8, 32),
    ]  # fmt: skip
    assert (base.pass_at_1.value, student.pass_at_1.value, local.pass_at_1.value) == (0.25, (7 * 0.75 + 0.25) / 8, 1.0)
    assert student.pass_at["2"].value == pytest.approx((7 * pass_at_k(4, 3, 2) + pass_at_k(4, 1, 2)) / 8)
    assert list(student.pass_at) == ["1", "2", "4"]
    assert (base.truncation_rate, student.truncation_rate) == (0.25, 0.0)
    assert (base.median_tokens, base.mean_tokens) == (10.0, 23.5)
    assert base.maj_at is not None
    assert student.maj_at is not None
    assert student.maj_at["1"].value == pytest.approx(student.pass_at_1.value)
    # Three answers with a vote each: the lot decides. The student's spellings of one number are one answer.
    assert base.maj_at["4"].value == pytest.approx(1 / 3)
    assert student.maj_at["4"].value == pytest.approx(7 / 8)
    assert student.calibration is not None
    assert [(one.problems, one.share, one.right) for one in student.calibration.bins] == [(8, 0.75, 7 / 8)]
    assert student.calibration.error == pytest.approx(1 / 8)
    gain = next(one for one in result.gains if one.against == "base")
    assert gain.pass_at_1.value == pytest.approx(student.pass_at_1.value - 0.25)
    # Seven problems for the student, one without a difference: two of 2^7 flips are as extreme.
    assert gain.p_value == pytest.approx(2 / 2**7)
    (recovery,) = result.recovery
    assert recovery.teacher == "local"
    assert recovery.retention is not None
    assert recovery.recovered is not None
    assert recovery.retention.value == pytest.approx(student.pass_at_1.value)
    assert recovery.recovered.value == pytest.approx((student.pass_at_1.value - 0.25) / 0.75)
    assert json.loads((config.parent / "ws/reports/evaluation.json").read_bytes())["scores"][0]["contestant"] == "base"


def test_a_teacher_that_leads_by_nothing_leaves_the_recovered_gap_undefined(
    measured: Project, teacher: TeacherServer
) -> None:
    teacher.answer = Voice(lambda model, number: boxed(number + 100, 1))
    (recovery,) = run(measured(teachers=["local"])).recovery
    assert recovery.recovered is None
    assert recovery.retention is not None
    assert recovery.retention.value == 1.0
    teacher.answer = Voice(lambda model, number: boxed(1))


def test_samples_are_bought_once_and_a_new_student_is_asked_anew(measured: Project, teacher: TeacherServer) -> None:
    teacher.answer = voice = Voice(planted)
    config = measured()
    first = run(config)
    assert voice.models == {"plain": 32, "tuned": 32}
    assert run(config) == first
    assert voice.models == {"plain": 32, "tuned": 32}
    train_again(config, "student-2")
    assert run(config).train_id == "student-2"
    assert voice.models == {"plain": 32, "tuned": 64}, "the same name at the server is another student"
    stored = rows(config, "SELECT purpose, teacher_id, count(*) AS n FROM traces GROUP BY ALL ORDER BY ALL")
    assert [(row["purpose"], row["teacher_id"], row["n"]) for row in stored] == [
        ("eval", "base", 32), ("eval", "student", 64),
    ]  # fmt: skip


def test_a_limit_takes_the_same_problems_and_a_larger_one_adds_to_them(
    measured: Project, teacher: TeacherServer
) -> None:
    teacher.answer = voice = Voice(planted)
    config = measured()
    few = run(config, limit=3)
    assert few.limit == 3
    assert [(one.name, one.problems, one.measured) for one in few.sets] == [("held-out", 8, 3)]
    assert voice.models == {"plain": 12, "tuned": 12}
    more = run(config, limit=5)
    assert voice.models == {"plain": 20, "tuned": 20}
    assert score(more, "base").problems == 5
    assert run(config, limit=3) == few, "what more was measured does not count"


def test_the_command_says_what_it_measured(
    measured: Project, teacher: TeacherServer, tracestill: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    teacher.answer = lambda body: {"content": None if body["model"] == "tuned" else "\\boxed{1}"}
    config = measured(k=1)
    run(config, limit=2)
    teacher.answer = lambda body: {"content": solve(body)["content"]}
    done = tracestill("evaluate", "-c", config, "--limit", "2", "--retry-failed", "--output", "json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["stage"], result["limit"], result["sets"][0]["measured"]) == ("evaluate", 2, 2)
    assert [(one["contestant"], one["pass_at_1"]["value"]) for one in result["scores"]] == [("base", 0), ("student", 1)]


def test_domains_difficulties_and_sets_are_told_apart(
    measured: Project, teacher: TeacherServer, tmp_path: Path
) -> None:
    hard = [{"id": f"x{n}", "prompt": f"What is {n} + 100?", "answer": str(n + 100), "difficulty": n} for n in (2, 10)]
    code = [
        {
            "id": "c1", "domain": "code", "prompt": "Write a function f7 that gives 107.",
            "tests": {"kind": "function", "entry_point": "f7", "cases": [{"args": [], "expected": 107}]},
        }
    ]  # fmt: skip
    (tmp_path / "more.jsonl").write_text("".join(json.dumps(line) + "\n" for line in hard + code))
    right = "```python\ndef f7():\n    return 107\n```"
    teacher.answer = Voice(
        lambda model, number: [right] if number == 7 and model == "tuned" else planted(model, number)
    )
    config = measured(k=2)
    both = yaml.safe_load(config.read_text())["evaluate"]["problems"]
    change(config, problems=[*both, {"path": "more.jsonl", "source": "more", "license": "own", "split": "test"}])
    lines = [{"id": f"h{n}", "prompt": f"What is {n} + 100?", "answer": str(n + 100)} for n in range(3)]
    (tmp_path / "held_out.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = run(config)
    assert {name: one.problems for name, one in of(result, "set").items()} == {"held-out": 3, "more": 3}
    assert {name: one.problems for name, one in of(result, "domain").items()} == {"code": 1, "math": 5}
    assert list(of(result, "difficulty")) == ["2", "10"]
    assert of(result, "domain")["code"].gain.pass_at_1.value == 1.0
    student = score(result, "student")
    assert student.voted == 5, "programs have no majority"
    assert student.prompts == {"math": "math-cot", "code": "code-cot"}


def test_a_budget_holds_for_a_measurement(measured: Project, teacher: TeacherServer) -> None:
    teacher.answer = voice = Voice(planted)
    config = measured()
    models = yaml.safe_load(config.read_text())["evaluate"]["models"]
    price = {"input_per_mtok": 0, "output_per_mtok": 1000}
    change(config, models=[one | {"price": price} for one in models])
    with pytest.raises(BudgetReached):
        run(config, "budget.max_usd=0.5")
    assert 0 < voice.models.total() < 64
    assert not (config.parent / "ws/reports/evaluation.json").exists()
    # What was bought is not bought again. 48 cheap samples at 0.01 and 8 cut ones, at most 0.064.
    result = run(config, "budget.max_usd=5")
    assert voice.models.total() == 64
    assert score(result, "student").usd == pytest.approx(32 * 0.01)
    assert score(result, "base").usd == pytest.approx(24 * 0.01 + 8 * 0.064)


def test_no_contestant_is_asked_before_the_gate_has_allowed_all(measured: Project, teacher: TeacherServer) -> None:
    teacher.answer = voice = Voice(planted)
    config = measured()
    models = yaml.safe_load(config.read_text())["evaluate"]["models"]
    change(config, models=[*models, served(teacher, "stranger", "nobody/knows-this")])
    with pytest.raises(PolicyRefused, match="nobody/knows-this"):
        run(config)
    change(config, models=models)
    data = yaml.safe_load(config.read_text())
    data["use"]["purposes"] = ["commercial_use"]
    data["evaluate"]["problems"].append(
        {"path": "not-read-before.jsonl", "source": "bought", "license": "CC-BY-NC-4.0"}
    )
    config.write_text(yaml.safe_dump(data))
    with pytest.raises(PolicyRefused, match="bought"):
        run(config)
    data["evaluate"]["problems"].pop()
    config.write_text(yaml.safe_dump(data))
    line = {"id": "h9", "prompt": "What is 9 + 100?", "answer": "109", "source": "lent", "license": "CC-BY-NC-4.0"}
    with (config.parent / "held_out.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    with pytest.raises(PolicyRefused, match="lent"):
        run(config)
    assert voice.models.total() == 0


def test_a_choice_is_the_same_answer_with_its_text_and_without(
    measured: Project, teacher: TeacherServer, tmp_path: Path
) -> None:
    row = {"question": "Where is number 5?", "choices": ["Lima", "Rome", "Oslo"], "answer": 1}
    (tmp_path / "quiz.jsonl").write_text(json.dumps(row) + "\n")
    votes = ["\\boxed{B}", "The answer is (B) Rome.", "\\boxed{C}", "\\boxed{C. Oslo}"]
    teacher.answer = Voice(lambda model, number: votes)
    config = measured()
    change(config, problems=[{"path": "quiz.jsonl", "format": "multiple-choice", "source": "quiz", "license": "own"}])
    student = score(run(config), "student")
    assert student.pass_at_1.value == 0.5
    assert student.maj_at is not None
    assert student.maj_at["4"].value == 0.5, "two and two, not two against one and one"


def test_samples_that_failed_are_wrong_until_they_are_asked_for_again(
    measured: Project, teacher: TeacherServer
) -> None:
    teacher.answer = lambda body: {"content": None} if body["model"] == "tuned" else {"content": "\\boxed{1}"}
    config = measured()
    failed = score(run(config), "student")
    assert (failed.failed, failed.samples, failed.pass_at_1.value) == (32, 32, 0.0)
    teacher.answer = Voice(planted)
    assert score(run(config), "student").failed == 32
    mended = score(run(config, retry_failed=True), "student")
    assert (mended.failed, mended.samples) == (0, 32)
    assert mended.pass_at_1.value > 0.5


@pytest.mark.parametrize(
    ("evaluation", "message"),
    [
        ({"problems": []}, "nothing to measure on"),
        ({"teachers": ["nobody"]}, "evaluate.teachers: 'nobody' is no teacher of this file"),
        ({"teachers": ["local", "local"]}, "two contestants are called 'local'"),
        ({"contestants": [{"id": "student", "prompts": {}}]}, "'student' is always measured"),
        ({"models": [{"id": "student", "provider": "transformers", "model": "m"}]}, "is in this process anyway"),
        ({"models": [{"id": "local", "provider": "transformers", "model": "m"}]}, "name it under evaluate.teachers"),
        ({"benchmarks": ["gsm9k"]}, "gsm8k"),
    ],
)
def test_a_measurement_that_means_nothing_is_refused(measured: Project, evaluation: Any, message: str) -> None:
    config = measured()
    change(config, **evaluation)
    with pytest.raises(ConfigError, match=message):
        run(config)


def test_nothing_is_measured_before_something_is_trained(project: Project) -> None:
    config = project(
        train={"model": "HuggingFaceTB/SmolLM2-135M"},
        evaluate={"problems": [{"path": "problems.jsonl", "license": "own"}]},
    )
    with pytest.raises(PreflightRefused, match="train-sft"):
        run(config)
