"""Fills a batch: as many requests as the provider takes at a time, and no more than the budget holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..records import Decision
from ..teachers.base import SampleFailed
from ..teachers.batches import BatchClient
from .batch_book import Batch
from .batch_files import BatchFiles, BatchWriter, Planned
from .bench import Bench
from .budget import worst_case
from .prices import Quote
from .recipe import Recipes, Slot
from .stamping import trace_of

NOT_YET = SampleFailed("pending", "in a batch")
"""Stands for the answer in a trace that waits for it."""


class NoRoom(Exception):
    """The budget does not hold one request more."""


@dataclass(frozen=True)
class Counter:
    """Where batches are handed over, and who allowed it."""

    client: BatchClient
    host: str
    decision: Decision


class Filling:
    """A batch that is being filled.

    Attributes:
        key: our name for it.
    """

    def __init__(
        self, key: str, files: BatchFiles, counter: Counter, recipes: Recipes, quote: Quote, bench: Bench
    ) -> None:
        self.key = key
        self._files = files
        self._counter = counter
        self._recipes = recipes
        self._quote = quote
        self._bench = bench
        self._writer: BatchWriter | None = None
        self._line: tuple[str, bytes] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing."""
        return self._writer is None

    def holds(self, slot: Slot) -> bool:
        """Whether the provider takes a request for ``slot`` in the same batch as what is there."""
        if self._writer is None:
            return True
        client = self._counter.client
        size = self._writer.size + len(self._request(slot)) + 1
        return self._writer.count < client.max_requests and size <= client.max_bytes

    def add(self, slot: Slot, tries: int) -> None:
        """Add a request.

        Raises:
            NoRoom: the budget does not hold it beside what is there.
        """
        recipe = self._recipes[slot.problem.domain]
        request = recipe.request(slot)
        usd = 0.0 if self._quote.price is None else worst_case(self._quote.price, request, 1)
        if (self._writer.usd if self._writer else 0.0) + usd > self._bench.budget.room:
            raise NoRoom
        blank = trace_of(slot, recipe, request, self._counter, NOT_YET, self._quote, 0.0, self._bench.run_id)
        self._writer = self._writer or self._files.writer()
        self._writer.add(self._request(slot), Planned(trace=blank, tries=tries, usd=usd))

    def close(self) -> Path:
        """Have it on the disk; gives the file of its requests."""
        assert self._writer is not None
        self._writer.close()
        return self._files.requests

    def discard(self) -> None:
        """Forget it."""
        if self._writer is not None:
            self._writer.close()
            self._files.remove()

    def batch(self, input_file: str | None, now: str) -> Batch:
        """What is put on record of it."""
        assert self._writer is not None
        price = self._quote.price
        return Batch(
            key=self.key,
            teacher_id=self._counter.client.teacher.id,
            host=self._counter.host,
            count=self._writer.count,
            usd=self._writer.usd,
            input_per_mtok=None if price is None else price.input_per_mtok,
            output_per_mtok=None if price is None else price.output_per_mtok,
            input_file=input_file,
            planned_at=now,
            run_id=self._bench.run_id,
        )

    def _request(self, slot: Slot) -> bytes:
        """The line of a slot; whoever asks whether it fits adds it next."""
        trace_id = slot.trace_id
        if self._line is None or self._line[0] != trace_id:
            request = self._recipes[slot.problem.domain].request(slot)
            self._line = trace_id, self._counter.client.line(trace_id, request)
        return self._line[1]
