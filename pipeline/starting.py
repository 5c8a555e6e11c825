"""How a run begins and ends: the lock, the ledger, what an earlier one left half done, and a word to Prometheus."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import TYPE_CHECKING

from . import logs, tombstones
from .allocation import keep_memory_small
from .errors import PolicyRefused, TracestillError, exit_code_of
from .exporting.staging import settle
from .housekeeping.migrating import migrate
from .job import Job, Plan
from .ledger import Ledger
from .stopping import Stop
from .workspace import Workspace, new_run_id, storage_errors

if TYPE_CHECKING:
    from .metrics import Metrics


@contextlib.contextmanager
def start(plan: Plan, stop: Stop) -> Generator[Job]:
    """Lock the workspace and open its ledger for one run.

    Raises:
        WorkspaceLocked: another run holds it.
    """
    keep_memory_small()
    workspace = Workspace.create(plan.workspace_path)
    run_id = new_run_id()
    logs.bind(run_id=run_id)
    with workspace.locked(run_id), Ledger(workspace) as ledger:
        migrate(workspace)
        with storage_errors(workspace.path):
            settle(workspace)
        if tombstones.is_pending(workspace):
            tombstones.take_out(workspace, plan.view())
        job = Job(plan, workspace, ledger, stop, run_id, metrics_of(plan, run_id))
        try:
            yield job
        except BaseException as error:
            _tell_the_end(job, error)
            raise
        _tell_the_end(job, None)


def metrics_of(plan: Plan, run_id: str) -> Metrics | None:
    """What tells Prometheus of a run; null where nobody wants to know, and then its library is not loaded.

    Raises:
        ConfigError: the textfile cannot be written.
    """
    wanted = plan.config.telemetry
    if wanted.textfile is None and wanted.pushgateway is None:
        return None
    from .metrics import Metrics

    return Metrics(wanted, plan.base_dir, "/".join(plan.workspace_path.parts[-2:]), run_id)


def _tell_the_end(job: Job, error: BaseException | None) -> None:
    if job.metrics is None:
        return
    decided = {name for decision in job.decisions.values() for name in decision.policies}
    try:
        with job.corpus() as corpus:
            job.metrics.count(corpus, job.run_id, job.config.budget, job.plan.gate.terms, decided)
    except (TracestillError, OSError) as fault:  # what ended the command is told, not this
        logs.warning(f"telemetry: the ledger could not be counted ({fault})")
    exit_code = exit_code_of(error)
    job.metrics.finished(exit_code, push=exit_code != PolicyRefused.exit_code)
