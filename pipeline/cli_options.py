"""Options and arguments that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Output(StrEnum):
    """How results are printed."""

    text = "text"
    json = "json"


ConfigPath = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")]
Sets = Annotated[
    list[str] | None, typer.Option("--set", help="Override a key of the file: a.b=value. May be repeated.")
]
OutputForm = Annotated[Output, typer.Option("--output", help="text, or json: one JSON object as the last line.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Only the first N problems.")]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Ask again for samples that failed in earlier runs.")]
PushTo = Annotated[
    str | None, typer.Option("--push", metavar="ORG/NAME", help="Also put it on the Hugging Face Hub, in one commit.")
]
Public = Annotated[bool, typer.Option("--public", help="What is pushed may be seen by everybody; else it is private.")]
TermsFolder = Annotated[
    Path | None, typer.Option("--terms", help="Folder of your own terms files, beside those that ship.")
]
OptionalConfig = Annotated[
    Path | None, typer.Option("--config", "-c", help="The configuration file, whose own terms count too.")
]
TermsId = Annotated[str, typer.Argument(metavar="ID", help="Id of the terms.")]
DEFAULT_CONFIG = Path("tracestill.yaml")
