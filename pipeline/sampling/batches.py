"""Asks one teacher for what is missing through its provider's batch API, and waits for it.

What an open batch is to bring is never asked for again: rather wait than pay twice. So a batch is on record before
the provider hears of it, and whoever comes after a kill finds it by its key.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

from ..errors import BudgetReached, ConfigError, PolicyRefused, TeacherUnavailable
from ..teachers.base import SampleFailed
from ..teachers.batches import BatchUnknown
from .batch_book import Batch
from .batch_desk import Desk
from .batch_handing import Handing
from .batch_results import Results
from .missing import Need
from .tally import Sampled

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 2.0, 60.0, 1.5
"""Seconds between two looks at open batches, and how they grow."""
FIND_SECONDS = 60.0
"""How long a batch that may have been made is looked for in the provider's list before it counts as never made."""

GRAVITY = (PolicyRefused, TeacherUnavailable, BudgetReached)
"""Which error comes first when there are several."""


class BatchSampler:
    """Samples from one teacher in batches.

    Args:
        desk: what handing over and taking in share.
        needs: finds anew what is missing.
        turn: held by whoever reads the ledger.
    """

    def __init__(self, desk: Desk, needs: Callable[[], Iterator[list[Need]]], turn: asyncio.Lock) -> None:
        self._desk = desk
        self._client = desk.counter.client
        self._teacher = desk.teacher
        self._bench = desk.bench
        self._book = desk.book
        self._turn = turn
        self._handing = Handing(desk, needs, turn)
        self._misses = 0
        self._cancels = False

    async def run(self) -> Sampled:
        """Fill what is missing, and take in every open batch.

        Raises:
            TeacherUnavailable: the teacher is not there, refuses the key, or has turned batches down.
            PolicyRefused: a model answered that was not asked for; its answers are quarantined.
            BudgetReached: the budget does not hold more requests.
        """
        self._refuse_moved()
        await self._look_at_all()
        await self._handing.submit(is_first=True)
        await self._wait()
        return self._finish()

    async def cancel(self) -> Sampled:
        """Have the provider stop every open batch, and take in what was done by then; nothing is asked for.

        Raises:
            TeacherUnavailable, PolicyRefused: as ``run`` says.
        """
        self._refuse_moved()
        self._cancels = True
        cancelled: set[str] = set()
        pause = FIRST_PAUSE
        self._desk.result.wanted = self._bench.progress.total = sum(batch.count for batch in self._desk.open)
        while self._desk.open and not self._bench.stop.asked:
            for batch in self._desk.open:
                if batch.guessed:
                    self._desk.say(
                        f"batch {batch.batch_id} may be somebody else's: it is left alone until it has ended"
                    )
                    self._desk.given_up.add(batch.key)
                elif batch.batch_id is not None and batch.key not in cancelled:
                    await self._cancel(batch)
                    cancelled.add(batch.key)
            await self._look_at_all()
            await self._pause(pause)
            pause = min(pause * GROWTH, LONGEST_PAUSE)
        return self._finish()

    def _finish(self) -> Sampled:
        if left := len(self._book.open(self._teacher.id)):
            self._desk.say(
                f"{left} batches stay with the provider; `tracestill generate --batch` takes them in, "
                "`tracestill generate --cancel-batches` ends them"
            )
        errors = sorted(self._desk.errors, key=lambda error: GRAVITY.index(type(error)))
        for error in errors[1:]:
            self._desk.say(str(error))
        if errors:
            raise errors[0]
        return self._desk.result

    async def _wait(self) -> None:
        pause = FIRST_PAUSE
        while self._desk.open and not self._is_over:
            await self._pause(pause)
            pause = min(pause * GROWTH, LONGEST_PAUSE)
            await self._look_at_all()
            if self._desk.again and not self._desk.errors:
                await self._handing.submit(is_first=False)
                pause = FIRST_PAUSE

    @property
    def _is_over(self) -> bool:
        """Whether waiting is pointless: somebody wants to leave, or the answers are not those that were asked for."""
        return self._bench.stop.asked or any(isinstance(error, PolicyRefused) for error in self._desk.errors)

    async def _pause(self, seconds: float) -> None:
        """Wait, and wake up for a signal."""
        end = time.monotonic() + seconds
        while self._desk.open and not self._bench.stop.asked and (rest := end - time.monotonic()) > 0:
            await asyncio.sleep(min(rest, 0.1))
            self._bench.progress.tick()

    async def _look_at_all(self) -> None:
        for batch in self._desk.open:
            if self._bench.stop.asked:
                return
            try:
                await (self._find(batch) if batch.batch_id is None else self._look_at(batch, batch.batch_id))
                self._misses = 0
            except SampleFailed as failure:
                self._misses += 1
                self._bench.progress.count(f"retried {failure.kind}")
                if self._misses > self._teacher.retries.max_attempts:
                    raise self._desk.unavailable("its batches cannot be looked at", failure) from failure
                return
            except BatchUnknown as error:
                self._miss(batch, error)
        self._book.show(self._bench.progress)

    async def _find(self, batch: Batch) -> None:
        """Look for a batch that may have been made; after a while without a trace of it, it was not."""
        if batch.find_until is None:
            batch.find_until = time.monotonic() + FIND_SECONDS
        is_last = time.monotonic() > batch.find_until
        found = self._book.unknown(await self._client.find(batch.ticket))
        if found:
            self._book.submitted(batch, found[0], guessed=not self._client.finds_surely)
            batch.find_until = None
        elif is_last:
            tries = self._results(batch).tries()
            if max(tries.values()) >= self._teacher.retries.max_attempts:
                self._desk.errors.append(
                    self._desk.unavailable("no batch could be made", SampleFailed("lost", "no trace of it"))
                )
            self._desk.again |= tries
            self._desk.close(batch, "never made", 0.0)

    async def _look_at(self, batch: Batch, batch_id: str) -> None:
        state = await self._client.state(batch_id)
        self._book.show(self._bench.progress, batch, state)
        if state.refused is not None:
            self._desk.errors.append(
                TeacherUnavailable(f"teacher {self._teacher.id}: the provider turned a batch down: {state.refused}")
            )
            self._desk.close(batch, "refused", 0.0)
        elif state.ended:
            async with self._turn:
                self._book.corpus.refresh(["traces"])
                await self._take_in(batch, batch_id, is_cancelled=state.cancelled)

    async def _take_in(self, batch: Batch, batch_id: str, *, is_cancelled: bool) -> None:
        results = self._results(batch)
        if not await results.take(self._client.results(batch_id), is_cancelled=is_cancelled):
            return None  # a signal came: what arrived is saved, the rest is fetched by the next run
        if results.are_strange:
            return self._mistake(batch)
        if results.strange:
            self._desk.say(
                f"batch {batch_id}: {results.strange} results have ids that were not asked for; they are ignored"
            )
        self._desk.again |= results.again
        self._desk.close(batch, "taken in", results.spent, **results.counts)
        self._desk.errors += results.errors
        if results.cancelled:
            self._tell_of_cancellation(batch_id, results.cancelled)
        return None

    def _tell_of_cancellation(self, batch_id: str, count: int) -> None:
        """Whoever cancels a batch does not want it bought again by the same run."""
        what = f"batch {batch_id} was cancelled: {count} of its samples stay missing"
        if self._cancels:
            self._desk.say(what)
        else:
            again = "the same command asks for them again"
            self._desk.errors.append(TeacherUnavailable(f"teacher {self._teacher.id}: {what}; {again}"))

    def _mistake(self, batch: Batch) -> None:
        """The results are not those of this batch: look for it further, or leave it to somebody who looks into it."""
        if batch.guessed:
            return self._book.mistaken(batch)
        self._desk.given_up.add(batch.key)
        what = f"none of the results of batch {batch.batch_id} has an id that was asked for; it stays open"
        return self._desk.errors.append(TeacherUnavailable(f"teacher {self._teacher.id}: {what}"))

    def _miss(self, batch: Batch, error: BatchUnknown) -> None:
        """The provider has forgotten a batch, or its results. What it was paid for is lost only if the user says so."""
        if self._cancels:
            self._desk.say(f"batch {batch.batch_id} is unknown to the provider: given up, and counted as spent in full")
            self._desk.close(batch, "unknown", batch.usd)
            return
        self._desk.given_up.add(batch.key)
        what = f"the provider does not know batch {batch.batch_id} or its results; `--cancel-batches` gives it up"
        self._desk.errors.append(self._desk.unavailable(what, error))

    def _results(self, batch: Batch) -> Results:
        return Results(batch, self._book, self._client, self._bench, self._desk.result)

    async def _cancel(self, batch: Batch) -> None:
        try:
            await self._client.cancel(batch.batch_id or "")
        except BatchUnknown as error:
            self._miss(batch, error)
        except SampleFailed as failure:
            raise self._desk.unavailable("its batches cannot be cancelled", failure) from failure

    def _refuse_moved(self) -> None:
        if self._teacher.self_hosted:
            return
        for batch in self._desk.open:
            if batch.host != self._desk.counter.host:
                raise ConfigError(
                    f"teachers.{self._teacher.id}.base_url: a batch of this teacher is open at {batch.host}, now it is "
                    f"{self._desk.counter.host}; take that batch in first, or give the new server another id"
                )
