"""Hands over what is missing: files first, then the record that a batch is planned, then the batch."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator

from ..errors import BudgetReached, TeacherUnavailable
from ..teachers.base import SampleFailed
from ..workspace import utc_now
from .batch_book import Batch
from .batch_desk import Desk
from .batch_filling import Filling, NoRoom
from .missing import Need
from .retries import ask_with_retries

SURELY_NOT_MADE = frozenset({"rate_limited", "unreachable"})
"""Failures of making a batch after which it can be tried again; the others leave it open whether it was made."""


class Handing:
    """Hands batches of one teacher over.

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
        self._needs = needs
        self._turn = turn

    async def submit(self, *, is_first: bool) -> None:
        """Put what is missing into batches and hand them over, as far as the budget holds.

        After the first time only what failed goes again: what this run has recorded as failed is not for it to retry.
        """
        if self._bench.stop.asked or self._desk.errors:
            return
        async with self._turn:
            self._book.corpus.refresh(["traces"])
            filling = self._filling()
            try:
                needs = self._book.split_open(self._needs())
                while (found := await asyncio.to_thread(next, needs, None)) is not None:
                    batch, waiting = found
                    if is_first:
                        self._note_wanted(batch, waiting)
                    for slot in (slot for need in batch for slot in need.missing):
                        if not is_first and slot.trace_id not in self._desk.again:
                            continue
                        if not filling.holds(slot):
                            await self._hand_over(filling)
                            filling = self._filling()
                        filling.add(slot, self._desk.again.pop(slot.trace_id, 0) + 1)
                    if self._bench.stop.asked or self._desk.errors:
                        break
            except NoRoom:
                self._desk.errors.append(self._budget_reached())
            if self._bench.stop.asked:
                filling.discard()
            else:
                await self._hand_over(filling)
        self._desk.again.clear()  # what is left is not wanted any more
        self._book.show(self._bench.progress)

    def _filling(self) -> Filling:
        key = secrets.token_hex(16)
        return Filling(
            key, self._book.files(key), self._desk.counter, self._desk.recipes, self._desk.quote, self._bench
        )

    def _note_wanted(self, needs: list[Need], waiting: int) -> None:
        total = sum(need.total for need in needs)
        there = total - waiting - sum(len(need.missing) for need in needs)
        self._desk.result.wanted += total
        self._bench.progress.total = (self._bench.progress.total or 0) + total
        self._bench.progress.advance(there)

    def _budget_reached(self) -> BudgetReached:
        return BudgetReached(
            f"teacher {self._teacher.id}: the budget does not hold more requests, at the most that they can cost; "
            "what it holds was asked for. The same command goes on, or raise budget.max_usd or max_usd_total"
        )

    async def _hand_over(self, filling: Filling) -> None:
        """Have the provider make a batch. Whatever happens from here on, it is on record."""
        if filling.is_empty:
            return filling.discard()
        retries, requests = self._teacher.retries, filling.close()
        try:
            input_file = await ask_with_retries(lambda: self._client.upload(requests), retries, self._note_retry)
        except (SampleFailed, TeacherUnavailable) as error:
            self._note_refusal("the requests could not be handed over", error)
            return self._book.files(filling.key).remove()
        batch = filling.batch(input_file, utc_now())
        self._book.planned(batch)
        self._bench.budget.set_aside(batch.key, batch.usd)
        try:
            batch_id = await ask_with_retries(lambda: self._create(batch), retries, self._note_retry)
        except (SampleFailed, TeacherUnavailable) as error:
            self._note_refusal("no batch could be made", error)
            return self._desk.close(batch, "not made", 0.0)
        if batch_id is not None:
            self._book.submitted(batch, batch_id, guessed=False)
        return None

    async def _create(self, batch: Batch) -> str | None:
        """Make a batch; null where nobody knows whether it was made."""
        try:
            return await self._client.create(batch.ticket, self._book.files(batch.key).requests)
        except SampleFailed as failure:
            if failure.kind in SURELY_NOT_MADE or not failure.transient:
                raise
            self._bench.progress.count(f"unsure {failure.kind}")
            return None

    def _note_refusal(self, what: str, error: Exception) -> None:
        if not self._bench.stop.asked:  # after a signal nothing is tried again
            self._desk.errors.append(self._desk.unavailable(what, error))

    def _note_retry(self, failure: SampleFailed) -> None:
        if self._bench.stop.asked:
            raise failure
        self._bench.progress.count(f"retried {failure.kind}")
