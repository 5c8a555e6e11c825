"""The part of the configuration that says what is written as a data set."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .concern import Concern


class Export(Concern):
    """What is written as a data set."""

    configs: list[Literal["sft", "generations", "traces"]] = Field(
        default=["sft", "generations", "traces"], min_length=1
    )
    """sft: an example a row; generations: a problem a row; traces: all, rejects too, no text in quarantine."""
    prompt: str | None = None
    """Prompt of every row's user turn; null takes train.prompts."""
    repo_id: str | None = None
    """Name of the data set on the Hub, as ORG/NAME."""
