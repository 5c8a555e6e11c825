"""Which batches are in providers' hands, by the ledger: planned, submitted, closed.

A batch is planned on record before the provider hears of it, and submitted once the provider's id is known. One
that is planned and not submitted may or may not have been made; one that is closed has been taken in or given up.
"""

from __future__ import annotations

import copy
import datetime
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ..config_teacher import Price
from ..corpus import Corpus
from ..progress import Progress
from ..teachers.batches import BatchState, Ticket
from .batch_files import BatchFiles, leftover_keys
from .budget import Record
from .missing import Need


class Batch(msgspec.Struct, kw_only=True):
    """One batch that is open."""

    key: str
    teacher_id: str
    host: str
    count: int
    usd: float
    """The most that it can cost, which is reserved; 0 where no price is known."""
    input_per_mtok: float | None
    output_per_mtok: float | None
    """The batch's price when it was planned; null where it is unknown."""
    input_file: str | None
    planned_at: str
    run_id: str
    batch_id: str | None = None
    guessed: bool = False
    """Whether its results still have to show that this id is the right one."""
    find_until: float | None = None
    """When to believe that it was never made, in monotonic seconds; set once it is looked for."""

    @property
    def price(self) -> Price | None:
        """What its tokens cost."""
        if self.input_per_mtok is None or self.output_per_mtok is None:
            return None
        return Price(input_per_mtok=self.input_per_mtok, output_per_mtok=self.output_per_mtok)

    @property
    def ticket(self) -> Ticket:
        """What the provider can find it by."""
        planned_at = datetime.datetime.fromisoformat(self.planned_at).replace(tzinfo=datetime.UTC)
        return Ticket(key=self.key, count=self.count, planned_at=planned_at, input_file=self.input_file)


KEPT_IN_MEMORY = ("key", "batch_id", "guessed", "find_until", "run_id")
"""What of a batch its first event does not say in its details."""


class BatchBook:
    """The open batches of a workspace, and their files.

    Args:
        folder: of the files.
        corpus: a reader of the ledger, for this book alone.
        record: writes an event to the journal.
    """

    def __init__(self, folder: Path, corpus: Corpus, record: Record) -> None:
        self.corpus = corpus
        self._folder = folder
        self._record = record
        self._open: dict[str, Batch] = {}
        self._states: dict[str, BatchState] = {}
        self._known: set[str] = set()
        """Every id of a provider that was ever ours, or mistaken for it."""
        for row in corpus.ask("batches"):
            self._known.update(row["batch_ids"] or [])
            if not row["closed"]:
                known = {"key": row["key"], "run_id": row["run_id"], "batch_id": row["batch_id"]}
                details = msgspec.json.decode(row["details"])
                batch = msgspec.convert(details | known | {"guessed": bool(row["guessed"])}, Batch)
                self._open[batch.key] = batch
        for key in leftover_keys(folder, set(self._open)):
            BatchFiles(folder, key).remove()

    def open(self, teacher_id: str | None = None) -> list[Batch]:
        """The open batches of one teacher, or all."""
        return [batch for batch in self._open.values() if teacher_id in (None, batch.teacher_id)]

    def files(self, key: str) -> BatchFiles:
        """The files of a batch."""
        return BatchFiles(self._folder, key)

    def planned(self, batch: Batch) -> None:
        """Put on record that the provider is about to be asked for it."""
        details = {name: value for name, value in msgspec.structs.asdict(batch).items() if name not in KEPT_IN_MEMORY}
        self._record("batch_planned", batch.key, **details)
        self._open[batch.key] = batch

    def submitted(self, batch: Batch, batch_id: str, *, guessed: bool) -> None:
        """Put on record which id the provider has given it."""
        self._record("batch_submitted", batch.key, batch_id=batch_id, guessed=guessed)
        self._known.add(batch_id)
        batch.batch_id, batch.guessed = batch_id, guessed

    def mistaken(self, batch: Batch) -> None:
        """Put on record that its id is another batch's."""
        self._record("batch_mistaken", batch.key, batch_id=batch.batch_id)
        batch.batch_id, batch.guessed = None, False

    def closed(self, batch: Batch, why: str, **details: object) -> None:
        """Put on record that nothing more is expected of it, and delete its files."""
        self._record("batch_closed", batch.key, why=why, **details)
        del self._open[batch.key]
        self._states.pop(batch.key, None)
        self.files(batch.key).remove()

    def unknown(self, batch_ids: Iterable[str]) -> list[str]:
        """Those of the ids that no batch of ours has."""
        return [batch_id for batch_id in batch_ids if batch_id not in self._known]

    def reader(self, corpus: Corpus) -> BatchBook:
        """The same book for another thread, which may only read it."""
        other = copy.copy(self)
        other.corpus = corpus
        return other

    def without_open(self, needs: Iterator[list[Need]]) -> Iterator[list[Need]]:
        """``needs`` without samples that an open batch is to fill: they are paid for already."""
        return (batch for batch, _ in self.split_open(needs))

    def split_open(self, needs: Iterator[list[Need]]) -> Iterator[tuple[list[Need], int]]:
        """``needs`` without samples that an open batch is to fill, and how many those are."""
        asked = (trace_id for key in list(self._open) for trace_id in self.files(key).trace_ids())
        self.corpus.bind_column("batched_traces", "trace_id", asked)
        for batch in needs:
            wanted = (slot.trace_id for need in batch for slot in need.missing)
            self.corpus.bind_column("wanted_traces", "trace_id", wanted)
            on_their_way = {row["trace_id"] for row in self.corpus.ask("batched")}
            rest = [
                need._replace(missing=[slot for slot in need.missing if slot.trace_id not in on_their_way])
                for need in batch
            ]
            yield rest, len(on_their_way)

    def show(self, progress: Progress, batch: Batch | None = None, state: BatchState | None = None) -> None:
        """Let the progress line tell how far the open batches are."""
        if batch is not None and state is not None:
            self._states[batch.key] = state
        states = self._states.values()
        total = sum(one.count for one in self._open.values())
        progress.facts["batches open"] = len(self._open)
        progress.facts["requests done"] = f"{sum(one.done for one in states)} of {total}"
        progress.facts["requests failed"] = sum(one.failed for one in states)
        progress.tick()
