"""The command line of ``tracestill policies``. One call per command and no logic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .cli_options import (
    DEFAULT_CONFIG,
    ConfigPath,
    OptionalConfig,
    Output,
    OutputForm,
    Sets,
    TermsFolder,
    TermsId,
)

policies_app = typer.Typer(
    help="Look at the terms and licences that the gate knows.", no_args_is_help=True, rich_markup_mode=None
)


@policies_app.command("list")
def policies_list(terms: TermsFolder = None, config: OptionalConfig = None, output: OutputForm = Output.text) -> None:
    """List the terms and licences that are known, with the last day of each reading."""
    from .commands import policy

    policy.list_terms(terms, config, output.value)


@policies_app.command("show")
def policies_show(terms_id: TermsId, terms: TermsFolder = None, config: OptionalConfig = None) -> None:
    """Print one provider's or licence's terms, with clauses and sources."""
    from .commands import policy

    policy.show_terms(terms_id, terms, config)


@policies_app.command("check")
def policies_check(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="With --lint: look at this folder of terms files only.")
    ] = None,
    config: OptionalConfig = None,
    sets: Sets = None,
    lint: Annotated[bool, typer.Option("--lint", help="Look for what is wrong with terms files instead.")] = False,
    output: OutputForm = Output.text,
) -> None:
    """Print what the gate decides about a configuration; exits 3 when it refuses."""
    from .commands import policy, terms_review

    if lint:
        terms_review.lint(folder, config, output.value)
    else:
        policy.check(folder, config or DEFAULT_CONFIG, sets, output.value)


@policies_app.command("review")
def policies_review(
    terms_id: TermsId,
    reviewer: Annotated[str, typer.Option("--reviewer", help="Who read the texts again.")],
    on: Annotated[
        str | None, typer.Option("--on", help="Day of the reading, as 2026-11-23; today if left out.")
    ] = None,
    terms: TermsFolder = None,
    config: ConfigPath = DEFAULT_CONFIG,
    yes: Annotated[bool, typer.Option("--yes", help="The words were confirmed already: do not ask.")] = False,
) -> None:
    """Record in your own folder that the quoted words of some terms still stand."""
    from .commands import terms_review

    terms_review.review(terms_id, reviewer, on, terms, config, yes)


@policies_app.command("evaluate")
def policies_evaluate(
    file: Annotated[Path, typer.Argument(metavar="CASES.jsonl", help="One case a line; docs/policies.md shows one.")],
    terms: TermsFolder = None,
) -> None:
    """Print the gate's answer to each situation of a file, one JSON object a line."""
    from .commands import case_evaluation

    case_evaluation.evaluate_cases(file, terms)


@policies_app.command("diff")
def policies_diff(
    terms: TermsFolder = None,
    config: ConfigPath = DEFAULT_CONFIG,
    sets: Sets = None,
    output: OutputForm = Output.text,
) -> None:
    """Show what the terms of today, or those of a folder, change for the data in hand."""
    from .commands import terms_changes

    terms_changes.diff(terms, config, sets, output.value)
