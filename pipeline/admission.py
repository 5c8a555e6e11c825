"""Which traces the gate lets into an export, and the list of those that it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa

from .corpus import Corpus
from .exporting.base import form_class, hold_rejects
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
    forms, gate = job.config.export.configs, job.plan.gate
    rows = corpus.ask("exported_parts", whole=hold_rejects(forms))
    lineage = lineage_of(job.config, gate, rows, "export")
    left_out: list[dict[str, str | None]] = []
    if divided:
        lineage, out = partition(gate, lineage, "export")
        left_out = [origin.key | {"reason": reason} for origin, reason in out]
    corpus.bind("left_out", table_of_rows(left_out, _COLUMNS))
    decisions = job.decide(lineage.rulings, corpus)
    corpus.keep("exported", "exported", scopes=sorted({form_class(name).scope for name in forms}))
    return decisions


def list_left_out(corpus: Corpus, folder: Path) -> int:
    """Write which traces are not in the export, one a line with the reason; no file where all are in."""
    count = 0
    for rows in corpus.stream("left_out_traces"):
        with (folder / LEFT_OUT).open("a", encoding="utf-8") as lines:
            lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        count += len(rows)
    return count
