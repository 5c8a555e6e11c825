"""Who is measured: the base and the student, the base with other prompts, teachers, and further models."""

from __future__ import annotations

from itertools import islice

from ..config_evaluate import BASE, STUDENT, Evaluate
from ..config_teacher import Ancestor, Limits, Teacher
from ..config_train import DEFAULT_STUDENT_PROMPTS, Train
from ..corpus import Corpus
from ..errors import PreflightRefused
from ..job import Job, client_class
from ..sampling.campaign import Asked
from ..sampling.recipe import recipes_of

__all__ = ["allowed", "contestants_of", "latest_student"]


def latest_student(corpus: Corpus) -> str:
    """The student that was trained last.

    Raises:
        PreflightRefused: there is none.
    """
    trained = corpus.ask("latest_training")
    if not trained:
        raise PreflightRefused("no student has been trained yet; `tracestill train-sft` does that")
    return trained[0]["train_id"]


def contestants_of(job: Job, train: Train, settings: Evaluate, train_id: str) -> list[Teacher]:
    """Everybody, in the order of the report; each has a prompt for every domain, its own or the bare task."""
    served = {one.id: one for one in settings.models}
    adapter = str((job.workspace.models / train_id).resolve())
    local = Teacher(
        id=BASE,
        provider="transformers",
        model=train.model,
        limits=Limits(concurrency=settings.concurrency),
    )
    base = _drawn_alike(served.pop(BASE, local), train, settings)
    student = _drawn_alike(served.pop(STUDENT, local), train, settings)
    # Its name is part of what a sample is known by: a new student is asked anew, wherever it is served.
    student = student.model_copy(update={"id": STUDENT, "adapter": adapter})
    others = [
        base.model_copy(update={"id": one.id, "prompts": DEFAULT_STUDENT_PROMPTS | one.prompts})
        for one in settings.contestants
    ]
    configured = {one.id: one for one in job.config.teachers}
    models = [*(configured[name] for name in settings.teachers), *served.values()]
    return [base, student, *others, *(_as_configured(one, settings) for one in models)]


def allowed(job: Job, contestants: list[Teacher], corpus: Corpus) -> list[Asked]:
    """The same with their recipes, once the gate has let each of them pass at each of its servers.

    Raises:
        PolicyRefused: it forbids one; nothing was opened.
    """
    gate = job.plan.gate
    rulings = [gate.judge_servers(one, "evaluate") for one in contestants]
    decisions = iter(job.decide([ruling for each in rulings for ruling in each], corpus))
    return [
        Asked(
            one,
            recipes_of(one, "eval", job.plan.base_dir, takes_seed=client_class(one).takes_seed),
            list(islice(decisions, len(each))),
        )
        for one, each in zip(contestants, rulings, strict=True)
    ]


def _drawn_alike(model: Teacher, train: Train, settings: Evaluate) -> Teacher:
    """Base or student: the same prompts and the same sampling for both, wherever they are served."""
    update: dict[str, object] = {
        "prompts": DEFAULT_STUDENT_PROMPTS | train.prompts,
        "sampling": settings.sampling,
    }
    if model.server is not None:
        # A server may call it anything; what it is is known.
        update["lineage"] = [*model.lineage, Ancestor(type="base", ref=train.model)]
    return model.model_copy(update=update)


def _as_configured(model: Teacher, settings: Evaluate) -> Teacher:
    """Another model as it is meant to be used, for as many samples as everybody gives."""
    same = {"k": settings.sampling.k, "seed": settings.sampling.seed, "stop_after": None}
    return model.model_copy(
        update={
            "prompts": DEFAULT_STUDENT_PROMPTS | model.prompts,
            "sampling": model.sampling.model_copy(update=same),
        }
    )
