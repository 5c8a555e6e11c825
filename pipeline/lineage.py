"""Asks the gate again about everything that the corpus came from, under the terms that hold now."""

from __future__ import annotations

from .corpus import Corpus
from .job import Job
from .records import Decision


def judge_lineage(job: Job, corpus: Corpus, stage: str) -> list[Decision]:
    """Decisions on every teacher and problem set behind the examples.

    Raises:
        PolicyRefused: one of them is forbidden for a declared use, or its terms are no longer known.
    """
    gate = job.plan.gate
    by_id = {teacher.id: teacher for teacher in job.config.teachers}
    teachers = [by_id[row["teacher_id"]] for row in corpus.ask("curated_teachers")]
    rulings = [gate.judge_teacher(teacher, stage) for teacher in teachers]
    rulings += [gate.judge_dataset(row["source"], row["license"], stage) for row in corpus.ask("curated_sources")]
    return job.decide(rulings)
