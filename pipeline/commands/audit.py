"""``tracestill audit``: draw a blind sample, take its labels in, and say how often the verifiers are wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from ..auditing.drawing import Drawn, draw
from ..auditing.findings import CASCADE, WIDTH, Audit, Figures, Rate
from ..auditing.findings import audit as hold_against
from ..auditing.labels import Taken, take_in
from ..errors import ConfigError
from ..printable import printable
from ..workspace import Workspace, replace_file, storage_errors
from .opening import open_plan, print_result
from .tables import table

Sets = Sequence[str] | None
REPORT = "audit.json"
"""In reports/: the figures."""


def audit(
    wanted: int,
    seed: int,
    labels: Path | None,
    reviewer: str | None,
    config: Path,
    sets: Sets,
    output: str,
    *,
    only_report: bool,
    by_model: bool = False,
) -> None:
    """Draw, or take labels in, or neither; then print what all labels on record say.

    Raises:
        ConfigError: the options do not go together, or a file of labels is wrong.
    """
    if only_report and labels is not None:
        raise ConfigError("--labels takes labels in and reports, --report only reports: give one")
    if (labels is None) != (reviewer is None):
        raise ConfigError("--labels and --by go together: name the sheet that was filled in, and who labelled it")
    if by_model and labels is None:
        raise ConfigError("--model says who labelled a sheet: it goes with --labels and --by")
    plan = open_plan(config, sets)
    workspace, view = Workspace.open(plan.workspace_path), plan.view()
    taken = None
    if labels is not None and reviewer is not None:
        taken = take_in(workspace, view, labels, reviewer, by_model=by_model)
    drawn = draw(workspace, view, wanted, seed) if labels is None and not only_report else None
    found = hold_against(workspace, view)
    path = workspace.reports / REPORT
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    lines = [*_done(drawn, taken), *_text(found)]
    result = {"drawn": drawn, "taken": taken, "report": str(path)} | msgspec.to_builtins(found)
    print_result(result, output, printable("\n".join(lines)))


def _done(drawn: Drawn | None, taken: Taken | None) -> Iterator[str]:
    if drawn is not None and drawn.to_label:
        yield (
            f"{drawn.sheet}: {drawn.to_label} traces to label. Write correct, incorrect or unsure as the label of each "
            f"line, then `tracestill audit --labels {drawn.sheet} --by NAME`."
        )
    elif drawn is not None and drawn.labelled:
        yield f"All {drawn.labelled} traces of this sample are labelled; a larger one (-n) asks for more."
    elif drawn is not None:
        yield "No trace is verified yet, so there is nothing to draw from: `tracestill filter` does that."
    if taken is not None:
        yield f"{taken.labels} labels taken in, {taken.known} were known, {taken.unlabelled} lines have none yet."


def _text(found: Audit) -> Iterator[str]:
    if not found.labelled:
        yield "No label is on record yet, so nothing can be said of the verifiers."
        return
    yield f"{found.labelled} traces are labelled, {found.unsure} of them as unsure, which count in no figure."
    if found.outside:
        yield f"{found.outside} more labels are of traces that the configuration does not describe or verify any more."
    yield ""
    yield table([_row(one) for one in found.figures if one.false_rejects.labelled or (one.proves and one.audited)])
    yield ""
    yield from _shortfalls(found.figures)


def _row(one: Figures) -> dict[str, str]:
    return {
        "domain": one.domain,
        "verifier": one.verifier,
        "audited": str(one.audited),
        "agreement": _share(one.agreement) if one.proves else "-",
        "false accepts": _share(one.false_accepts) if one.proves else "-",
        "false rejects": _share(one.false_rejects),
    }


def _share(rate: Rate) -> str:
    if rate.value is None or rate.low is None or rate.high is None:
        return "-"
    return f"{rate.value:.1%} ({rate.low:.1%} to {rate.high:.1%}) of {rate.traces}"


def _shortfalls(figures: Sequence[Figures]) -> Iterator[str]:
    """What rests on too few labels: a sentence for each figure of the cascade, one for all those of the verifiers."""
    others: list[str] = []
    for one in figures:
        named = {"false rejects": one.false_rejects} | ({"false accepts": one.false_accepts} if one.proves else {})
        for name, rate in sorted(named.items()):
            if not rate.further:
                continue
            if one.verifier == CASCADE:
                yield (
                    f"{one.domain}, {name} of the cascade: {rate.labelled} of {rate.traces} traces are labelled; about "
                    f"{rate.further} more would bring the interval within ±{WIDTH:.0%}."
                )
            else:
                others.append(f"{name} of {one.verifier} in {one.domain} ({rate.labelled}, {rate.further} more)")
    if others:
        yield f"Single verifiers that too few labels speak of for ±{WIDTH:.0%}: {', '.join(others)}."
