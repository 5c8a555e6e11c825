"""Commands that work on a workspace: each stage by itself, and all of them in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from .. import logs
from ..admission import LEFT_OUT
from ..errors import BudgetReached, ConfigError, PartLeftOut, TooManyFailures, TracestillError
from ..hub import Pushed
from ..job import Job
from ..stages.compliance import report_compliance
from ..stages.curate import curate
from ..stages.evaluate import evaluate as measure_student
from ..stages.export import export
from ..stages.filter import filter_traces
from ..stages.generate import generate as generate_traces
from ..stages.publish import publish_dataset, publish_student
from ..stages.report import report
from ..stages.rewrite import rewrite
from ..stages.synthesize import synthesize
from ..stages.train_sft import preflight, train_sft
from ..starting import start
from ..stopping import stop_on_signals
from .opening import open_plan, print_result

Sets = Sequence[str] | None

STAGES: dict[str, Callable[[Job], msgspec.Struct]] = {
    "synthesize": synthesize,
    "filter": filter_traces,
    "rewrite": rewrite,
    "curate": curate,
    "export": export,
    "train-sft": train_sft,
    "evaluate": measure_student,
    "report": report,
}


CHECKS: dict[str, Callable[[Job], msgspec.Struct]] = {"train-sft --preflight": preflight}
"""What can be called as a stage and is no part of a run."""


def one(name: str, config: Path, sets: Sets, output: str) -> None:
    """Run one stage, or what checks before it."""
    plan = open_plan(config, sets)
    with stop_on_signals() as stop, start(plan, stop) as job:
        result = (STAGES | CHECKS)[name](job)
    print_result({"stage": name} | msgspec.to_builtins(result), output, _summary(name, result))


def export_sets(config: Path, sets: Sets, output: str, partition: bool, push: str | None, public: bool) -> None:
    """Run the stage export, and put what it wrote on the Hub where that is asked.

    Raises:
        PartLeftOut: all is written that may be, and something was left out.
    """
    # The card and the description for machines name the place where the set will lie.
    plan = open_plan(config, [*(sets or ()), f"export.repo_id={push}"] if push else sets)
    pushed: Pushed | None = None
    with stop_on_signals() as stop, start(plan, stop) as job:
        result = export(job, partition=partition)
        if push is not None:
            report_compliance(job)
            pushed = publish_dataset(job, push, public=public, divided=partition)
        lines = [_summary("export", result), *(f"still to do: {point}" for point in result.open_points)]
        _print_pushed("export", result, pushed, output, lines)
        if result.left_out:
            place = Path(result.folder) / LEFT_OUT
            raise PartLeftOut(f"{result.left_out} traces were left out because terms forbid them; {place} names each")


def train(config: Path, sets: Sets, output: str, push: str | None, public: bool) -> None:
    """Run the stage train-sft, and put the student on the Hub where that is asked."""
    plan = open_plan(config, sets)
    pushed: Pushed | None = None
    with stop_on_signals() as stop, start(plan, stop) as job:
        result = train_sft(job)
        if push is not None:
            report_compliance(job)
            pushed = publish_student(job, result.train_id, push, public=public)
    _print_pushed("train-sft", result, pushed, output, [_summary("train-sft", result)])


def _print_pushed(name: str, result: msgspec.Struct, pushed: Pushed | None, output: str, lines: list[str]) -> None:
    found = {"stage": name} | msgspec.to_builtins(result)
    if pushed is not None:
        found |= {"pushed": msgspec.to_builtins(pushed)}
        lines.append(f"{pushed.url} ({'commit ' + pushed.commit if pushed.changed else 'nothing has changed'})")
    print_result(found, output, "\n".join(lines))


def generate(
    config: Path, sets: Sets, output: str, limit: int | None, retry_failed: bool, batch: bool, cancel_batches: bool
) -> None:
    """Run the stage generate."""
    if batch and cancel_batches:
        raise ConfigError("--batch asks in batches, --cancel-batches ends those that are open: give one of them")
    batching = "cancel" if cancel_batches else "submit" if batch else None
    plan = open_plan(config, sets)
    with stop_on_signals() as stop, start(plan, stop) as job:
        result = generate_traces(job, limit=limit, retry_failed=retry_failed, batch=batching)
    print_result({"stage": "generate"} | msgspec.to_builtins(result), output, _summary("generate", result))


def evaluate(config: Path, sets: Sets, output: str, limit: int | None, retry_failed: bool) -> None:
    """Run the stage evaluate."""
    plan = open_plan(config, sets)
    with stop_on_signals() as stop, start(plan, stop) as job:
        result = measure_student(job, limit=limit, retry_failed=retry_failed)
    scores = [(one.contestant, "pass@1", one.pass_at_1) for one in result.scores]
    scores += [("student less " + one.against, "points", one.pass_at_1) for one in result.gains]
    lines = [
        f"  {name}: {unit} {100 * found.value:.1f} [{100 * found.low:.1f}, {100 * found.high:.1f}]"
        for name, unit, found in scores
    ]
    text = "\n".join([_summary("evaluate", result), *lines])
    print_result({"stage": "evaluate"} | msgspec.to_builtins(result), output, text)


def import_traces(file: Path, teacher: str | None, form: str | None, config: Path, sets: Sets, output: str) -> None:
    """Take in traces from a file."""
    from ..stages.import_traces import import_traces as take_in_file

    plan = open_plan(config, sets)
    with stop_on_signals() as stop, start(plan, stop) as job:
        result = take_in_file(job, file, teacher, form)
    print_result({"stage": "import"} | msgspec.to_builtins(result), output, _summary("import", result))


def run(config: Path, sets: Sets, output: str, limit: int | None, retry_failed: bool) -> None:
    """Run every stage that the configuration has a section for.

    A budget that is reached, or too many failed samples, do not keep what is there from being used:
    the later stages run, and the exit code tells.
    """
    plan = open_plan(config, sets)
    results: dict[str, Any] = {}
    late: TracestillError | None = None
    with stop_on_signals() as stop, start(plan, stop) as job:
        if job.config.synthesize is not None:
            results["synthesize"] = synthesize(job)
            logs.info(_summary("synthesize", results["synthesize"]))
        try:
            results["generate"] = generate_traces(job, limit=limit, retry_failed=retry_failed)
        except (BudgetReached, TooManyFailures) as error:
            late = error
            logs.warning(str(error))
        for name in _wanted(job):
            try:
                results[name] = STAGES[name](job)
            except BudgetReached as error:  # a judge could not be asked about every trace
                late = late or error
                logs.warning(str(error))
                continue
            logs.info(_summary(name, results[name]))
            stop.check(name)
        lines = [_summary(name, result) for name, result in results.items() if name != "report"]
        print_result(results, output, "\n".join([*lines, results["report"].html]))
        if late is not None:
            raise late


def _wanted(job: Job) -> list[str]:
    left_out = {"train-sft", "evaluate"} if job.config.train is None else set[str]()
    left_out |= {"synthesize"}
    left_out |= {"rewrite"} if job.config.rewrite is None else set[str]()
    left_out |= {"evaluate"} if job.config.evaluate is None else set[str]()
    return [name for name in STAGES if name not in left_out]


def _summary(name: str, result: msgspec.Struct) -> str:
    """A line for a person; --output json has everything."""
    facts = {key: value for key, value in msgspec.to_builtins(result).items() if isinstance(value, str | int | float)}
    counts = {
        key: ", ".join(f"{count} {kind}" for kind, count in cast("dict[str, Any]", value).items())
        for key, value in msgspec.to_builtins(result).items()
        if value
        and isinstance(value, dict)
        and all(isinstance(count, int) for count in cast("dict[str, Any]", value).values())
    }
    if name == "report":
        return f"{facts['markdown']}\n{facts['html']}"
    return f"{name}: " + "; ".join(f"{key.replace('_', ' ')} {value}" for key, value in (facts | counts).items())
