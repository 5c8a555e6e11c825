"""Measure the student: base and student on held-out problems, with the verifiers that judged the traces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa

from ..config_evaluate import Evaluate
from ..config_teacher import Limits, Teacher
from ..config_train import DEFAULT_STUDENT_PROMPTS, Train
from ..corpus import Corpus
from ..curation.decontamination import look_for, problem_sets
from ..errors import ConfigError, PreflightRefused
from ..intake import take_in
from ..job import Job, client_class
from ..sampling.campaign import Asked, needs_of_problems, sample_missing
from ..sampling.recipe import recipes_of
from ..statistics import Estimate, Tally, estimate, paired_difference, pass_at_k
from ..verification import verify_missing
from ..workspace import replace_file, storage_errors

BASE, STUDENT = "base", "student"


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One model on the held-out problems."""

    contestant: str
    prompts: dict[str, str]
    problems: int
    samples: int
    pass_at_1: Estimate
    pass_at_k: Estimate
    format_rate: float
    """Share of well-formed answers, right or wrong: style, which is not skill."""
    unjudged: int
    """Samples that no verifier could decide; they count as wrong."""
    mean_tokens: float


class Gain(msgspec.Struct, frozen=True, kw_only=True):
    """The student against another model, problem by problem."""

    against: str
    pass_at_1: Estimate
    pass_at_k: Estimate


class Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    """The whole comparison."""

    train_id: str
    k: int
    scores: list[Score]
    gains: list[Gain]


@dataclass(frozen=True)
class Measured:
    """What every contestant did on every held-out problem."""

    train_id: str
    settings: Evaluate
    asked: list[Asked]
    rows: dict[str, list[dict[str, Any]]]
    """By contestant, the rows of the question ``tallies``: one per problem, in the order of their ids."""

    def series(self, contestant: str) -> tuple[list[float], list[float]]:
        """pass@1 and pass@k of a contestant, problem by problem."""
        tallies = [Tally(row["samples"], row["correct"]) for row in self.rows[contestant]]
        k = self.settings.sampling.k
        return (
            [pass_at_k(tally.samples, tally.correct, 1) for tally in tallies],
            [pass_at_k(tally.samples, tally.correct, min(k, tally.samples)) for tally in tallies],
        )


def evaluate(job: Job) -> Evaluated:
    """Sample, verify and compare; only what is missing is sampled.

    Raises:
        ConfigError: there is no ``train`` or no ``evaluate`` section.
        PreflightRefused: nothing was trained, or a held-out problem was trained on.
        Interrupted: a signal came; everything that arrived is saved.
    """
    result = _compare(measure(job))
    with storage_errors(job.workspace.path):
        replace_file(job.workspace.reports / "evaluation.json", msgspec.json.encode(result))
    return result


def measure(job: Job) -> Measured:
    """Sample and verify what is missing; compares nothing and writes no report. Raises what ``evaluate`` does."""
    train, settings = job.config.train, job.config.evaluate
    if train is None or settings is None:
        raise ConfigError("evaluate: needs the sections `train` and `evaluate` in the configuration")
    with job.corpus() as corpus:
        train_id, asked = _contestants(job, train, settings, corpus)
        take_in(job, settings.problems, corpus)
        refuse_contaminated(job, settings, corpus)
        sample_missing(job, "evaluate", asked, needs_of_problems(job, settings.problems), corpus)
    verify_missing(job, "evaluate", "eval")
    with job.corpus() as corpus:
        take_in(job, settings.problems, corpus)
        corpus.bind("contestants", _table(asked))
        rows = corpus.ask("tallies")
    by_contestant = {one.teacher.id: [row for row in rows if row["contestant"] == one.teacher.id] for one in asked}
    return Measured(train_id, settings, asked, by_contestant)


def _contestants(job: Job, train: Train, settings: Evaluate, corpus: Corpus) -> tuple[str, list[Asked]]:
    """Base, student and whoever the configuration adds, each allowed by the gate."""
    trained = corpus.ask("latest_training")
    if not trained:
        raise PreflightRefused("no student has been trained yet; `tracestill train-sft` does that")
    train_id: str = trained[0]["train_id"]
    adapter = str((job.workspace.models / train_id).resolve())
    base = Teacher(
        id=BASE,
        provider="transformers",
        model=train.model,
        prompts=train.prompts,
        sampling=settings.sampling,
        limits=Limits(concurrency=settings.concurrency),
    )
    teachers = [base, base.model_copy(update={"id": STUDENT, "adapter": adapter})]
    for extra in settings.contestants:
        prompts = DEFAULT_STUDENT_PROMPTS | extra.prompts
        teachers.append(base.model_copy(update={"id": extra.id, "prompts": prompts}))
    decisions = job.decide([job.plan.gate.judge_teacher(teacher, "evaluate") for teacher in teachers])
    takes_seed = client_class(base).takes_seed
    recipes = [recipes_of(teacher, "eval", job.plan.base_dir, takes_seed=takes_seed) for teacher in teachers]
    return train_id, [
        Asked(teacher, recipe, [decision])
        for teacher, recipe, decision in zip(teachers, recipes, decisions, strict=True)
    ]


def refuse_contaminated(job: Job, settings: Evaluate, corpus: Corpus) -> None:
    """Look for the held-out problems in what trained, as curation does for the sets that it is given.

    Raises:
        PreflightRefused: one is there.
    """
    wanted = job.config.decontaminate
    sets = list(problem_sets(settings.problems, wanted.ngram, job.plan.base_dir))
    corpus.keep("looked_at", "curated_traces")
    look_for(corpus, sets, wanted.share, job.stop)
    if found := [row["evaluation_id"] for row in corpus.ask("touched")]:
        raise PreflightRefused(
            f"evaluate.problems: the student was trained on some of them ({', '.join(found)}); "
            "a score on these would say nothing. Take them out of one of the two sets"
        )


def _table(asked: list[Asked]) -> pa.Table:
    rows = [
        {"contestant": one.teacher.id, "recipe_id": recipe.recipe_id, "k": recipe.sampling.k}
        for one in asked
        for recipe in one.recipes.values()
    ]
    return pa.Table.from_pylist(rows)


def _compare(measured: Measured) -> Evaluated:
    settings = measured.settings
    series: dict[str, tuple[list[float], list[float]]] = {}
    scores: list[Score] = []
    for one in measured.asked:
        found = measured.rows[one.teacher.id]
        first, best = series[one.teacher.id] = measured.series(one.teacher.id)
        samples = sum(row["samples"] for row in found)
        scores.append(
            Score(
                contestant=one.teacher.id,
                prompts={domain: recipe.prompt.id for domain, recipe in one.recipes.items()},
                problems=len(found),
                samples=samples,
                pass_at_1=estimate(first, settings.bootstrap),
                pass_at_k=estimate(best, settings.bootstrap),
                format_rate=sum(row["well_formed"] for row in found) / max(1, samples),
                unjudged=sum(row["unjudged"] for row in found),
                mean_tokens=sum((row["tokens"] or 0) * row["samples"] for row in found) / max(1, samples),
            )
        )
    mine = series[STUDENT]
    gains = [
        Gain(
            against=name,
            pass_at_1=paired_difference(mine[0], theirs[0], settings.bootstrap),
            pass_at_k=paired_difference(mine[1], theirs[1], settings.bootstrap),
        )
        for name, theirs in series.items()
        if name != STUDENT
    ]
    return Evaluated(train_id=measured.train_id, k=settings.sampling.k, scores=scores, gains=gains)
