"""The command line of what keeps a workspace in order."""

from __future__ import annotations

from typing import Annotated

import typer

from .cli_options import DEFAULT_CONFIG, ConfigPath, Output, OutputForm, Sets

workspace_app = typer.Typer(rich_markup_mode=None)

Place = Annotated[str, typer.Argument(help="A folder, or a URL that fsspec reaches, such as s3://bucket/folder.")]


@workspace_app.command()
def compact(config: ConfigPath = DEFAULT_CONFIG, sets: Sets = None, output: OutputForm = Output.text) -> None:
    """Merge small segments of the ledger; others may read meanwhile."""
    from .commands import housekeeping

    housekeeping.compact(config, sets, output.value)


@workspace_app.command("verify-workspace")
def verify_workspace(config: ConfigPath = DEFAULT_CONFIG, sets: Sets = None, output: OutputForm = Output.text) -> None:
    """Check every file, every hash and the accounting, and say what to do; works while a run writes."""
    from .commands import housekeeping

    housekeeping.verify_workspace(config, sets, output.value)


@workspace_app.command()
def backup(
    place: Place, config: ConfigPath = DEFAULT_CONFIG, sets: Sets = None, output: OutputForm = Output.text
) -> None:
    """Bring a copy of the workspace up to date; works while a run writes."""
    from .commands import housekeeping

    housekeeping.backup(place, config, sets, output.value)


@workspace_app.command()
def restore(
    place: Place, config: ConfigPath = DEFAULT_CONFIG, sets: Sets = None, output: OutputForm = Output.text
) -> None:
    """Make the workspace from what `backup` wrote."""
    from .commands import housekeeping

    housekeeping.restore(place, config, sets, output.value)
