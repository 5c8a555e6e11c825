"""What handing batches over and taking them in share, for one teacher."""

from __future__ import annotations

from dataclasses import dataclass, field

from .. import logs
from ..config_teacher import Teacher
from ..errors import TeacherUnavailable, TracestillError
from .batch_book import Batch, BatchBook
from .batch_filling import Counter
from .bench import Bench
from .prices import Quote
from .recipe import Recipes
from .tally import Sampled


@dataclass
class Desk:
    """One teacher's batches.

    Attributes:
        quote: what a completion costs in a batch.
        again: samples that have to go into another batch, and in how many they have been.
        errors: what ends the run once the open batches are taken in.
        given_up: keys of open batches that this run does not look at any more.
    """

    counter: Counter
    recipes: Recipes
    quote: Quote
    bench: Bench
    book: BatchBook
    again: dict[str, int] = field(default_factory=dict[str, int])
    errors: list[TracestillError] = field(default_factory=list[TracestillError])
    given_up: set[str] = field(default_factory=set[str])
    result: Sampled = field(default_factory=Sampled)

    @property
    def teacher(self) -> Teacher:
        """Who is asked."""
        return self.counter.client.teacher

    @property
    def open(self) -> list[Batch]:
        """The batches that are waited for."""
        return [batch for batch in self.book.open(self.teacher.id) if batch.key not in self.given_up]

    def close(self, batch: Batch, why: str, spent: float, **counts: int) -> None:
        """Close a batch: the money first, since the record of the end is what a killed run is known by."""
        of_this_run = batch.run_id == self.bench.run_id
        self.bench.budget.settle_batch(batch.key, batch.usd, spent, of_this_run=of_this_run)
        self.book.closed(batch, why, batch_id=batch.batch_id, **counts)

    def unavailable(self, what: str, error: Exception) -> TeacherUnavailable:
        """``error`` as one that ends the run, with what could not be done."""
        if isinstance(error, TeacherUnavailable):
            return error
        detail = self.counter.client.redact(str(error))
        return TeacherUnavailable(f"teacher {self.teacher.id}: {what} ({detail}); the same command goes on from here")

    def say(self, what: str) -> None:
        """Tell the user on standard error."""
        logs.info(f"teacher {self.teacher.id}: {what}")
