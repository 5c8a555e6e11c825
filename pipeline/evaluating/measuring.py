"""Asks every contestant what is missing, and has the answers verified; compares nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ...verifiers.cascade import Cascade
from ..config_evaluate import BASE, STUDENT, Evaluate
from ..config_verify import Verify
from ..corpus import Corpus
from ..errors import ConfigError
from ..job import Job
from ..sampling.campaign import Asked, sample_missing
from ..statistics import Tally, pass_at_k
from ..verification import verify_missing
from .contestants import allowed, contestants_of, latest_student
from .questions import Questions, choose, judge_lines, judge_sets, refuse_contaminated, take_in_questions

__all__ = ["Measured", "measure"]

Rows = dict[str, list[dict[str, Any]]]
"""By contestant, one row per problem, in the order of their ids."""


@dataclass(frozen=True)
class Measured:
    """What every contestant did on every held-out problem."""

    train_id: str
    settings: Evaluate
    verify: Verify
    """What judged the answers."""
    limit: int | None
    asked: list[Asked]
    questions: Questions
    rows: Rows
    """Of the question ``tallies``."""
    refusals: Rows
    """Of the question ``refusals``; base and student alone, and only where it was asked for."""

    def pass_at(self, contestant: str, k: int) -> list[float]:
        """pass@k of a contestant, problem by problem."""
        tallies = [Tally(row["samples"], row["correct"]) for row in self.rows[contestant]]
        return [pass_at_k(tally.samples, tally.correct, min(k, tally.samples)) for tally in tallies]

    def series(self, contestant: str) -> tuple[list[float], list[float]]:
        """pass@1 and pass@k of a contestant, problem by problem."""
        return self.pass_at(contestant, 1), self.pass_at(contestant, self.settings.sampling.k)


def measure(job: Job, *, limit: int | None = None, retry_failed: bool = False) -> Measured:
    """Sample and verify what is missing.

    Args:
        job: the run.
        limit: problems of each set at most.
        retry_failed: ask again for samples that failed in earlier runs.

    Raises:
        ConfigError: there is no ``train`` or no ``evaluate`` section, or a set cannot be read.
        PolicyRefused: the gate forbids a contestant or a set; nothing was opened.
        PreflightRefused: nothing was trained, a held-out problem was trained on, or nothing here can hold a program.
        TeacherUnavailable, BudgetReached: work is left.
        Interrupted: a signal came; everything that arrived is saved.
    """
    train, settings = job.config.train, job.config.evaluate
    if train is None or settings is None:
        raise ConfigError("evaluate: needs the sections `train` and `evaluate` in the configuration")
    with job.corpus() as corpus:
        train_id = latest_student(corpus)
        asked = allowed(job, contestants_of(job, train, settings, train_id), corpus)
        judge_sets(job, settings, corpus)
        questions = choose(job, settings, limit, retry_failed=retry_failed)
        take_in_questions(job, questions, corpus)
        judge_lines(job, questions, corpus)
        refuse_contaminated(job, settings, corpus)
        _prepare_verifiers(job, corpus)
        sample_missing(job, "evaluate", asked, questions.needs(job), corpus)
    verify_missing(job, "evaluate", "eval")
    with job.corpus() as corpus:
        take_in_questions(job, questions, corpus)
        corpus.bind("contestants", _table(asked))
        rows = corpus.ask("tallies")
        refusals: list[dict[str, Any]] = []
        if questions.safety:
            corpus.bind_column("about_safety", "problem_id", (prompt.id for prompt in questions.safety))
            refusals = corpus.ask("refusals")
    names = [one.teacher.id for one in asked]
    return Measured(
        train_id, settings, job.config.verify, limit, asked, questions, _by(names, rows), _by([BASE, STUDENT], refusals)
    )


def _prepare_verifiers(job: Job, corpus: Corpus) -> None:
    """What could not be judged on this machine must not be bought."""
    with Cascade(job.config.verify) as cascade:
        for row in corpus.ask("present_domains"):
            cascade.prepare(row["domain"])


def _by(names: Sequence[str], rows: Sequence[dict[str, Any]]) -> Rows:
    return {name: [row for row in rows if row["contestant"] == name] for name in names}


def _table(asked: list[Asked]) -> pa.Table:
    rows = [
        {"contestant": one.teacher.id, "recipe_id": recipe.recipe_id, "k": recipe.sampling.k}
        for one in asked
        for recipe in one.recipes.values()
    ]
    return pa.Table.from_pylist(rows)
