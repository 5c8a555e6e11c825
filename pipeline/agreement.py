"""Finds what the traces of a problem agree on where it has no reference, and puts that on record with its share.

A consensus that has the share which the configuration asks for stands in for the reference: the verifiers hold every
trace of the problem against it. When more traces change it, what rested on the earlier one is judged anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec

from ..verifiers.consensus import consensus_of
from ..verifiers.math_answer import MathAnswer, MathAnswerSettings
from .corpus import Corpus, Row
from .job import Job
from .records import Problem


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How the problems without a reference stand."""

    problems: int
    """Math problems without a reference that have traces."""
    agreed: int
    """Those whose consensus has share and number enough to count as a reference."""


def find_consensus(job: Job, stage: str) -> Agreement | None:
    """Look for a consensus on every math problem without a reference; null where none is asked for.

    Raises:
        Interrupted: a signal came; what was found so far is on record.
    """
    wanted = job.config.verify.consensus
    if wanted is None:
        return None
    problems = agreed = 0
    judge = MathAnswer(MathAnswerSettings.model_validate(job.config.verify.math.get("math-answer", {})))
    try:
        with job.corpus() as corpus, job.progress(stage, "problems without a reference") as progress:
            for row in _rows(corpus):
                share = _settle(job, judge, row)
                problems += 1
                agreed += round(share, 6) >= wanted.min_share and row["traces"] >= wanted.min_traces
                progress.advance()
                job.stop.check("consensus")
    finally:
        judge.close()
    return Agreement(problems=problems, agreed=agreed)


def _rows(corpus: Corpus) -> Iterator[Row]:
    for rows in corpus.stream("answers_given"):
        yield from rows


def _settle(job: Job, judge: MathAnswer, row: Row) -> float:
    """Put the consensus of one problem on record if it is new; gives its share, 0 where there is none."""
    found = consensus_of(
        row["answers"], lambda wanted, given: judge.grade_answer(wanted, given).finding.outcome == "pass"
    )
    details: dict[str, object] = {"revision": row["revision"], "traces": row["traces"], "answer": None, "share": 0.0}
    if found is not None:
        named = {name: row[name] for name in ("problem_id", "prompt", "tests", "rubric")}
        reference_hash = Problem(domain="math", answer=found.answer, **named).reference_hash
        share = round(found.votes / row["traces"], 6)
        details |= {"answer": found.answer, "share": share, "reference_hash": reference_hash}
    if details != (json.loads(row["recorded"]) if row["recorded"] else None) and (found or row["recorded"]):
        job.event("consensus", row["problem_id"], **details)
    return 0.0 if found is None else found.votes / row["traces"]
