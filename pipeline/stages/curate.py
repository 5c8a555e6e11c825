"""Choose examples: what evaluation sets leave, each thing once, the best of each problem; then build the corpus."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
import pyarrow as pa

from .. import logs
from ..config_select import Select
from ..corpus import Corpus, build_corpus
from ..curation.decontamination import Certificate, certificate, evaluation_sets, look_for, warnings
from ..curation.diversity import order_by_difference
from ..curation.duplicates import find_duplicates
from ..curation.selected import Selected, write_selected
from ..job import Job
from ..lineage import judge_lineage
from ..proof import unproven_examples, unproven_sentence
from ..records import Example, short_hash
from ..segments import table_of_rows
from ..workspace import replace_file, storage_errors, utc_now

LEFT_OUT = "left-out.jsonl"
"""In reports/: every accepted trace that was not chosen, with its reason."""


MEMORY_MB = 512
"""What questions over the whole ledger may take of memory before they spill to disk."""


class Curated(msgspec.Struct, frozen=True, kw_only=True):
    """What was chosen, and what became of the other accepted traces."""

    curation_id: str
    examples: int
    left: dict[str, int]
    """Accepted traces that were not chosen, by what left them out."""
    contaminated: dict[str, int]
    """Of these, the ones that hold a problem of an evaluation set, by set."""
    warnings: list[str]
    """What nobody may overlook: a source of problems that loses much of its traces."""


def curate(job: Job) -> Curated:
    """Select examples from what is accepted, and write corpus.duckdb.

    The same accepted traces under the same settings are the same selection; it is put on record once.

    Raises:
        PolicyRefused: the gate forbids a teacher or a problem set that an example came from.
        ConfigError: an evaluation set cannot be read.
    """
    sets = evaluation_sets(job.config.decontaminate, job.plan.base_dir)
    with job.corpus() as corpus:
        corpus.limit_memory(MEMORY_MB)
        corpus.keep("rewritten", "rewritten")
        select = job.config.select
        unproven = select.outcomes == "any"
        corpus.keep("looked_at", "accepted", prefer=select.prefer, unproven=unproven, cut_off=select.cut_off)
        share = job.config.decontaminate.share
        looked_at = look_for(corpus, sets, share, job.stop)
        find_duplicates(corpus, job.config.select.duplicates, job.stop)
        corpus.limit_memory(MEMORY_MB)  # comparing texts needs less, and took the rest back
        order_by_difference(corpus, job.config.select, job.stop)
        corpus.bind("quotas", _quotas(job.config.select))
        curation_id, counts = _digest(job, corpus)
        latest = corpus.ask("latest_curation")
        if not latest or latest[0]["curation_id"] != curation_id:
            _record(job, corpus, curation_id)
        accepted, chosen = sum(counts.values()), counts.pop("selected", 0)
        selected = Selected(
            curation_id=curation_id, outcomes=select.outcomes, accepted=accepted, examples=chosen, left=counts
        )
        certified = certificate(corpus, sets, share, looked_at, curation_id, select.outcomes)
        _write_reports(job, corpus, certified, selected)
        by_set = {row["set_name"]: row["traces"] for row in corpus.ask("contaminated_counts")}
        warned = warnings(corpus)
    warned += _unproven(job, chosen)
    for sentence in warned:
        logs.warning(sentence)
    with job.corpus() as corpus:
        corpus.limit_memory(MEMORY_MB)
        judge_lineage(job, corpus, "curate")
    job.stop.check("curation")
    with storage_errors(job.workspace.path):
        build_corpus(job.workspace, job.plan.view())
    return Curated(curation_id=curation_id, examples=chosen, left=counts, contaminated=by_set, warnings=warned)


def _unproven(job: Job, examples: int) -> list[str]:
    """A sentence where examples were taken that nothing proves right: nobody may take them for verified ones."""
    if job.config.select.outcomes == "accepted":
        return []
    with job.corpus() as corpus:
        found = unproven_examples(corpus)
    said = f"select.outcomes is `any`: {unproven_sentence(found, examples)}; card, certificate and report say so"
    return [said] if found else []


def _digest(job: Job, corpus: Corpus) -> tuple[str, dict[str, int]]:
    """Identity of the selection, and how many traces have each fate."""
    counts: dict[str, int] = {}
    digest = hashlib.sha256()
    for row in _selection(job, corpus):
        counts[row["fate"]] = counts.get(row["fate"], 0) + 1
        if row["fate"] == "selected":
            digest.update(f"{row['trace_id']} {row['rank']}\n".encode())
    return digest.hexdigest()[:32], counts


def _record(job: Job, corpus: Corpus, curation_id: str) -> None:
    # An earlier selection that comes back gets rows of its own no second time: they are there.
    known = {row["example_id"] for row in corpus.ask("examples_of", curation_id=curation_id)}
    for row in _selection(job, corpus):
        example_id = short_hash(["example", curation_id, row["trace_id"]])
        if row["fate"] == "selected" and example_id not in known:
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


def _write_reports(job: Job, corpus: Corpus, certified: Certificate, selected: Selected) -> None:
    """The certificate, the counts of what was chosen and left out, and the list of what was left out."""
    reports = job.workspace.reports
    with storage_errors(reports):
        write_selected(job.workspace, selected)
        replace_file(reports / "decontamination.json", msgspec.json.format(msgspec.json.encode(certified)))
        temporary = reports / f".{LEFT_OUT}.tmp"
        with temporary.open("wb") as file:
            for row in _selection(job, corpus):
                if row["fate"] != "selected":
                    line = {name: row[name] for name in ("trace_id", "problem_id", "reason")}
                    file.write(msgspec.json.encode(line) + b"\n")
        temporary.replace(reports / LEFT_OUT)


def _selection(job: Job, corpus: Corpus) -> Iterator[dict[str, Any]]:
    select = job.config.select
    limits = {"per_problem": select.per_problem, "max_tokens": select.max_tokens}
    chosen_by: dict[str, Any] = select.difficulty.model_dump() | limits
    for rows in corpus.stream("selection", **chosen_by):
        yield from rows


def _quotas(select: Select) -> pa.Table:
    """How many examples each group gives, as a table (kind, name, most)."""
    rows = [
        {"kind": kind, "name": name, "most": most}
        for kind, quota in select.quotas.model_dump().items()
        for name, most in quota.items()
    ]
    return table_of_rows(rows, pa.schema([("kind", pa.string()), ("name", pa.string()), ("most", pa.int64())]))
