"""``tracestill grade`` and ``tracestill doctor``: the verifiers by themselves, and what is wrong with a set-up."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .cli_options import DEFAULT_CONFIG, ConfigPath, Output, OutputForm, Sets

grade_app = typer.Typer(
    help="Run the verifiers by themselves, on any file.", no_args_is_help=True, rich_markup_mode=None
)
doctor_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


class Isolation(StrEnum):
    """What programs run in."""

    namespaces = "namespaces"
    landlock = "landlock"


InFile = Annotated[Path, typer.Argument(help="Input, one JSON object a line.")]
OutFile = Annotated[Path, typer.Option("-o", "--out", help="Output, one JSON object a line in the same order.")]


@grade_app.command("math")
def grade_math(file: InFile, out: OutFile) -> None:
    """Grade {"id", "gold", "pred"} lines; "form" is answer or response (the default)."""
    from .commands import grading

    grading.grade_math(file, out)


@grade_app.command("code")
def grade_code(
    file: InFile,
    out: OutFile,
    isolation: Annotated[
        Isolation | None, typer.Option(help="Force what programs run in; left out, the best that this machine gives.")
    ] = None,
    unsafe: Annotated[
        bool,
        typer.Option("--unsafe-no-isolation", help="Run programs with your rights. Every verdict is marked."),
    ] = False,
) -> None:
    """Grade {"id", "code", "tests"} lines: run each program against its tests, in the sandbox."""
    from .commands import code_grading

    code_grading.grade_code(file, out, "none" if unsafe else isolation.value if isolation else None)


@doctor_app.callback()
def doctor_machine(context: typer.Context, output: OutputForm = Output.text) -> None:
    """Find what is wrong with a set-up before it costs anything; by itself, what this machine can do."""
    if context.invoked_subcommand is None:
        from .commands import doctor

        doctor.machine(output.value)


@doctor_app.command("problems")
def doctor_problems(config: ConfigPath = DEFAULT_CONFIG, sets: Sets = None, output: OutputForm = Output.text) -> None:
    """List problems whose reference cannot be read, and rows that are no problem. Calls no teacher."""
    from .commands import doctor

    doctor.problems(config, sets, output.value)
