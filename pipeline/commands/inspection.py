"""Commands that only look: query, show, status and plan. They lock nobody and wait for nobody."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..corpus import Corpus
from ..corpus import query as query_workspace
from ..errors import ConfigError
from ..planning import Range
from ..printable import printable, printable_json
from ..workspace import Workspace
from .opening import open_plan, print_result
from .tables import table

Sets = Sequence[str] | None


def query(sql: str, config: Path, sets: Sets, output: str) -> None:
    """Answer SQL over the views of the workspace."""
    plan = open_plan(config, sets)
    rows = query_workspace(Workspace.open(plan.workspace_path), plan.view(), sql)
    if output == "json":
        sys.stdout.write(printable_json({"rows": rows}) + "\n")
        return
    sys.stdout.write(table(rows) + "\n")


def show(trace_id: str, config: Path, sets: Sets, output: str) -> None:
    """Print one trace with its problem, its verdicts and what people said of it."""
    plan = open_plan(config, sets)
    with Corpus(Workspace.open(plan.workspace_path), plan.view()) as corpus:
        found = corpus.ask("trace", trace_id=trace_id)
        if len(found) != 1:
            what = "no trace has" if not found else "several traces have"
            raise ConfigError(f"{trace_id}: {what} an id that begins so; `tracestill query` finds ids")
        trace = found[0]
        verdicts = corpus.ask("verdicts_of", trace_id=trace["trace_id"])
        reviews = corpus.ask("reviews_of", trace_id=trace["trace_id"])
    if output == "json":
        sys.stdout.write(printable_json(trace | {"verdicts": verdicts, "reviews": reviews}) + "\n")
        return
    long = ("prompt", "reasoning", "response")
    lines = [f"{name}: {value}" for name, value in trace.items() if name not in long and value is not None]
    for name in long:
        if trace[name]:
            lines += ["", f"-- {name} --", str(trace[name])]
    lines += ["", "-- verdicts --"]
    lines += [f"{row['verifier']} {row['version']}: {row['outcome']}, {row['reason']}" for row in verdicts]
    if reviews:
        lines += ["", "-- reviews --"]
    for row in reviews:
        note = ", " + row["note"].replace("\n", "\n    ") if row["note"] else ""
        lines.append(f"{row['created_at']} UTC, {row['reviewer']}: {row['verdict']}{note}")
    sys.stdout.write(printable("\n".join(lines)) + "\n")


def status(config: Path, sets: Sets, output: str) -> None:
    """Tell how far the workspace is."""
    plan = open_plan(config, sets)
    workspace = Workspace.open(plan.workspace_path)
    running: dict[str, Any] | None = None
    with contextlib.suppress(FileNotFoundError, ValueError):
        running = json.loads(workspace.status.read_bytes())
    with Corpus(workspace, plan.view()) as corpus:
        counts = {row["outcome"]: row["traces"] for row in corpus.ask("outcome_counts", purpose="train")}
        solved = corpus.ask("solved")[0]
        examples = corpus.ask("example_count")[0]["examples"]
    result = {
        "workspace": str(workspace.path),
        "held": workspace.held(),
        "outcomes": counts,
        **solved,
        "examples": examples,
    }
    lines = [f"{name}: {value}" for name, value in result.items() if name != "outcomes"]
    lines += [f"{outcome}: {count}" for outcome, count in counts.items()]
    if running:
        facts = "".join(f", {name} {value}" for name, value in running["facts"].items())
        lines.append(
            f"last seen: {running['stage']}, {running['done']} of {running['total']} {running['unit']}{facts}, "
            f"{running['updated_at']} UTC"
        )
    print_result(result | {"progress": running}, output, "\n".join(lines))


def plan(config: Path, sets: Sets, output: str, limit: int | None) -> None:
    """Show the gate's decisions and what generate would buy, without a call and without a trace of it on disk."""
    from ..planning import make_plan

    opened = open_plan(config, sets)
    result = make_plan(opened, limit)
    lines = [ruling.explanation for ruling in result.rulings]
    for need in result.needs:
        usd = "price unknown" if need.usd is None else f"{_range(need.usd, '.4f')} USD"
        lines.append(
            f"teacher {need.teacher}: {need.missing} of {need.wanted} samples are missing; it will be asked for "
            f"{_range(need.samples, '.0f')}; {_range(need.tokens, '.0f')} completion tokens ({need.basis}); "
            f"{usd} ({need.price})"
        )
    lines += [
        f"{domain}: {standing.accepted} of {standing.wanted} accepted traces are there"
        for domain, standing in result.targets.items()
    ]
    print_result(result.summary(), output, "\n\n".join(lines))
    if result.blocked:
        from ..errors import PolicyRefused

        raise PolicyRefused("the gate refuses this configuration; the reasons are above")


def _range(range_: Range, form: str) -> str:
    """One number where it is known, else low / expected / high."""
    low, expected, high = (format(value, form) for value in (range_.low, range_.expected, range_.high))
    return low if low == high else f"{low} / {expected} / {high}"
