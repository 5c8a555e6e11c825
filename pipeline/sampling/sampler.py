"""Asks one teacher for what is missing: workers take requests from a feed, and every answer is in the journal at once.

A sample that fails for good is data: it becomes a trace with its error. What makes every further request
pointless stops the run: what is in flight may arrive, then the error is raised.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import BudgetReached, PolicyRefused, TeacherUnavailable, TracestillError
from ..records import Trace
from ..teachers.base import Completion, Request, SampleFailed
from .bench import Bench
from .budget import FREE, Reservation
from .feed import Feed, Group
from .lanes import Lane, Lanes
from .missing import Need
from .prices import Quote
from .recipe import Recipes, Slot
from .retries import ask_with_retries
from .stamping import trace_of
from .tally import Sampled, show

DRAIN_SECONDS = 30.0
"""How long answers that are on their way are waited for after a stop."""

Answer = Completion | SampleFailed


class _Abandoned(Exception):
    """Samples that would have been asked for, had the run not been stopped: they stay missing."""


@dataclass(slots=True)
class _Asking:
    """A group of slots on its way."""

    group: Group
    request: Request
    lane: Lane
    sent_at: float = 0.0
    reservation: Reservation = FREE
    spent: float = 0.0
    is_whole: bool = True
    """Whether every completion that was charged for became a trace."""


class Sampler:
    """Samples from one teacher, at one or several servers.

    Args:
        lanes: its servers; at least one.
        recipes: what it is asked, per domain.
        quote: what it costs.
        bench: what is shared with other samplers.
    """

    def __init__(self, lanes: list[Lane], recipes: Recipes, quote: Quote, bench: Bench) -> None:
        self._lanes = Lanes(lanes)
        self._servers = lanes
        self._teacher = lanes[0].client.teacher
        self._recipes = recipes
        self._quote = quote
        self._bench = bench
        self._concurrency = sum(lane.client.teacher.limits.concurrency for lane in lanes)
        sampling = self._teacher.sampling
        takes_n = all(lane.client.takes_n for lane in lanes)
        self._feed = Feed(
            min(sampling.n, self._concurrency) if takes_n else 1,
            sampling.stop_after,
            2 * self._concurrency,
            self._bench.progress.advance,
        )
        self._sending: set[asyncio.Task[None]] = set()
        self._fatal: BaseException | None = None
        self.result = Sampled()

    async def run(self, needs: Iterator[list[Need]]) -> Sampled:
        """Fill every slot that ``needs`` yields.

        Raises:
            TeacherUnavailable: the teacher is not there, or refuses the key or the model.
            PolicyRefused: a model answered that was not asked for; its answer is quarantined.
            BudgetReached: the budget does not hold the next request.
        """
        async with asyncio.TaskGroup() as outer:
            async with asyncio.TaskGroup() as inner:
                feeder = inner.create_task(self._stream(needs))
                # More workers than requests: those that pause before a retry do not hold up first attempts.
                workers = [inner.create_task(self._work()) for _ in range(2 * self._concurrency)]
                watcher = outer.create_task(self._watch(feeder, workers))
            watcher.cancel()
        self._bench.progress.facts.pop("in flight", None)
        self.result.saved = self._feed.saved
        if self._fatal is not None:
            raise self._fatal
        return self.result

    async def _stream(self, needs: Iterator[list[Need]]) -> None:
        try:
            await self._feed.fill(needs, self._note_wanted)
        except Exception as error:  # noqa: BLE001 - raised once what is in flight has arrived
            self._fatal = self._fatal or error

    async def _work(self) -> None:
        while (group := await self._feed.take()) is not None and not self._leaving:
            try:
                await self._fill(group)
            except _Abandoned:
                continue
            except Exception as error:  # noqa: BLE001 - raised once what is in flight has arrived
                self._fatal = self._fatal or error

    @property
    def _leaving(self) -> bool:
        return self._fatal is not None or self._bench.stop.asked

    async def _watch(self, feeder: asyncio.Task[None], workers: list[asyncio.Task[None]]) -> None:
        """After a stop: nothing new, a while for what is in flight, then the end."""
        progress = self._bench.progress
        while not self._leaving:
            await asyncio.sleep(0.1)
            progress.facts["in flight"] = len(self._sending)
            progress.tick()
        feeder.cancel()
        self._feed.close()
        for worker in workers:
            if worker not in self._sending:
                worker.cancel()
        await asyncio.sleep(DRAIN_SECONDS)
        for worker in workers:
            worker.cancel()

    async def _fill(self, group: Group) -> None:
        recipe = self._recipes[group[0].problem.domain]
        asking = _Asking(group, recipe.request(group[0]), self._servers[0])
        try:
            answers = await self._ask(asking)
            seconds = time.monotonic() - asking.sent_at
            traces = [
                trace_of(slot, recipe, asking.request, asking.lane, answer, self._quote, seconds, self._bench.run_id)
                for slot, answer in zip(group, answers, strict=False)
            ]
            if traces:
                self._bench.ledger.append("traces", *traces)
            asking.spent = _spent(traces, asking)
        finally:
            self._bench.budget.settle(asking.reservation, asking.spent)
        if len(traces) < len(group):
            self._feed.put_back(group[len(traces) :])
        for slot, trace in zip(group, traces, strict=False):
            self._count(slot, trace)

    async def _ask(self, asking: _Asking) -> list[Answer]:
        """The answers to the first slots of a group; slots beyond them have to be asked for by themselves."""
        try:
            return await ask_with_retries(lambda: self._ask_once(asking), self._teacher.retries, self._note_retry)
        except SampleFailed as failure:
            if failure.transient and self._leaving:
                raise _Abandoned from failure
            if len(asking.group) > 1 and not failure.transient:
                self._feed.group_size = 1  # it may be the size of the group that is refused
                return []
            return [failure] * len(asking.group)

    async def _ask_once(self, asking: _Asking) -> list[Answer]:
        size = len(asking.group)
        lane = asking.lane = await self._lanes.enter(size, asking.lane if asking.sent_at else None)
        try:
            await self._reserve(asking)
            expected = await lane.pace.wait(asking.request, size)
            if self._leaving:
                raise _Abandoned
            asking.sent_at = time.monotonic()
            asking.spent = asking.reservation.usd  # until the answer says what it was
            try:
                answers = await self._observed(asking)
            except SampleFailed as failure:
                self._note_failure(asking, failure)
                raise
            lane.answered(asking.sent_at)
            lane.pace.settle(expected, [answer for answer in answers if isinstance(answer, Completion)])
            return answers
        finally:
            self._lanes.leave(lane, size)

    async def _reserve(self, asking: _Asking) -> None:
        budget = self._bench.budget
        if budget.is_free(self._quote.price):
            return
        subject = asking.group[0].trace_id
        reservation = await budget.reserve(self._quote.price, asking.request, len(asking.group), subject)
        if reservation is None:
            if self._leaving:
                raise _Abandoned
            raise BudgetReached(
                f"teacher {self._teacher.id}: the budget does not hold the next sample; "
                f"{budget.spent:.4f} USD were spent in this run. Raise budget.max_usd or max_usd_total to go on"
            )
        asking.reservation = reservation

    async def _observed(self, asking: _Asking) -> list[Answer]:
        spans = self._bench.spans
        if spans is None:
            return await self._send(asking)
        return await spans.around(asking.lane.client.teacher, asking.request, len(asking.group), self._send(asking))

    async def _send(self, asking: _Asking) -> list[Answer]:
        task = asyncio.current_task()
        assert task is not None
        self._sending.add(task)
        client = asking.lane.client
        request = client.without_refused_schema(asking.request)
        try:
            if len(asking.group) == 1:
                answers: list[Answer] = [await client.sample(request)]
            else:
                answers = await client.sample_group(request, len(asking.group))
        except SampleFailed as failure:
            if client.refuses_schema(request, failure):
                return await self._send(asking)
            raise
        except TracestillError:
            raise
        except Exception as error:
            # The one boundary: whatever an SDK makes of an answer it did not expect is that sample's failure.
            raise SampleFailed("bad_answer", f"{type(error).__name__}: {error}", transient=True) from error
        finally:
            self._sending.discard(task)
        if request.schema is not None:
            client.takes_schema = True
        if len(answers) < len(asking.group):
            self._feed.group_size = 1  # the server does not know `n`
        # What is no good in a group is asked for by itself, with its own attempts; it was charged for all the same.
        good: list[Answer] = [answer for answer in answers if isinstance(answer, Completion)]
        asking.is_whole = len(good) == len(answers)
        return good

    def _note_failure(self, asking: _Asking, failure: SampleFailed) -> None:
        budget = self._bench.budget
        budget.settle(asking.reservation, asking.reservation.usd if failure.maybe_billed else 0.0)
        asking.reservation, asking.spent = FREE, 0.0
        asking.lane.failed(failure, asking.sent_at)
        if self._lanes.are_spent and (last := asking.lane.breaker.last) is not None:
            raise TeacherUnavailable(
                f"teacher {self._teacher.id}: {self._teacher.server} "
                f"{'cannot be reached' if last.unreachable else 'refuses everything'} "
                f"({asking.lane.client.redact(str(last))}); check that the server runs and that base_url is right, "
                "then give the same command again"
            ) from failure

    def _note_retry(self, failure: SampleFailed) -> None:
        if self._leaving:
            raise failure
        self._bench.progress.count(f"retried {failure.kind}")

    def _note_wanted(self, count: int) -> None:
        self.result.wanted += count
        self._bench.progress.total = (self._bench.progress.total or 0) + count

    def _count(self, slot: Slot, trace: Trace) -> None:
        self.result.count(trace)
        show(trace, self._bench.progress)
        if trace.quarantine is not None:
            self._feed.finished(slot)
            raise PolicyRefused(
                f"teacher {self._teacher.id}: {trace.quarantine}; the answer is kept in quarantine "
                f"(trace {trace.trace_id}). If it is the same model under another name, add that name to served_as"
            )
        referee = self._bench.referee
        if referee is None or self._teacher.sampling.stop_after is None or trace.error is not None:
            self._feed.finished(slot)
            return
        referee.submit(slot.problem, trace).add_done_callback(lambda verdict: self._note_verdict(slot, verdict))

    def _note_verdict(self, slot: Slot, verdict: asyncio.Future[bool]) -> None:
        if verdict.cancelled():
            return
        if (error := verdict.exception()) is not None:
            self._fatal = self._fatal or error
            return
        accepted = verdict.result()
        self.result.count_verdict(accepted)
        self._bench.progress.facts["accepted"] = f"{self.result.accepted / self.result.judged:.1%}"
        if not self._leaving:
            self._feed.finished(slot, accepted)


def _spent(traces: list[Trace], asking: _Asking) -> float:
    """What answers cost. Those that do not say it of all that was charged count as the dearest that they could be."""
    cost = sum(trace.cost_usd or 0.0 for trace in traces)
    unknown = not asking.is_whole or any(trace.cost_usd is None and trace.error is None for trace in traces)
    return max(cost, asking.reservation.usd) if unknown else cost
