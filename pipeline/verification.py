"""Adds the verdicts that are missing: traces stream out of the ledger, through the cascade, and back in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import msgspec

from ..verifiers.base import Candidate
from ..verifiers.cascade import Judged
from ..verifiers.pool import Task, judge_all
from .corpus import Corpus
from .job import Job
from .records import Outcome, Problem, Purpose, Verdict, short_hash
from .workspace import utc_now


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What one pass did."""

    traces: int
    verdicts: dict[str, dict[str, int]]
    """By verifier: how many of each outcome."""

    def plus(self, other: Verified) -> Verified:
        """What two passes did together."""
        counts = {name: dict(outcomes) for name, outcomes in self.verdicts.items()}
        for name, outcomes in other.verdicts.items():
            own = counts.setdefault(name, {})
            for outcome, count in outcomes.items():
                own[outcome] = own.get(outcome, 0) + count
        return Verified(traces=self.traces + other.traces, verdicts=counts)


def verify_missing(job: Job, stage: str, purpose: Purpose) -> Verified:
    """Judge every completion of ``purpose`` that lacks a verdict which the configuration asks for.

    Raises:
        Interrupted: a signal came; the verdicts so far are saved.
    """
    counts: dict[str, dict[str, int]] = {}
    with job.corpus() as corpus, job.progress(stage, "traces") as progress:
        # A measurement needs every verdict; a cheap check must not stand in for correctness.
        run_all = job.config.verify.all or purpose == "eval"
        verify = job.config.verify.model_copy(update={"all": run_all})
        corpus.keep("unverified_now", "unverified", purpose=purpose, run_all=run_all)
        progress.total = corpus.ask("unverified_count")[0]["traces"]
        attempts: dict[str, dict[str, int]] = {}
        tasks = _tasks(corpus, attempts)
        with closing(judge_all(verify, tasks)) as judged:
            for task, findings in judged:
                trace_id = task.candidate.trace_id
                errors = attempts.pop(trace_id)
                for finding in findings:
                    attempt = errors.get(finding.verifier, -1) + 1
                    job.ledger.append("verdicts", verdict_of(job.run_id, trace_id, finding, attempt))
                    outcomes = counts.setdefault(finding.verifier, {})
                    outcomes[finding.finding.outcome] = outcomes.get(finding.finding.outcome, 0) + 1
                progress.advance()
                job.stop.check("verification")
    return Verified(traces=progress.done, verdicts=counts)


def _tasks(corpus: Corpus, attempts: dict[str, dict[str, int]]) -> Iterator[Task]:
    """Traces that lack a verdict; fills ``attempts`` for those that are under way."""
    names = Problem.__struct_fields__
    for _ in corpus.pieces("traces"):
        for row in (row for rows in corpus.stream("unverified_texts", size=200) for row in rows):
            have: dict[str, Outcome] = {}
            errors: dict[str, int] = {}
            for verdict in row["have"] or ():
                have[verdict["verifier"]] = verdict["outcome"]
                errors[verdict["verifier"]] = verdict["attempt"]
            attempts[row["trace_id"]] = errors
            candidate = Candidate(
                trace_id=row["trace_id"],
                reasoning=row["reasoning"],
                response=row["response"],
                finish_reason=row["finish_reason"],
                completion_tokens=row["completion_tokens"],
            )
            yield Task(Problem(**{name: row[name] for name in names}), candidate, have)


def verdict_of(run_id: str, trace_id: str, judged: Judged, attempt: int) -> Verdict:
    """The ledger's row of one finding."""
    key = [
        trace_id,
        judged.verifier,
        judged.version,
        judged.settings_hash,
        judged.reference_hash,
        attempt,
    ]
    finding = judged.finding
    return Verdict(
        verdict_id=short_hash(["verdict", *key]),
        trace_id=trace_id,
        verifier=judged.verifier,
        version=judged.version,
        settings_hash=judged.settings_hash,
        reference_hash=judged.reference_hash,
        attempt=attempt,
        outcome=finding.outcome,
        score=finding.score,
        reason=finding.reason,
        details=finding.details,
        seconds=judged.seconds,
        run_id=run_id,
        created_at=utc_now(),
    )
