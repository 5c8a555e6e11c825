"""What the report says, gathered from the ledger: every number that its forms show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from .corpus import Corpus
from .curation.selected import Selected, read_selected
from .errors import WorkspaceError
from .evaluating.results import Evaluated
from .job import Job
from .proof import unproven_examples
from .reporting.costs import Cost, cost
from .reporting.diversity import Diversity, diversity
from .reporting.funnel import Funnel, funnels
from .reporting.histograms import Lengths, PassRates, lengths, pass_rates

MEMORY_MB = 512
"""What counting may take of memory before it spills to disk."""
FORMAT = 1
"""Of report.json; a key that changes its meaning or goes makes it another one, a new key does not."""


class Curation(msgspec.Struct, frozen=True, kw_only=True):
    """What the latest curation made of the accepted traces."""

    examples: int
    unproven: dict[str, int] = {}
    """Examples that are not accepted, by what they are: none, unless ``select.outcomes`` asked for them."""
    accepted: int | None
    """Traces that it looked at, accepted ones unless it chose among any; null, as ``left`` is, where not on record."""
    left: dict[str, int] | None
    """Those that it did not choose, by what left them out, most frequent first."""
    current: bool
    """Whether what it chose among is still what is accepted; otherwise curate should run again."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report."""

    format: int = FORMAT
    student: str
    uses: list[str]
    total: Funnel
    groups: dict[str, list[Funnel]]
    """By source, by domain and by teacher."""
    reasons: list[dict[str, Any]]
    """Why traces were not accepted, most frequent first."""
    verifiers: list[dict[str, Any]]
    """How many traces each verifier judged, and how."""
    lengths: Lengths
    pass_rates: PassRates
    curation: Curation | None
    """Null where nothing has been curated."""
    diversity: dict[str, Diversity | None]
    """Of the ``accepted`` traces, and of the ``examples``."""
    adaptive: list[dict[str, Any]]
    """Teachers under adaptive k: what it saved, and the pass rate without the bias of stopping."""
    cost: Cost
    outside: dict[str, Any]
    """Traces of earlier configurations, which nothing else here counts."""
    decisions: list[dict[str, Any]]
    training: dict[str, Any] | None
    evaluation: Evaluated | None


def gather(job: Job, corpus: Corpus) -> Facts:
    """Ask the ledger for everything that the report shows.

    Raises:
        WorkspaceError: what ``evaluate`` wrote cannot be read.
        Interrupted: a signal came.
    """
    corpus.limit_memory(MEMORY_MB)
    corpus.keep("reported", "reported")
    verifiers = corpus.ask("verifier_yields")
    total, groups = funnels(corpus, [row["verifier"] for row in verifiers])
    trained = corpus.ask("training_record")
    evaluation = job.workspace.reports / "evaluation.json"
    return Facts(
        student=job.config.use.student.name,
        uses=list(job.config.use.purposes),
        total=total,
        groups=groups,
        reasons=corpus.ask("refusal_reasons"),
        verifiers=[row | {"share": row["passed"] / row["judged"] if row["judged"] else 0.0} for row in verifiers],
        lengths=lengths(corpus),
        pass_rates=pass_rates(corpus),
        curation=_curation(job, corpus, total),
        adaptive=[
            row | {"saved_share": row["saved"] / (row["sampled"] + row["saved"])} for row in corpus.ask("adaptive")
        ],
        cost=cost(corpus, total.outcomes["accepted"]),
        outside=corpus.ask("outside")[0],
        decisions=corpus.ask("decisions"),
        training=json.loads(trained[0]["details"]) if trained else None,
        evaluation=_evaluation(evaluation) if evaluation.exists() else None,
        diversity=_diversity(job, corpus, total),
    )


def _evaluation(path: Path) -> Evaluated:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Evaluated)
    except msgspec.DecodeError as error:
        raise WorkspaceError(f"{path}: cannot be read ({error}); `tracestill evaluate` writes it again") from error


def _curation(job: Job, corpus: Corpus, total: Funnel) -> Curation | None:
    latest = corpus.ask("latest_curation")
    if not latest:
        return None
    selected: Selected | None = read_selected(job.workspace, latest[0]["curation_id"])
    unproven = selected is not None and selected.outcomes == "any"
    same = selected is not None and (unproven or selected.accepted == total.outcomes["accepted"])
    return Curation(
        examples=corpus.ask("example_count")[0]["examples"],
        unproven=unproven_examples(corpus) if unproven else {},
        accepted=selected.accepted if selected else None,
        left=dict(sorted(selected.left.items(), key=lambda item: (-item[1], item[0]))) if selected else None,
        current=same and not corpus.ask("stale_examples", unproven=unproven)[0]["examples"],
    )


def _diversity(job: Job, corpus: Corpus, total: Funnel) -> dict[str, Diversity | None]:
    threshold = job.config.select.duplicates.problems
    counts = {"accepted": total.outcomes["accepted"], "examples": total.examples}
    return {
        name: diversity(corpus, job.stop, count, chosen=name == "examples", threshold=threshold)
        for name, count in counts.items()
    }
