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
from ..workspace import Workspace
from .opening import open_plan, print_result

Sets = Sequence[str] | None
CELL = 80
"""Characters of a value that a table on the terminal shows."""


def query(sql: str, config: Path, sets: Sets, output: str) -> None:
    """Answer SQL over the views of the workspace."""
    plan = open_plan(config, sets)
    rows = query_workspace(Workspace.open(plan.workspace_path), plan.view(), sql)
    if output == "json":
        sys.stdout.write(json.dumps({"rows": rows}, default=str, ensure_ascii=False) + "\n")
        return
    _print_table(rows)


def show(trace_id: str, config: Path, sets: Sets, output: str) -> None:
    """Print one trace with its problem and its verdicts."""
    plan = open_plan(config, sets)
    with Corpus(Workspace.open(plan.workspace_path), plan.view()) as corpus:
        found = corpus.ask("trace", trace_id=trace_id)
        if len(found) != 1:
            what = "no trace has" if not found else "several traces have"
            raise ConfigError(f"{trace_id}: {what} an id that begins so; `tracestill query` finds ids")
        trace = found[0]
        verdicts = corpus.ask("verdicts_of", trace_id=trace["trace_id"])
    if output == "json":
        sys.stdout.write(json.dumps(trace | {"verdicts": verdicts}, default=str, ensure_ascii=False) + "\n")
        return
    long = ("prompt", "reasoning", "response")
    lines = [f"{name}: {value}" for name, value in trace.items() if name not in long and value is not None]
    for name in long:
        if trace[name]:
            lines += ["", f"-- {name} --", str(trace[name])]
    lines += ["", "-- verdicts --"]
    lines += [f"{row['verifier']} {row['version']}: {row['outcome']}, {row['reason']}" for row in verdicts]
    sys.stdout.write(_printable("\n".join(lines)) + "\n")


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
    print_result(result.summary(), output, "\n\n".join(lines))
    if result.blocked:
        from ..errors import PolicyRefused

        raise PolicyRefused("the gate refuses this configuration; the reasons are above")


def _range(range_: Range, form: str) -> str:
    """One number where it is known, else low / expected / high."""
    low, expected, high = (format(value, form) for value in (range_.low, range_.expected, range_.high))
    return low if low == high else f"{low} / {expected} / {high}"


def _print_table(rows: list[dict[str, Any]]) -> None:
    if not rows:
        sys.stdout.write("(no rows)\n")
        return
    cells = [list(rows[0])] + [[_cell(value) for value in row.values()] for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for line in cells:
        sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n")


def _cell(value: Any) -> str:
    text = " ".join(_printable("" if value is None else str(value)).split())
    return text if len(text) <= CELL else f"{text[: CELL - 3]}..."


def _printable(text: str) -> str:
    """Text without control characters: model output must not drive the reader's terminal."""
    return "".join(char if char in "\n\t" or char.isprintable() else "�" for char in text)
