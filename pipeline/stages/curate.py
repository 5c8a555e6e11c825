"""Choose examples: the best of each problem's accepted traces, each text once; then build the corpus."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from ..corpus import Corpus, build_corpus
from ..job import Job
from ..lineage import judge_lineage
from ..records import Example, short_hash
from ..workspace import storage_errors, utc_now


class Curated(msgspec.Struct, frozen=True, kw_only=True):
    """What was chosen, and what became of the other accepted traces."""

    curation_id: str
    examples: int
    left: dict[str, int]
    """Accepted traces that were not chosen, by reason."""


def curate(job: Job) -> Curated:
    """Select examples from what is accepted, and write corpus.duckdb.

    The same accepted traces under the same settings are the same selection; it is put on record once.

    Raises:
        PolicyRefused: the gate forbids a teacher or a problem set that an example came from.
    """
    with job.corpus() as corpus:
        curation_id, counts = _digest(job, corpus)
        latest = corpus.ask("latest_curation")
        if not latest or latest[0]["curation_id"] != curation_id:
            _record(job, corpus, curation_id)
    with job.corpus() as corpus:
        judge_lineage(job, corpus, "curate")
    job.stop.check("curation")
    with storage_errors(job.workspace.path):
        build_corpus(job.workspace, job.plan.view())
    chosen = counts.pop("selected", 0)
    return Curated(curation_id=curation_id, examples=chosen, left=counts)


def _digest(job: Job, corpus: Corpus) -> tuple[str, dict[str, int]]:
    """Identity of the selection, and how many traces have each fate."""
    counts: dict[str, int] = {}
    digest = hashlib.sha256()
    for row in _selection(job, corpus):
        counts[row["reason"]] = counts.get(row["reason"], 0) + 1
        if row["reason"] == "selected":
            digest.update(f"{row['trace_id']} {row['rank']}\n".encode())
    return digest.hexdigest()[:32], counts


def _record(job: Job, corpus: Corpus, curation_id: str) -> None:
    # An earlier selection that comes back gets rows of its own no second time: they are there.
    known = {row["example_id"] for row in corpus.ask("examples_of", curation_id=curation_id)}
    for row in _selection(job, corpus):
        example_id = short_hash(["example", curation_id, row["trace_id"]])
        if row["reason"] == "selected" and example_id not in known:
            job.ledger.append(
                "examples",
                Example(
                    example_id=example_id,
                    curation_id=curation_id,
                    trace_id=row["trace_id"],
                    problem_id=row["problem_id"],
                    rank=row["rank"],
                    reason=job.config.select.prefer,
                    run_id=job.run_id,
                    created_at=utc_now(),
                ),
            )
    job.event("curated", curation_id, select=job.config.select.model_dump(mode="json"))


def _selection(job: Job, corpus: Corpus) -> Iterator[dict[str, Any]]:
    select = job.config.select
    for rows in corpus.stream("selection", prefer=select.prefer, per_problem=select.per_problem):
        yield from rows
