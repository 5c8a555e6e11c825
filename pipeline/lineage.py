"""Asks the gate again about everything that the corpus came from, under the terms that hold now."""

from __future__ import annotations

from collections.abc import Sequence

from .corpus import Corpus
from .errors import ConfigError
from .job import Job
from .records import Decision


def judge_lineage(job: Job, corpus: Corpus, stage: str) -> list[Decision]:
    """Decisions on every teacher and problem set behind the examples.

    Raises:
        PolicyRefused: one of them is forbidden for a declared use, or its terms are no longer known.
    """
    gate = job.plan.gate
    by_id = {teacher.id: teacher for teacher in job.config.teachers}
    wrote = [row["teacher_id"] for row in corpus.ask("curated_teachers")]
    if gone := [name for name in wrote if name not in by_id]:
        raise ConfigError(
            f"teachers: examples come from {gone[0]!r}, which is not configured any more; "
            "put it back, or choose examples anew with `tracestill curate`"
        )
    teachers = [by_id[name] for name in wrote]
    rulings = [ruling for teacher in teachers for ruling in gate.judge_servers(teacher, stage)]
    rulings += [gate.judge_dataset(row["source"], row["license"], stage) for row in corpus.ask("curated_sources")]
    return job.decide(rulings)


def obligations(decisions: Sequence[Decision]) -> str:
    """What the gate decided and what remains to be honoured, as a Markdown list."""
    return "\n".join(
        f"- `{decision.subject}`{f' ({decision.model})' if decision.model else ''}: {decision.verdict}, "
        f"by {', '.join(decision.policies) or 'no terms'}" + "".join(f"\n  - {text}" for text in decision.conditions)
        for decision in decisions
    )
