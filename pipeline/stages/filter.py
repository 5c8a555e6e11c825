"""Verify traces: add every verdict that the configuration asks for and the ledger does not hold."""

from __future__ import annotations

import msgspec

from ..agreement import Agreement, find_consensus
from ..job import Job
from ..judging import JudgeWork, judge_missing
from ..lineage import judge_source
from ..verification import verify_missing


class Filtered(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of the stage did, and where the traces stand now."""

    traces: int
    verdicts: dict[str, dict[str, int]]
    consensus: Agreement | None
    """How problems without a reference stand; null where no consensus counts."""
    judge: JudgeWork | None
    """What the judges did; null where none is configured."""
    outcomes: dict[str, int]


def filter_traces(job: Job) -> Filtered:
    """Judge what has not been judged, by the verifiers of its domain.

    Raises:
        PolicyRefused: terms that hold now forbid what was sampled under earlier ones, or a judge.
        TeacherUnavailable, BudgetReached: a judge was not asked about every trace; what it said so far counts.
        Interrupted: a signal came; the verdicts so far are saved.
    """
    config, gate = job.config, job.plan.gate
    rulings = [ruling for teacher in config.teachers for ruling in gate.judge_servers(teacher, "filter")]
    job.decide([*rulings, *(judge_source(config, gate, one.source, one.license, "filter") for one in config.problems)])
    verified = verify_missing(job, "filter", "train")
    if (agreement := find_consensus(job, "filter")) is not None:
        verified = verified.plus(verify_missing(job, "filter", "train"))
    judged = judge_missing(job, "filter", "train")
    with job.corpus() as corpus:
        outcomes = {row["outcome"]: row["traces"] for row in corpus.ask("outcome_counts", purpose="train")}
    return Filtered(
        traces=verified.traces, verdicts=verified.verdicts, consensus=agreement, judge=judged, outcomes=outcomes
    )
