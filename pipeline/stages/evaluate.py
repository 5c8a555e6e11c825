"""Measure the student: base and student on held-out problems, with the verifiers that judged the traces."""

from __future__ import annotations

import msgspec

from ..evaluating.measuring import measure
from ..evaluating.results import Evaluated
from ..evaluating.scores import compare
from ..job import Job
from ..workspace import replace_file, storage_errors


def evaluate(job: Job, *, limit: int | None = None, retry_failed: bool = False) -> Evaluated:
    """Sample, verify and compare; only what is missing is sampled.

    Args:
        job: the run.
        limit: problems of each set at most, the same ones each time.
        retry_failed: ask again for samples that failed in earlier runs.

    Raises:
        ConfigError: there is no ``train`` or no ``evaluate`` section, or a set cannot be read.
        PolicyRefused: the gate forbids a contestant or a set; nothing was opened.
        PreflightRefused: nothing was trained, or a held-out problem was trained on.
        TeacherUnavailable, BudgetReached: work is left; there is no comparison yet.
        Interrupted: a signal came; everything that arrived is saved.
    """
    result = compare(measure(job, limit=limit, retry_failed=retry_failed))
    with storage_errors(job.workspace.path):
        replace_file(job.workspace.reports / "evaluation.json", msgspec.json.encode(result))
    return result
