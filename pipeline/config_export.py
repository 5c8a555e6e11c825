"""The part of the configuration that says what is written as a data set."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from .concern import Concern


class Export(Concern):
    """What is written as a data set."""

    configs: list[str] = Field(default=["sft", "generations", "traces"], min_length=1)
    """Forms of rows; docs/export.md has a table of them."""
    format: Literal["parquet", "jsonl"] = "parquet"
    """How rows are stored; jsonl: an object a line."""
    shard_mb: float = Field(default=256, gt=0)
    """A file that has reached this many megabytes (10^6 bytes) is followed by another one."""
    test_share: float = Field(default=0, ge=0, lt=1)
    """Share of the problems, with all their traces, that go into a split `test` of their own."""
    prompt: str | None = None
    """Prompt of every row's user turn; null takes train.prompts."""
    repo_id: str | None = None
    """Name of the data set on the Hub, as ORG/NAME."""

    @field_validator("configs")
    @classmethod
    def _each_once(cls, names: list[str]) -> list[str]:
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{repeated[0]!r} is given twice")
        return names
