"""Which traces the gate lets into an export, and the list of those that it does not."""

from __future__ import annotations

import json

import pyarrow as pa

from .corpus import Corpus
from .job import Job
from .lineage import KEY, lineage_of, partition
from .records import Decision
from .segments import table_of_rows

LEFT_OUT = "left-out.jsonl"
_COLUMNS = pa.schema([(name, pa.string()) for name in (*KEY, "reason")])


def admit(job: Job, corpus: Corpus, *, divided: bool) -> list[Decision]:
    """Judge everything behind the rows that would be written; ``corpus`` then holds the table ``exported``.

    Args:
        job: the run.
        corpus: a reader of its ledger.
        divided: leave out what is forbidden, in place of refusing all.

    Raises:
        PolicyRefused: the gate forbids something; if divided, only where nothing is left.
    """
    forms, gate = list(job.config.export.configs), job.plan.gate
    rows = corpus.ask("exported_parts", whole=forms != ["sft"])
    lineage = lineage_of(job.config, gate, rows, "export")
    left_out: list[dict[str, str | None]] = []
    if divided:
        lineage, out = partition(gate, lineage, "export")
        left_out = [origin.key | {"reason": reason} for origin, reason in out]
    corpus.bind("left_out", table_of_rows(left_out, _COLUMNS))
    decisions = job.decide(lineage.rulings, corpus)
    corpus.keep("exported", "exported", forms=forms)
    return decisions


def list_left_out(job: Job, corpus: Corpus) -> int:
    """Write which traces are not in the export, one a line with the reason; no file where all are in."""
    path = job.workspace.exports / LEFT_OUT
    temporary = path.with_name(f".{LEFT_OUT}.tmp")
    count = 0
    with temporary.open("w", encoding="utf-8") as lines:
        for rows in corpus.stream("left_out_traces"):
            lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            count += len(rows)
    if count:
        temporary.replace(path)
    else:
        temporary.unlink()
        path.unlink(missing_ok=True)
    return count
