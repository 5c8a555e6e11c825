"""What Prometheus is told of a run: a textfile at every checkpoint, and a Pushgateway when the command ends.

Every metric is a gauge with the label ``workspace``, so that several jobs of one machine can be told apart. The names
are those of docs/operations.md.
"""

from __future__ import annotations

import calendar
import contextlib
import time
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import prometheus_client
from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from prometheus_client.parser import text_string_to_metric_families

from ..policies.library import TermsSet
from . import logs
from .config import Budget
from .config_telemetry import Telemetry
from .corpus import Corpus
from .errors import ConfigError

PUSH_SECONDS = 10.0
LAST_SUCCESS = "tracestill_last_success_timestamp_seconds"


class Metrics:
    """The numbers of one run.

    Args:
        wanted: where they go.
        base_dir: folder of the configuration.
        workspace: name under which they are told.
        run_id: the run.

    Raises:
        ConfigError: the textfile cannot be written.
    """

    def __init__(self, wanted: Telemetry, base_dir: Path, workspace: str, run_id: str) -> None:
        self._textfile = base_dir / wanted.textfile if wanted.textfile else None
        self._pushgateway = wanted.pushgateway
        self._workspace = workspace
        self._registry = CollectorRegistry()
        self._gauges: dict[str, Gauge] = {}
        self._told_of_failure = False
        self._succeeded = self._earlier_success()
        self._set("run_info", "The run that wrote this.", 1, run_id=run_id, version=version("tracestill"))
        self._set("run_started_timestamp_seconds", "When it began.", time.time())
        self._set("run_running", "Whether it is still at work.", 1)
        if self._textfile is not None:
            try:
                self._write(self._textfile)
            except OSError as error:
                raise ConfigError(
                    f"telemetry.textfile: {error.filename or self._textfile}: {error.strerror}; "
                    "make the folder, or give this user the right to write there"
                ) from error

    def checkpoint(
        self, stage: str, unit: str, done: int, total: int | None, seconds: float, facts: Mapping[str, object]
    ) -> None:
        """Say how far a stage is."""
        if self._textfile is None:
            return
        of = {"stage": stage, "unit": unit}
        self._set("stage_done", "Units that a stage has done in this run.", done, **of)
        if total is not None:
            self._set("stage_wanted", "Units that it has to do.", total, **of)
        self._set("stage_seconds", "How long it has taken so far.", seconds, **of)
        for name, value in facts.items():
            if isinstance(value, int | float):
                self._set("stage_fact", "What else the line of progress shows.", value, stage=stage, fact=name)
        try:
            self._write(self._textfile)
        except OSError as error:
            self._tell(error)

    def count(self, corpus: Corpus, run_id: str, budget: Budget, terms: TermsSet, decided: Iterable[str]) -> None:
        """Take in what the ledger says of this run and of the workspace.

        Args:
            corpus: a reader of the ledger.
            run_id: the run.
            budget: what may be spent.
            terms: the terms that the gate knows.
            decided: ids of those that decided in this run.
        """
        for row in corpus.ask("run_samples", run_id=run_id):
            of = {"teacher": row["teacher_id"], "purpose": row["purpose"]}
            self._set("run_samples", "Samples of this run; error is empty for a completion.", row["samples"],
                      error=row["error"], **of)  # fmt: skip
            for direction in ("prompt", "completion"):
                self._add("run_tokens", "Tokens of this run.", row[f"{direction}_tokens"], direction=direction, **of)
            self._add("run_cost_usd", "What this run's samples cost, in US dollars.", row["cost_usd"], **of)
        for row in corpus.ask("outcome_totals", run_id=run_id):
            of = {"domain": row["domain"], "teacher": row["teacher_id"], "outcome": row["outcome"]}
            self._set("traces", "Traces that were sampled for training, in the whole workspace.", row["traces"], **of)
            self._set("run_traces", "Those of them that this run sampled.", row["of_run"], **of)
        self._set("examples", "Examples of the latest curation.", corpus.ask("example_count")[0]["examples"])
        self._set("spent_usd", "What the workspace has cost so far, in US dollars.", corpus.ask("spent")[0]["usd"])
        for scope, usd in (("run", budget.max_usd), ("workspace", budget.max_usd_total)):
            if usd is not None:
                self._set("budget_usd", "What may be spent, in US dollars.", usd, scope=scope)
        for one in filter(None, map(terms.by_id, sorted(set(decided)))):
            if one.review.review_by is not None:
                when = calendar.timegm(one.review.review_by.timetuple())
                self._set(
                    "terms_review_by_timestamp_seconds", "Last day of a reading that decided.", when, terms=one.id
                )

    def finished(self, exit_code: int, *, push: bool) -> None:
        """Say how the command ended.

        Args:
            exit_code: its exit code.
            push: whether the Pushgateway is told; not where the gate has refused, since nothing is opened then.
        """
        now = time.time()
        self._set("run_running", "Whether it is still at work.", 0)
        self._set("run_ended_timestamp_seconds", "When it ended.", now)
        self._set("run_exit_code", "The exit code of the command.", exit_code)
        if exit_code == 0:
            self._succeeded = now
        if self._succeeded is not None:
            self._set(LAST_SUCCESS.removeprefix("tracestill_"), "When a command last ended with 0.", self._succeeded)
        try:
            if self._textfile is not None:
                self._write(self._textfile)
            if self._pushgateway is not None and push:
                cast("Any", prometheus_client).pushadd_to_gateway(
                    self._pushgateway, "tracestill", self._registry, {"workspace": self._workspace}, PUSH_SECONDS
                )
        except OSError as error:
            self._tell(error)

    def _write(self, path: Path) -> None:
        write_to_textfile(str(path), self._registry)

    def _set(self, name: str, meaning: str, value: float, **labels: str) -> None:
        self._gauge(name, meaning, labels).labels(workspace=self._workspace, **labels).set(value)

    def _add(self, name: str, meaning: str, value: float, **labels: str) -> None:
        self._gauge(name, meaning, labels).labels(workspace=self._workspace, **labels).inc(value)

    def _gauge(self, name: str, meaning: str, labels: Mapping[str, str]) -> Gauge:
        if name not in self._gauges:
            self._gauges[name] = Gauge(f"tracestill_{name}", meaning, ["workspace", *labels], registry=self._registry)
        return self._gauges[name]

    def _earlier_success(self) -> float | None:
        """When a command last ended well, by the file that this run replaces."""
        if self._textfile is None:
            return None
        with contextlib.suppress(OSError, ValueError):
            for family in text_string_to_metric_families(self._textfile.read_text(encoding="utf-8")):
                for sample in family.samples:
                    if sample.name == LAST_SUCCESS and sample.labels.get("workspace") == self._workspace:
                        return sample.value
        return None

    def _tell(self, error: OSError) -> None:
        """Numbers that nobody gets are no reason to stop a run that costs money."""
        if not self._told_of_failure:
            self._told_of_failure = True
            logs.warning(f"telemetry: the metrics could not be written or sent ({error}); the run goes on")
