"""The sampler: keeps a teacher busy with missing samples, and has each answer in the ledger before anything else.

Slots stream in through a short queue to as many workers as completions may be in flight, so memory does
not depend on the number of problems. A sample that fails is a trace with its error. What makes every
further request pointless stops the run: what is in flight may arrive, then the error is raised.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..config import Teacher
from ..errors import BudgetReached, PolicyRefused, TeacherUnavailable, TracestillError
from ..ledger import Ledger
from ..progress import Progress
from ..records import Decision, Trace, canonical_json
from ..stopping import Stop
from ..teachers.base import Completion, Request, SampleFailed, TeacherClient, is_same_model
from ..teachers.http_faults import excerpt
from ..workspace import utc_now
from .budget import Budget, cost_of
from .limits import Pace
from .missing import Wanted
from .recipe import Recipe, Recipes, Slot, host_of
from .retries import sample_with_retries

DRAIN_SECONDS = 30.0
"""How long answers that are on their way are waited for after a stop."""


@dataclass
class Sampled:
    """What one teacher was asked in one run."""

    wanted: int = 0
    completions: int = 0
    failed: int = 0
    cost_usd: float = 0.0
    errors: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, other: Sampled) -> None:
        """Count another teacher's samples too."""
        self.wanted += other.wanted
        self.completions += other.completions
        self.failed += other.failed
        self.cost_usd += other.cost_usd
        for kind, count in other.errors.items():
            self.errors[kind] = self.errors.get(kind, 0) + count


@dataclass(frozen=True)
class Bench:
    """What samplers of one run share."""

    ledger: Ledger
    budget: Budget
    progress: Progress
    stop: Stop
    run_id: str


class _Abandoned(Exception):
    """A sample that would have been asked for again, had the run not been stopped: it stays missing."""


class Sampler:
    """Asks one teacher for everything that is missing."""

    def __init__(self, client: TeacherClient, recipes: Recipes, decision: Decision, bench: Bench) -> None:
        self._client = client
        self._teacher: Teacher = client.teacher
        self._recipes = recipes
        self._decision = decision
        self._bench = bench
        self._queue: asyncio.Queue[Slot | None] = asyncio.Queue(maxsize=self._teacher.limits.concurrency)
        self._pace = Pace(self._teacher.limits)
        self._fatal: TracestillError | None = None
        self.result = Sampled()

    async def run(self, wanted: Iterator[Wanted]) -> Sampled:
        """Fill every slot that ``wanted`` yields.

        Raises:
            TeacherUnavailable: the teacher is not there, or refuses the key or the model.
            PolicyRefused: a model answered that was not asked for; its answer is quarantined.
            BudgetReached: the budget does not hold the next request.
        """
        try:
            async with self._client, asyncio.TaskGroup() as outer:
                async with asyncio.TaskGroup() as inner:
                    feeder = inner.create_task(self._feed(wanted))
                    workers = [inner.create_task(self._work()) for _ in range(self._teacher.limits.concurrency)]
                    watcher = outer.create_task(self._watch(feeder, workers))
                watcher.cancel()
        except BaseExceptionGroup as group:
            # What the feeder or the watcher raised is as typed as what a worker did.
            if (known := _first_of(group)) is None:
                raise
            raise known from group
        if self._fatal is not None:
            raise self._fatal
        return self.result

    async def _feed(self, wanted: Iterator[Wanted]) -> None:
        progress = self._bench.progress
        while (batch := await asyncio.to_thread(next, wanted, None)) is not None:
            self.result.wanted += batch.total
            progress.total = (progress.total or 0) + batch.total
            progress.advance(batch.total - len(batch.missing))
            for slot in batch.missing:
                await self._queue.put(slot)
        for _ in range(self._teacher.limits.concurrency):
            await self._queue.put(None)

    async def _work(self) -> None:
        while (slot := await self._queue.get()) is not None and not self._leaving:
            try:
                await self._fill(slot)
            except _Abandoned:
                continue
            except TracestillError as error:
                self._fatal = self._fatal or error

    @property
    def _leaving(self) -> bool:
        return self._fatal is not None or self._bench.stop.asked

    async def _watch(self, feeder: asyncio.Task[None], workers: list[asyncio.Task[None]]) -> None:
        """After a stop: no new work, a while for what is in flight, then the end."""
        while not self._leaving:
            await asyncio.sleep(0.1)
            self._bench.progress.tick()
        feeder.cancel()
        while not self._queue.empty():
            self._queue.get_nowait()
        for _ in workers:
            self._queue.put_nowait(None)
        await asyncio.sleep(DRAIN_SECONDS)
        for worker in workers:
            worker.cancel()

    async def _fill(self, slot: Slot) -> None:
        recipe = self._recipes[slot.problem.domain]
        request = recipe.request(slot)
        budget = self._bench.budget
        while (reserved := budget.reserve(self._teacher, request)) is None and budget.waits_for_others:
            if self._leaving:
                raise _Abandoned
            await asyncio.sleep(0.05)
        if reserved is None:
            raise BudgetReached(
                f"teacher {self._teacher.id}: the budget does not hold the next sample; "
                f"{self._bench.budget.spent:.4f} USD were spent in this run. Raise budget.max_usd to go on"
            )
        started = time.monotonic()
        cost: float | None = None
        spent = 0.0
        try:
            answer = await self._ask(request)
            if isinstance(answer, Completion):
                cost = cost_of(self._teacher, answer)
                spent = reserved if cost is None else cost
            trace = self._trace(slot, recipe, answer, cost, time.monotonic() - started)
            self._bench.ledger.append("traces", trace)
        finally:
            budget.settle(reserved, spent)
        self._count(trace)
        if trace.quarantine is not None:
            raise PolicyRefused(
                f"teacher {self._teacher.id}: {trace.quarantine}; the answer is kept in quarantine "
                f"(trace {trace.trace_id}). If it is the same model under another name, add that name to served_as"
            )

    async def _ask(self, request: Request) -> Completion | SampleFailed:
        try:
            return await sample_with_retries(self._ask_once, request, self._teacher.retries, self._note_retry)
        except SampleFailed as failure:
            if failure.transient and self._leaving:
                raise _Abandoned from failure
            if failure.unreachable:
                raise TeacherUnavailable(
                    f"teacher {self._teacher.id}: {self._teacher.server} cannot be reached "
                    f"({self._client.redact(failure.detail)}); "
                    "check that the server runs and that base_url is right"
                ) from failure
            return failure

    async def _ask_once(self, request: Request) -> Completion:
        expected = await self._pace.wait(request)
        try:
            completion = await self._client.sample(request)
        except (SampleFailed, TracestillError):
            raise
        except Exception as error:
            # The one boundary: whatever an SDK makes of an answer it did not expect is that sample's failure.
            raise SampleFailed("bad_answer", f"{type(error).__name__}: {error}", transient=True) from error
        self._pace.settle(expected, completion)
        return completion

    def _note_retry(self, failure: SampleFailed) -> None:
        if self._leaving:
            raise failure
        self._bench.progress.count(f"retried {failure.kind}")

    def _count(self, trace: Trace) -> None:
        result, progress = self.result, self._bench.progress
        if trace.error is None:
            result.completions += 1
            progress.facts["tokens"] = int(progress.facts.get("tokens", 0)) + (trace.completion_tokens or 0)
        else:
            result.failed += 1
            result.errors[trace.error] = result.errors.get(trace.error, 0) + 1
            progress.count(f"failed {trace.error}")
        if trace.cost_usd:
            result.cost_usd += trace.cost_usd
            progress.facts["USD"] = result.cost_usd
        progress.advance()

    def _trace(
        self, slot: Slot, recipe: Recipe, answer: Completion | SampleFailed, cost: float | None, seconds: float
    ) -> Trace:
        teacher = self._teacher
        completion = answer if isinstance(answer, Completion) else None
        failure = answer if isinstance(answer, SampleFailed) else None
        served = completion.served_model if completion else None
        return Trace(
            trace_id=slot.trace_id,
            slot_id=slot.slot_id,
            recipe_id=recipe.recipe_id,
            problem_id=slot.problem.problem_id,
            problem_revision=slot.problem.revision,
            run_id=self._bench.run_id,
            purpose=recipe.purpose,
            sample_index=slot.sample_index,
            attempt=slot.attempt,
            teacher_id=teacher.id,
            provider=teacher.provider,
            host=host_of(teacher),
            model=teacher.model,
            served_model=served,
            prompt_id=recipe.prompt.id,
            prompt_hash=recipe.prompt.hash,
            temperature=recipe.sampling.temperature,
            top_p=recipe.sampling.top_p,
            max_tokens=recipe.sampling.max_tokens,
            seed=slot.seed,
            extra=recipe.extra,
            decision_id=self._decision.decision_id,
            policy_digest=self._decision.policy_digest,
            reasoning=completion.reasoning if completion else None,
            response=completion.response if completion else None,
            reasoning_kind=completion.reasoning_kind if completion else "none",
            reasoning_source=completion.reasoning_source if completion else None,
            finish_reason=completion.finish_reason if completion else None,
            prompt_tokens=completion.prompt_tokens if completion else None,
            completion_tokens=completion.completion_tokens if completion else None,
            reasoning_tokens=completion.reasoning_tokens if completion else None,
            tokens_estimated=completion.tokens_estimated if completion else False,
            cost_usd=cost,
            latency_s=round(seconds, 4),
            request_id=completion.request_id if completion else None,
            created_at=utc_now(),
            error=failure.kind if failure else None,
            error_detail=excerpt(self._client.redact(failure.detail)) if failure else None,
            quarantine=None
            if is_same_model(teacher.model, served, teacher.served_as)
            else f"the server answered as {canonical_json(served)}, asked was {canonical_json(teacher.model)}",
        )


def _first_of(group: BaseExceptionGroup[BaseException]) -> TracestillError | None:
    """The first error of ours in a group, if nothing in it is a fault of the program."""
    mine, other = group.split(TracestillError)
    if mine is None or other is not None:
        return None
    error = mine.exceptions[0]
    return _first_of(error) if isinstance(error, BaseExceptionGroup) else error
