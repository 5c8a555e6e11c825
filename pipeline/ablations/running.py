"""Trains and measures every arm of an ablation, as far as that has not been done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from ..config_evaluate import STUDENT
from ..evaluating.measuring import Measured, measure
from ..job import Job, Plan
from ..progress import Progress
from ..stages.train_sft import Trained, train_sft
from ..starting import start
from ..workspace import Workspace, replace_file, storage_errors
from .arms import Arm, make_workspace, measuring
from .form import Ablation
from .outlook import ArmOutlook, bounds, choose, outlook, share
from .page import page
from .results import Ablated, Student, compared

Series = tuple[list[float], list[float]]


@dataclass(frozen=True)
class Prepared:
    """What will be trained."""

    workspace: Workspace
    amount: int
    """Tokens or problems that every arm gets."""
    looks: list[ArmOutlook]


def prepare(job: Job, ablation: Ablation, arms: Sequence[Arm]) -> Prepared:
    """Curate for every arm and share out what all get the same of; trains and samples nothing.

    Args:
        job: a run over the user's workspace, which is only read.
        ablation: what is compared.
        arms: its arms.

    Raises:
        PreflightRefused: an arm has nothing, or less than the ablation asks for.
        PolicyRefused: the gate forbids what an example came from.
    """
    workspace = make_workspace(ablation, job.plan, job.workspace)
    measured_on = job.config.evaluate
    assert measured_on is not None
    chosen = [choose(arm, measured_on, workspace, job.stop) for arm in arms]
    amount = share(ablation, chosen)
    return Prepared(workspace, amount, [outlook(ablation, one, amount, workspace) for one in chosen])


def ablate(job: Job, ablation: Ablation, arms: Sequence[Arm], prepared: Prepared) -> Ablated:
    """Train and measure what is missing, and write ``reports/ablation-ID.json`` and ``.md``.

    Raises:
        PolicyRefused: the gate forbids the base model, or what an example came from.
        PreflightRefused: a held-out problem was trained on, or the template would teach the wrong thing.
        Interrupted: a signal came; what was trained and sampled is kept.
    """
    plan = measuring(ablation, job.plan)
    progress = job.progress("ablate", "trainings")
    progress.total = len(arms) * len(ablation.seeds)
    students: dict[str, list[Student]] = {}
    others: dict[str, Series] = {}
    for arm, look in zip(arms, prepared.looks, strict=True):
        for seed in ablation.seeds:
            _announce(progress, arm, seed)
            single = arm.trained(seed=seed, **bounds(ablation, arm, prepared.amount))
            trained, measured = _train_and_measure(job, single, look, plan)
            student = _student(seed, trained, measured)
            _keep(prepared.workspace, arm, student)
            students.setdefault(arm.name, []).append(student)
            others = {name: measured.series(name) for name in measured.rows if name != STUDENT}
            progress.advance()
    settings = plan.config.evaluate
    assert settings is not None
    k, resamplings = settings.sampling.k, settings.bootstrap
    result = compared(ablation, prepared.amount, prepared.looks, students, others, k, resamplings)
    _write(job, result)
    return result


def _train_and_measure(job: Job, arm: Arm, look: ArmOutlook, plan: Plan) -> tuple[Trained, Measured]:
    """The student of one seed. Both steps find what is done already, and what was half done."""
    with start(arm.plan, job.stop) as inner:
        with inner.corpus() as corpus:
            if corpus.ask("latest_curation")[0]["curation_id"] != look.curation_id:
                # Its examples are on record; that it holds now has to be as well.
                inner.event("curated", look.curation_id, select=arm.plan.config.select.model_dump(mode="json"))
        trained = train_sft(inner)
    with start(plan, job.stop) as inner:
        measured = measure(inner)
    job.stop.check("the ablation")
    return trained, measured


def _student(seed: int, trained: Trained, measured: Measured) -> Student:
    first, best = measured.series(STUDENT)
    return Student(
        seed=seed,
        train_id=trained.train_id,
        steps=trained.steps,
        loss=trained.loss,
        problem_ids=[row["problem_id"] for row in measured.rows[STUDENT]],
        first=first,
        best=best,
    )


def _announce(progress: Progress, arm: Arm, seed: int) -> None:
    progress.facts |= {"arm": arm.name, "seed": seed}
    progress.show()


def _keep(workspace: Workspace, arm: Arm, student: Student) -> None:
    folder = workspace.path / "arms" / arm.name
    with storage_errors(workspace.path):
        replace_file(folder / f"seed-{student.seed}.json", msgspec.json.encode(student))


def _write(job: Job, result: Ablated) -> None:
    reports = job.workspace.reports
    content: Mapping[str, bytes] = {
        "md": page(result).encode(),
        "json": msgspec.json.format(msgspec.json.encode(result)),
    }
    with storage_errors(job.workspace.path):
        for ending, text in content.items():
            replace_file(reports / f"ablation-{result.ablation}.{ending}", text)
