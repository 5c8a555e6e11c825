"""Verify traces: add every verdict that the configuration asks for and the ledger does not hold."""

from __future__ import annotations

import msgspec

from ..job import Job
from ..verification import verify_missing


class Filtered(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of the stage did, and where the traces stand now."""

    traces: int
    verdicts: dict[str, dict[str, int]]
    outcomes: dict[str, int]


def filter_traces(job: Job) -> Filtered:
    """Judge what has not been judged, by the verifiers of its domain.

    Raises:
        PolicyRefused: terms that hold now forbid what was sampled under earlier ones.
        Interrupted: a signal came; the verdicts so far are saved.
    """
    gate = job.plan.gate
    job.decide([ruling for teacher in job.config.teachers for ruling in gate.judge_servers(teacher, "filter")])
    verified = verify_missing(job, "filter", "train")
    with job.corpus() as corpus:
        outcomes = {row["outcome"]: row["traces"] for row in corpus.ask("outcome_counts", purpose="train")}
    return Filtered(traces=verified.traces, verdicts=verified.verdicts, outcomes=outcomes)
