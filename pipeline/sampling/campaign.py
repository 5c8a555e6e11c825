"""Several teachers at once: each is asked for what is missing, and one that falls away does not stop the others."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..config import Teacher
from ..corpus import Corpus
from ..errors import BudgetReached, ConfigError, PolicyRefused, TeacherUnavailable, TracestillError
from ..intake import present_problems
from ..job import Job, client_class
from ..records import Decision
from .budget import Budget
from .missing import missing_slots
from .recipe import Recipes
from .sampler import Bench, Sampled, Sampler

GRAVITY = (PolicyRefused, TeacherUnavailable, BudgetReached)
"""Which error of several teachers sets the exit code; what is not here comes before all of them."""


@dataclass(frozen=True)
class Asked:
    """One teacher that the gate has allowed, and what it is asked for."""

    teacher: Teacher
    recipes: Recipes
    decision: Decision


def sample_missing(
    job: Job,
    stage: str,
    asked: Sequence[Asked],
    corpus: Corpus,
    *,
    limit: int | None = None,
    retry_failed: bool = False,
) -> Sampled:
    """Fill the missing samples of the problems that were taken in.

    Raises:
        ConfigError: a key or a price is missing.
        TeacherUnavailable, PolicyRefused, BudgetReached: as the sampler says; work is left.
        Interrupted: a signal came; everything that arrived is saved.
    """
    budget = Budget(job.config.budget, corpus.ask("spent")[0]["usd"])
    for one in asked:
        budget.check_price(one.teacher)
        job.note_prompts(one.recipes)
    keys = {one.teacher.id: read_key(one.teacher) for one in asked}
    total = Sampled()
    errors: list[TracestillError] = []

    async def ask(one: Asked, bench: Bench, turn: asyncio.Lock) -> None:
        problems = present_problems(corpus.cursor(), limit)
        wanted = missing_slots(problems, one.recipes, corpus.cursor(), retry_failed=retry_failed)
        client = client_class(one.teacher)(one.teacher, keys[one.teacher.id])
        sampler = Sampler(client, one.recipes, one.decision, bench)
        try:
            # Models in this process would fight for the same cores: one after the other.
            async with turn if one.teacher.server is None else contextlib.nullcontext():
                await sampler.run(wanted)
        except TracestillError as error:
            errors.append(error)
        total.add(sampler.result)

    async def ask_all(bench: Bench) -> None:
        turn = asyncio.Lock()
        async with asyncio.TaskGroup() as group:
            for one in asked:
                group.create_task(ask(one, bench, turn))

    with job.progress(stage, "samples") as progress:
        asyncio.run(ask_all(Bench(job.ledger, budget, progress, job.stop, job.run_id)))
    if errors:
        gravest = min(errors, key=lambda error: GRAVITY.index(type(error)) if type(error) in GRAVITY else 0)
        for error in errors:
            if error is not gravest:
                sys.stderr.write(f"error: {error}\n")
        raise gravest
    job.stop.check("sampling")
    return total


def read_key(teacher: Teacher) -> str | None:
    """The teacher's key, from the environment or from the file that NAME_FILE names.

    Raises:
        ConfigError: api_key_env names a variable that is not set.
    """
    name = teacher.api_key_env
    if name is None:
        return None
    if key := os.environ.get(name, "").strip():
        return _one_line(key, teacher)
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return _one_line(Path(path).read_text(encoding="utf-8").strip(), teacher)
        except OSError as error:
            raise ConfigError(
                f"teachers.{teacher.id}.api_key_env: {name}_FILE names {path}, which cannot be read ({error.strerror})"
            ) from error
    raise ConfigError(
        f"teachers.{teacher.id}.api_key_env: the environment variable {name} is not set; "
        f"`export {name}=...`, or set {name}_FILE to a file that holds the key"
    )


def _one_line(key: str, teacher: Teacher) -> str:
    if not key.isprintable():
        raise ConfigError(f"teachers.{teacher.id}.api_key_env: the key holds a line break or another control character")
    return key
