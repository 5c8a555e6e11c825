"""Takes in the results of one batch: each to the sample that asked for it, whatever their order, and none twice."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..errors import PolicyRefused, TeacherUnavailable, TracestillError
from ..records import Trace
from ..teachers.base import Completion, SampleFailed
from ..teachers.batches import BatchClient, Result
from .batch_book import Batch, BatchBook
from .batch_files import Planned
from .bench import Bench
from .stamping import answered
from .tally import Sampled, show

CHUNK = 200
"""Results that are looked up in the ledger at a time."""


class Results:
    """What came of one batch.

    Attributes:
        again: samples that failed and may succeed in another batch, and in how many they have been.
        cancelled: samples that were not worked on since the batch was cancelled; they stay missing.
        strange: results of samples that this batch did not ask for, or brought already.
        spent: dollars that it cost; what is not known counts as the most that it can be.
        errors: what keeps the teacher from being asked further.
    """

    def __init__(self, batch: Batch, book: BatchBook, client: BatchClient, bench: Bench, total: Sampled) -> None:
        self._batch = batch
        self._book = book
        self._files = book.files(batch.key)
        self._client = client
        self._bench = bench
        self._total = total
        self._price = batch.price
        self._matched = 0
        self.again: dict[str, int] = {}
        self.cancelled = 0
        self.strange = 0
        self.spent = 0.0
        self.errors: list[TracestillError] = []
        self.counts = {"completions": 0, "failed": 0}

    @property
    def are_strange(self) -> bool:
        """Whether no result belongs to this batch."""
        return self.strange > 0 and self._matched == 0

    def tries(self) -> dict[str, int]:
        """Every sample of the batch, and in how many batches it has been."""
        places = list(self._files.places().values())
        samples = (one for start in range(0, len(places), CHUNK) for one in self._files.samples(places[start:][:CHUNK]))
        return {one.trace.trace_id: one.tries for one in samples}

    async def take(self, results: AsyncIterator[tuple[str, Result]], *, is_cancelled: bool) -> bool:
        """Take in all results; what the ledger holds already is only counted as spent.

        Returns:
            False if a signal came before the end.

        Raises:
            SampleFailed: the results broke off; the whole is to be done again, and takes in nothing twice.
        """
        places = self._files.places()
        chunk: list[tuple[int, Result]] = []
        async for custom_id, result in results:
            place = places.pop(custom_id, None)
            if place is None:
                self.strange += 1
                continue
            self._matched += 1
            chunk.append((place, result))
            if len(chunk) == CHUNK:
                self._store(chunk)
                chunk = []
            if self._bench.stop.asked:
                self._store(chunk)
                return False
        self._store(chunk)
        if not self.are_strange:
            kind = "cancelled" if is_cancelled else "no_result"
            lost = SampleFailed(kind, "the batch has ended without a result of this request", transient=True)
            left: list[tuple[int, Result]] = [(place, lost) for place in places.values()]
            for start in range(0, len(left), CHUNK):
                self._store(left[start : start + CHUNK])
        return True

    def _store(self, chunk: list[tuple[int, Result]]) -> None:
        samples = self._files.samples([place for place, _ in chunk])
        traces = [
            trace
            for sample, (_, result) in zip(samples, chunk, strict=True)
            if (trace := self._trace(sample, result)) is not None
        ]
        corpus = self._book.corpus
        corpus.bind_column("wanted_traces", "trace_id", (trace.trace_id for trace in traces))
        known = {row["trace_id"] for row in corpus.ask("known_traces")}
        new = [trace for trace in traces if trace.trace_id not in known]
        if new:
            self._bench.ledger.append("traces", *new)
        for trace in new:
            self._total.count(trace)
            show(trace, self._bench.progress)

    def _trace(self, sample: Planned, result: Result) -> Trace | None:
        """The trace that a result makes; null where its sample stays missing for now."""
        if isinstance(result, TeacherUnavailable):
            if not self.errors:
                self.errors.append(result)
            return None
        if isinstance(result, SampleFailed):
            self.counts["failed"] += 1
            self.spent += sample.usd if result.maybe_billed or result.kind == "no_result" else 0.0
            if result.kind == "cancelled":
                self.cancelled += 1
                return None
            if result.transient and sample.tries < self._client.teacher.retries.max_attempts:
                self.again[sample.trace.trace_id] = sample.tries
                self._bench.progress.count(f"retried {result.kind}")
                return None
        return self._completed(sample, result)

    def _completed(self, sample: Planned, result: Completion | SampleFailed) -> Trace:
        trace = answered(sample.trace, result, self._client, self._price)
        if trace.error is None:
            self.counts["completions"] += 1
            self.spent += sample.usd if trace.cost_usd is None else trace.cost_usd
        if trace.quarantine is not None and not self.errors:
            self.errors.append(
                PolicyRefused(
                    f"teacher {self._client.teacher.id}: {trace.quarantine}; the answer is kept in quarantine (trace "
                    f"{trace.trace_id}). If it is the same model under another name, add that name to served_as"
                )
            )
        return trace
