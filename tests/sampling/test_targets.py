"""Targets over the wire: what is bought until a domain has the accepted traces that are wanted, and no further."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from reading import rows
from teacher_server import TeacherServer, solve
from tracestill.pipeline.errors import BudgetReached

Run = Callable[..., subprocess.CompletedProcess[str]]
Sample = Callable[..., dict[str, Any]]
Project = Callable[..., Path]
Edit = Callable[..., None]

VERIFY = {"workers": 1, "math": {"math-answer": {}}}


def wanting(accepted: int, k_max: int | None = None) -> dict[str, Any]:
    return {"accepted_per_domain": {"math": accepted}, "k_max": k_max}


def every(turn: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Right at every so many-th sample of a problem, wrong else."""
    asked: Counter[str] = Counter()

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        prompt = body["messages"][-1]["content"]
        asked[prompt] += 1
        return solve(body) if asked[prompt] % turn == 0 else {"content": "So it is \\boxed{-1}."}

    return answer


def asked_by_problem(teacher: TeacherServer) -> Counter[str]:
    prompts = (seen.body["messages"][-1]["content"] for seen in teacher.seen)
    return Counter(re.search(r"What is \d+", prompt)[0] for prompt in prompts)  # type: ignore[index]


def accepted(config: Path) -> int:
    return rows(config, "SELECT count(*) AS n FROM outcomes WHERE outcome = 'accepted'")[0]["n"]


def test_no_more_is_bought_than_the_target_needs(teacher: TeacherServer, project: Project, sample: Sample) -> None:
    config = project(teacher.url, problems=40, k=4, verify=VERIFY, targets=wanting(10))
    result = sample(config)
    assert len(teacher.seen) == result["completions"] == accepted(config) == 10, "the teacher is always right"
    assert result["targets"] == {"math": {"wanted": 10, "accepted": 10, "judged": 10}}
    assert sample(config)["completions"] == 0, "what is reached is not bought again"
    assert sample(config, "targets.accepted_per_domain.math=12")["completions"] == 2


def test_a_teacher_that_errs_is_asked_until_the_target_is_reached(
    teacher: TeacherServer, project: Project, sample: Sample
) -> None:
    config = project(teacher.url, problems=60, k=8, verify=VERIFY, targets=wanting(50))
    teacher.answer = every(4)
    sample(config)
    assert 50 <= accepted(config) < 80
    assert len(teacher.seen) < 60 * 8, "the rest is not bought"


def test_new_problems_come_before_further_samples(teacher: TeacherServer, project: Project, sample: Sample) -> None:
    config = project(teacher.url, problems=10, k=2, verify=VERIFY, targets=wanting(12, k_max=8))
    teacher.answer = every(2)
    sample(config)
    counts = asked_by_problem(teacher)
    assert len(counts) == 10
    assert min(counts.values()) >= 2
    assert max(counts.values()) - min(counts.values()) <= 2, "further samples are spread evenly"
    assert accepted(config) >= 12
    indices = rows(config, "SELECT max(sample_index) AS last, bool_and(described) AS described FROM outcomes")
    assert indices[0]["described"], "what was bought for a target counts"
    assert indices[0]["last"] >= 2


def test_k_max_bounds_what_is_asked_and_the_run_says_what_is_lacking(
    teacher: TeacherServer, project: Project, tracestill: Run
) -> None:
    config = project(teacher.url, problems=3, k=2, verify=VERIFY, targets=wanting(50, k_max=5))
    done = tracestill("generate", "-c", config, "--output", "json")
    assert done.returncode == 0, done.stderr
    assert set(asked_by_problem(teacher).values()) == {5}
    assert "warning: targets.accepted_per_domain.math: 15 of 50" in done.stderr
    assert "raise targets.k_max" in done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["targets"]["math"] == {"wanted": 50, "accepted": 15, "judged": 15}


def test_without_k_max_every_problem_gets_its_k_and_no_more(
    teacher: TeacherServer, project: Project, sample: Sample
) -> None:
    config = project(teacher.url, problems=3, k=2, verify=VERIFY, targets=wanting(50))
    sample(config)
    assert set(asked_by_problem(teacher).values()) == {2}


def test_it_ends_with_a_teacher_that_is_never_right(teacher: TeacherServer, project: Project, sample: Sample) -> None:
    config = project(teacher.url, problems=5, k=2, verify=VERIFY, targets=wanting(3, k_max=4))
    teacher.answer = lambda body: {"content": "So it is \\boxed{-1}."}
    assert sample(config)["completions"] == 20
    assert sample(config)["completions"] == 0


def test_adaptive_k_and_targets_go_together(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=20, verify=VERIFY, targets=wanting(6))
    edit(config, sampling={"k": 8, "stop_after": 1, "max_tokens": 64})
    teacher.answer = every(3)
    sample(config)
    assert accepted(config) >= 6
    assert max(asked_by_problem(teacher).values()) <= 3, "a problem that is solved is asked no more"


def test_a_domain_without_a_target_gets_its_k(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=20, k=2, verify=VERIFY, targets=wanting(5))
    lines = (config.parent / "problems.jsonl").read_text()
    lines += '{"id": "o1", "domain": "open", "prompt": "What is 1 + 1?"}\n'
    (config.parent / "problems.jsonl").write_text(lines)
    edit(config, prompts={"math": "math-cot", "open": "open-cot"})
    result = sample(config)
    assert result["completions"] == 5 + 2
    assert sample(config)["completions"] == 0


def test_a_budget_stops_it_and_a_higher_one_goes_on(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=20, k=2, verify=VERIFY, targets=wanting(15))
    edit(config, price={"input_per_mtok": 1000, "output_per_mtok": 1000})
    with pytest.raises(BudgetReached):
        sample(config, "budget.max_usd=1")
    bought = len(teacher.seen)
    assert 0 < bought < 15
    sample(config, "budget.max_usd=100")
    assert accepted(config) == 15
    assert len(teacher.seen) == 15, "nothing was bought twice"


def test_two_teachers_share_a_target(teacher: TeacherServer, project: Project, sample: Sample) -> None:
    config = project(teacher.url, problems=20, k=2, verify=VERIFY, targets=wanting(12))
    first = yaml.safe_load(config.read_text())["teachers"][0]
    result = sample(config, f"teachers={json.dumps([first, first | {'id': 'other'}])}")
    assert result["completions"] == 12
    by_teacher = rows(config, "SELECT teacher_id, count(*) AS n FROM traces GROUP BY ALL ORDER BY ALL")
    assert by_teacher == [{"teacher_id": "local", "n": 6}, {"teacher_id": "other", "n": 6}]


def test_batches_are_refused(project: Project, tracestill: Run) -> None:
    config = project(targets=wanting(5))
    done = tracestill("generate", "-c", config, "--batch")
    assert done.returncode == 2
    assert "leave out --batch, or the targets" in done.stderr


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ({"accepted_per_domain": {"code": 5}}, "targets.accepted_per_domain.code: no teacher has a prompt"),
        ({"accepted_per_domain": {"math": 5}, "k_max": 1}, "targets.k_max is 1, less than a teacher's k (2)"),
        ({"accepted_per_domain": {}}, "targets.accepted_per_domain"),
    ],
)
def test_a_target_that_cannot_be_reached_is_refused(
    project: Project, tracestill: Run, targets: dict[str, Any], message: str
) -> None:
    done = tracestill("plan", "-c", project(targets=targets))
    assert done.returncode == 2
    assert message in done.stderr


def test_the_plan_counts_what_a_target_lacks(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    config = project(teacher.url, problems=40, k=4, verify=VERIFY, targets=wanting(10))
    need = json.loads(tracestill("plan", "-c", config, "--output", "json").stdout)["needs"][0]
    assert need["missing"] == 160
    assert (need["samples"]["low"], need["samples"]["high"]) == (10, 160)
    assert tracestill("generate", "-c", config).returncode == 0
    need = json.loads(tracestill("plan", "-c", config, "--output", "json").stdout)["needs"][0]
    assert need["samples"] == {"low": 0, "expected": 0, "high": 0}
