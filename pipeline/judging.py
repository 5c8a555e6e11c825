"""Has judges look at the traces that wait for one: what they were asked once is read from the ledger, the rest bought.

A trace is deliberated over as far as the ledger answers. What is lacking is sampled, then it goes on from there: what
cannot be read is asked for again, and a third judge where two disagree. After a crash nothing is asked twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice

import msgspec
import pyarrow as pa

from ..verifiers.cascade import JUDGE, Judged
from ..verifiers.judge import VERSION
from .corpus import Corpus
from .errors import BudgetReached, TeacherUnavailable
from .job import Job
from .judge_cases import Case, open_cases
from .jury import Jury
from .records import Finding, Purpose, Verdict
from .sampling.campaign import Asked, sample_missing
from .sampling.missing import Need
from .sampling.tally import Sampled
from .segments import table_of_rows
from .verification import verdict_of

_SLOTS = pa.schema([("slot_id", pa.string())])


class JudgeWork(msgspec.Struct, frozen=True, kw_only=True):
    """What the judges did in one run."""

    traces: int
    """Traces that waited for a judge."""
    outcomes: dict[str, int]
    """Of those that have a verdict now, how many of each."""
    replies: int
    """Replies that were bought."""
    cost_usd: float


def judge_missing(job: Job, stage: str, purpose: Purpose) -> JudgeWork | None:
    """Give a verdict to every trace of ``purpose`` that waits for a judge; null where no judge is configured.

    Raises:
        PolicyRefused: the gate forbids a judge; nothing was opened.
        TeacherUnavailable, BudgetReached: work is left; what the judges have said counts.
        Interrupted: a signal came; every reply that arrived is saved.
    """
    jury = job.plan.jury
    if jury is None:
        return None
    with job.corpus() as corpus:
        corpus.share("unjudged_now", "unjudged", purpose=purpose)
        waiting = corpus.ask("unjudged_count")[0]["traces"]
        if not waiting:
            return JudgeWork(traces=0, outcomes={}, replies=0, cost_usd=0.0)
        asked = _allowed(job, jury, stage, corpus)
        late: Exception | None = None
        replies, cost = 0, 0.0
        try:
            for bought in _rounds(job, stage, asked, jury, corpus):
                replies, cost = replies + bought.completions, cost + bought.cost_usd
        except (BudgetReached, TeacherUnavailable) as error:
            late = error
        outcomes = _conclude(job, jury, corpus)
    if late is not None:
        raise late
    return JudgeWork(traces=waiting, outcomes=outcomes, replies=replies, cost_usd=round(cost, 6))


def _allowed(job: Job, jury: Jury, stage: str, corpus: Corpus) -> list[Asked]:
    """The judges, each with the gate's word: their terms bind as a teacher's do."""
    servers = [job.plan.gate.judge_servers(judge, stage) for judge in jury.judges]
    decisions = iter(job.decide([ruling for rulings in servers for ruling in rulings], corpus))
    return [
        Asked(judge, recipes, list(islice(decisions, len(rulings))))
        for judge, recipes, rulings in zip(jury.judges, jury.recipes, servers, strict=True)
    ]


def _rounds(job: Job, stage: str, asked: list[Asked], jury: Jury, corpus: Corpus) -> Iterator[Sampled]:
    """Ask for what is lacking until nothing is; each round's replies may call for others."""
    while True:
        _see_replies(corpus)
        bought = sample_missing(job, stage, asked, partial(_needs, job, jury), corpus, unit="judgements")
        if not bought.wanted:
            return
        yield bought


def _needs(job: Job, jury: Jury, one: Asked, corpus: Corpus) -> Iterator[list[Need]]:
    """What one judge is to be asked now, a batch of traces at a time."""
    corpus.keep("underway", "nothing_underway")
    for cases in open_cases(jury, corpus, job.run_id):
        lacking = [asking for case in cases for asking in case.lacking if asking.judge == one.teacher.id]
        slots = {asking.slot.slot_id: asking.slot for asking in lacking}
        corpus.extend("underway", table_of_rows([{"slot_id": name} for name in slots], _SLOTS))
        yield [Need(1, [slot], 0) for slot in slots.values()]


def _conclude(job: Job, jury: Jury, corpus: Corpus) -> dict[str, int]:
    """Put the verdicts of all traces that nothing is lacking of into the ledger."""
    counts: dict[str, int] = {}
    _see_replies(corpus)
    corpus.keep("underway", "nothing_underway")
    for cases in open_cases(jury, corpus, job.run_id):
        for case in cases:
            if (finding := case.finding) is not None:
                job.ledger.append("verdicts", _verdict(job, jury, case, finding))
                counts[finding.outcome] = counts.get(finding.outcome, 0) + 1
        job.stop.check("judging")
    return counts


def _see_replies(corpus: Corpus) -> None:
    corpus.refresh(["traces"])
    corpus.share("replies", "replies", purpose="judge")


def _verdict(job: Job, jury: Jury, case: Case, finding: Finding) -> Verdict:
    judged = Judged(
        verifier=JUDGE,
        version=VERSION,
        settings_hash=jury.settings_hash(case.problem.domain),
        reference_hash=case.problem.reference_hash,
        finding=finding,
        seconds=0.0,
    )
    return verdict_of(job.run_id, case.trace_id, judged, case.attempt)
