"""Rewrite accepted traces: another form, verified anew; the original stays, and the rewrite names it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ...prompts.rewrites import show_for_rewriting
from ..corpus import Corpus, Row
from ..errors import ConfigError
from ..job import Job
from ..judging import judge_missing
from ..records import Problem
from ..sampling.campaign import Asked, sample_missing
from ..sampling.missing import Need, needs_of
from ..sampling.recipe import Recipe, Slot
from ..verification import verify_missing

BATCH = 200
"""Traces that are looked at together."""


class Rewritten(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of the stage did, and where the rewrites stand now."""

    wanted: int
    completions: int
    failed: int
    cost_usd: float
    outcomes: dict[str, int]
    """Of every rewrite of a trace that is accepted now."""


def rewrite(job: Job) -> Rewritten:
    """Have every accepted trace rewritten that is long enough, and verify what came.

    Raises:
        ConfigError: there is no section ``rewrite``.
        PolicyRefused: the gate forbids the model that rewrites; nothing was opened.
        TeacherUnavailable, BudgetReached: work is left.
        Interrupted: a signal came; everything that arrived is saved.
    """
    settings = job.config.rewrite
    if settings is None:
        raise ConfigError("rewrite: needs the section `rewrite` in the configuration; docs/rewriting.md shows one")
    recipes = job.plan.rewrites
    teacher = next(iter(recipes.values())).teacher
    with job.corpus() as corpus:
        decisions = job.decide(job.plan.gate.judge_servers(teacher, "rewrite"), corpus)
        corpus.share("to_rewrite", "to_rewrite", min_tokens=settings.min_tokens)
        done = sample_missing(job, "rewrite", [Asked(teacher, recipes, decisions)], _needs, corpus, unit="rewrites")
    verify_missing(job, "rewrite", "rewrite")
    judge_missing(job, "rewrite", "rewrite")
    with job.corpus() as corpus:
        outcomes = {row["outcome"]: row["traces"] for row in corpus.ask("rewrite_outcomes")}
    return Rewritten(
        wanted=done.wanted,
        completions=done.completions,
        failed=done.failed,
        cost_usd=round(done.cost_usd, 6),
        outcomes=outcomes,
    )


def _needs(one: Asked, corpus: Corpus) -> Iterator[list[Need]]:
    return needs_of(_slots(one, corpus.cursor()), one.recipes, corpus)


def _slots(one: Asked, corpus: Corpus) -> Iterator[list[list[Slot]]]:
    for _ in corpus.pieces("traces"):
        for rows in corpus.stream("rewrite_texts", size=BATCH):
            yield [[_slot(one.recipes[row["domain"]], row)] for row in rows]


def _slot(recipe: Recipe, row: Row) -> Slot:
    problem = Problem(**{name: row[name] for name in Problem.__struct_fields__})
    turns = show_for_rewriting(recipe.prompt, problem, row["reasoning"], row["response"])
    return msgspec.structs.replace(recipe.slot(problem, turns, 0), parent_id=row["trace_id"])
