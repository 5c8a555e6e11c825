"""Several teachers at once: each is asked for what is missing, and one that falls away does not stop the others."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from .. import logs
from ..allocation import calm_collector
from ..config_problems import ProblemSet
from ..config_teacher import Teacher
from ..corpus import Corpus
from ..errors import BudgetReached, ConfigError, PolicyRefused, TeacherUnavailable
from ..intake import present_problems
from ..job import Job, batch_class, client_class
from ..records import Decision
from ..refereeing import refereeing
from .batch_book import BatchBook
from .batch_desk import Desk
from .batch_filling import Counter
from .batches import BatchSampler
from .bench import Bench
from .budget import Budget
from .keys import read_key
from .lanes import Lane
from .missing import Need, missing_slots
from .prices import batch_quote, quote
from .recipe import Recipes, host_of
from .sampler import Sampler
from .sockets import make_room_for
from .spans import spans_of
from .tally import Sampled

Batching = Literal["submit", "cancel"] | None
"""What is done with batches; null samples without them."""

GRAVITY = (PolicyRefused, TeacherUnavailable, BudgetReached)
"""Which error of several teachers sets the exit code; what is not here comes before all of them."""


@dataclass(frozen=True)
class Asked:
    """One teacher that the gate has allowed, and what it is asked for."""

    teacher: Teacher
    recipes: Recipes
    decisions: list[Decision]
    """The gate's word on each of its servers, in the order of ``teacher.replicas()``."""


Needs = Callable[[Asked, Corpus], Iterator[list[Need]]]
"""What a teacher lacks, by a reader of the ledger that no other thread uses."""


def needs_of_problems(
    job: Job, sets: Sequence[ProblemSet], *, limit: int | None = None, retry_failed: bool = False
) -> Needs:
    """What the problems of ``sets``, which were taken in, still need of each teacher."""

    def needs(one: Asked, corpus: Corpus) -> Iterator[list[Need]]:
        problems = present_problems(job, sets, corpus, limit)
        return missing_slots(problems, one.recipes, corpus, retry_failed=retry_failed)

    return needs


def sample_missing(
    job: Job,
    stage: str,
    asked: Sequence[Asked],
    needs: Needs,
    corpus: Corpus,
    *,
    unit: str = "samples",
    batch: Batching = None,
) -> Sampled:
    """Fill the missing samples of every teacher.

    With ``batch`` it is done in batches, or those that are open are cancelled.

    Raises:
        ConfigError: a key or a price is missing, or a teacher cannot be asked in batches.
        TeacherUnavailable, PolicyRefused, BudgetReached: as the sampler says; work is left.
        Interrupted: a signal came; everything that arrived is saved.
    """
    for one in asked if batch else ():
        check_batches(one.teacher)
    make_room_for(one.teacher for one in asked)
    budget = Budget(job.config.budget, corpus.ask("spent")[0]["usd"], job.run_id, job.event, job.spending)
    for one in asked:
        budget.check_price(one.teacher, quote(one.teacher).price)
    keys = {one.teacher.id: read_key(one.teacher) for one in asked}
    job.note_prompts([recipe for one in asked for recipe in one.recipes.values()], corpus)
    with job.progress(stage, unit) as progress, spans_of(job.config.telemetry, job.run_id) as spans:
        bench = Bench(job.ledger, budget, progress, job.stop, job.run_id, spans=spans)
        book = BatchBook(job.workspace.batches, corpus.cursor(), job.event)
        campaign = _Campaign(job, needs, corpus, keys, bench, batch, book)
        with calm_collector():
            asyncio.run(campaign.ask_all(asked))
    campaign.raise_gravest()
    job.stop.check("sampling")
    return campaign.total


def check_batches(teacher: Teacher) -> None:
    """Refuse what batches cannot do.

    Raises:
        ConfigError: the provider has no batch API, or the teacher is asked until enough was accepted.
    """
    batch_class(teacher)
    if teacher.sampling.stop_after is not None:
        raise ConfigError(
            f"teachers.{teacher.id}.sampling.stop_after: a batch is asked for all at once; "
            "leave out --batch, or set stop_after to null"
        )


@dataclass
class _Campaign:
    """One run over several teachers."""

    job: Job
    needs: Needs
    corpus: Corpus
    keys: dict[str, str | None]
    bench: Bench
    batch: Batching
    book: BatchBook
    total: Sampled = field(default_factory=Sampled)
    errors: list[Exception] = field(default_factory=list[Exception])

    async def ask_all(self, asked: Sequence[Asked]) -> None:
        turn = asyncio.Lock()
        self._tell_of_open_batches({one.teacher.id for one in asked})
        stops = any(one.teacher.sampling.stop_after is not None for one in asked)
        async with refereeing(self.job) if stops else contextlib.nullcontext() as referee:
            bench = replace(self.bench, referee=referee)
            async with asyncio.TaskGroup() as group:
                ask = self._ask_in_batches if self.batch else self._ask
                for one in asked:
                    group.create_task(ask(one, bench, turn))

    def _needs(self, one: Asked) -> Iterator[list[Need]]:
        return self.needs(one, self.corpus.cursor())

    def _tell_of_open_batches(self, asked: set[str]) -> None:
        waiting = [batch for batch in self.book.open() if (batch.teacher_id in asked) != bool(self.batch)]
        if waiting:
            names = ", ".join(sorted({batch.teacher_id for batch in waiting}))
            count = sum(batch.count for batch in waiting)
            logs.info(
                f"{count} samples of {names} are in {len(waiting)} open batches and are not asked for; "
                "`tracestill generate --batch` with these teachers takes them in"
            )

    async def _ask_in_batches(self, one: Asked, bench: Bench, turn: asyncio.Lock) -> None:
        teacher = one.teacher.replicas()[0]
        async with batch_class(teacher)(teacher, self.keys[teacher.id]) as client:
            counter = Counter(client, host_of(teacher), one.decisions[0])
            desk = Desk(counter, one.recipes, batch_quote(quote(teacher)), bench, self.book)
            sampler = BatchSampler(desk, partial(self._needs, one), turn)
            try:
                await (sampler.cancel() if self.batch == "cancel" else sampler.run())
            except Exception as error:  # noqa: BLE001 - raised once the other teachers are done
                self.errors.append(error)
            self.total.add(desk.result)

    async def _ask(self, one: Asked, bench: Bench, turn: asyncio.Lock) -> None:
        teacher, make = one.teacher, client_class(one.teacher)
        needs = self._needs(one)
        if self.book.open(teacher.id):
            needs = self.book.reader(self.corpus.cursor()).without_open(needs)
        async with contextlib.AsyncExitStack() as stack:
            # Models in this process would fight for the same cores: one after the other.
            if teacher.server is None:
                await stack.enter_async_context(turn)
            lanes: list[Lane] = []
            for replica, decision in zip(teacher.replicas(), one.decisions, strict=True):
                client = await stack.enter_async_context(make(replica, self.keys[teacher.id]))
                lanes.append(Lane(client, decision))
            sampler = Sampler(lanes, one.recipes, quote(teacher), bench)
            try:
                await sampler.run(needs)
            except Exception as error:  # noqa: BLE001 - raised once the other teachers are done
                self.errors.append(error)
            self.total.add(sampler.result)

    def raise_gravest(self) -> None:
        """Raise what sets the exit code; what else went wrong is told."""
        if not self.errors:
            return
        gravest = min(self.errors, key=lambda error: GRAVITY.index(type(error)) if type(error) in GRAVITY else 0)
        for error in self.errors:
            if error is not gravest:
                logs.error(str(error))
        raise gravest
