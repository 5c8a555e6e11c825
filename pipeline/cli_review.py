"""The command line of what people say of traces. One call per command and no logic."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .cli_options import DEFAULT_CONFIG, ConfigPath, Output, OutputForm, Sets

review_app = typer.Typer(rich_markup_mode=None)


class Verdict(StrEnum):
    """What a person says."""

    accept = "accept"
    reject = "reject"
    defer = "defer"
    withdraw = "withdraw"


@review_app.command()
def review(
    trace_id: Annotated[str, typer.Argument(help="A trace's id, or the start of it.")],
    verdict: Annotated[
        Verdict,
        typer.Argument(metavar="accept|reject|defer|withdraw", help="defer says nothing, withdraw unsays."),
    ],
    by: Annotated[str, typer.Option("--by", help="Who says so.")],
    note: Annotated[str, typer.Option("--note", help="Why.")] = "",
    config: ConfigPath = DEFAULT_CONFIG,
    sets: Sets = None,
    output: OutputForm = Output.text,
) -> None:
    """Say of one trace that it is right or wrong; outranks every verifier. Works while a run writes."""
    from .commands import review as command

    command.review(trace_id, verdict.value, by, note, config, sets, output.value)


@review_app.command()
def view(
    host: Annotated[str, typer.Option("--host", help="Address; beyond this machine a token is needed.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 8765,
    read_only: Annotated[bool, typer.Option("--read-only", help="Take no reviews.")] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    sets: Sets = None,
) -> None:
    """Serve a page to look at problems and traces and to review them (needs the view extra)."""
    from .commands import view as command

    command.view(config, sets, host, port, read_only=read_only)


@review_app.command()
def audit(
    wanted: Annotated[int, typer.Option("-n", min=1, help="Traces of the sample, the labelled ones included.")] = 200,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**31, help="Another one draws another sample.")] = 0,
    labels: Annotated[
        Path | None, typer.Option("--labels", help="Take in the labels of this sheet, which was filled in.")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="Who labelled it.")] = None,
    by_model: Annotated[
        bool, typer.Option("--model", help="A model labelled it: the labels measure, and change no outcome.")
    ] = False,
    report: Annotated[bool, typer.Option("--report", help="Only show what the labels say; draw nothing.")] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    sets: Sets = None,
    output: OutputForm = Output.text,
) -> None:
    """Measure how often the verifiers are wrong: draw traces for a person to label, and take the labels in."""
    from .commands import audit as command

    command.audit(wanted, seed, labels, by, config, sets, output.value, only_report=report, by_model=by_model)
