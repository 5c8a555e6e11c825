"""What the report says, gathered from the ledger: every number that both of its forms show."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from .corpus import Corpus
from .job import Job


class Funnel(msgspec.Struct, frozen=True, kw_only=True):
    """Where the traces of one group went. The outcomes sum to what was sampled."""

    group: str
    sampled: int
    outcomes: dict[str, int]

    @property
    def accepted_share(self) -> float:
        """Accepted traces per sampled one."""
        return self.outcomes.get("accepted", 0) / self.sampled if self.sampled else 0.0


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report."""

    student: str
    uses: list[str]
    total: Funnel
    groups: dict[str, list[Funnel]]
    """By source, by domain and by teacher."""
    reasons: list[dict[str, Any]]
    """Why traces were not accepted, most frequent first."""
    verifiers: list[dict[str, Any]]
    """How many traces each verifier judged, and how."""
    solved: dict[str, int]
    """Problems asked, and those with at least one accepted trace."""
    adaptive: list[dict[str, Any]]
    """Teachers under adaptive k: what it saved, and the pass rate without the bias of stopping."""
    cost: dict[str, Any]
    outside: dict[str, Any]
    """Traces of earlier configurations, which nothing else here counts."""
    examples: int
    decisions: list[dict[str, Any]]
    training: dict[str, Any] | None
    evaluation: dict[str, Any] | None


OUTCOMES: tuple[str, ...] = ("accepted", "rejected", "undecided", "pending", "failed", "quarantined", "superseded")


def gather(job: Job, corpus: Corpus) -> Facts:
    """Ask the ledger for everything that the report shows."""
    trained = corpus.ask("training_record")
    evaluation = job.workspace.reports / "evaluation.json"
    rows = corpus.ask("funnel")
    return Facts(
        student=job.config.use.student.name,
        uses=list(job.config.use.purposes),
        total=_funnel("all", rows),
        groups={column: _by(column, rows) for column in ("source", "domain", "teacher_id")},
        reasons=corpus.ask("refusal_reasons"),
        verifiers=corpus.ask("verifier_yields"),
        solved=corpus.ask("solved")[0],
        adaptive=corpus.ask("adaptive"),
        cost=corpus.ask("cost")[0],
        outside=corpus.ask("outside")[0],
        examples=corpus.ask("example_count")[0]["examples"],
        decisions=corpus.ask("decisions"),
        training=json.loads(trained[0]["details"]) if trained else None,
        evaluation=json.loads(evaluation.read_bytes()) if evaluation.exists() else None,
    )


def _by(column: str, rows: list[dict[str, Any]]) -> list[Funnel]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(str(row[column]), []).append(row)
    return [_funnel(name, groups[name]) for name in sorted(groups)]


def _funnel(group: str, rows: list[dict[str, Any]]) -> Funnel:
    outcomes: dict[str, int] = dict.fromkeys(OUTCOMES, 0)
    for row in rows:
        outcomes[row["outcome"]] += row["traces"]
    return Funnel(group=group, sampled=sum(outcomes.values()), outcomes=outcomes)
