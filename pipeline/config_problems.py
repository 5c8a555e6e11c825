"""The part of the configuration file about where problems come from."""

from __future__ import annotations

from typing import Any, Literal

from .concern import Concern, Name
from .records import Domain


class ProblemSet(Concern):
    """Where problems come from."""

    path: str | None = None
    """A .jsonl, .parquet or .csv file (relative to this configuration file), or a Hub data set's name."""
    format: str | None = None
    """Which reader, such as jsonl, table, huggingface or gsm8k; null goes by the file's ending."""
    source: Name = "unknown"
    """Name of this set in every report."""
    license: str | None = None
    """Licence of the problems, as an SPDX expression."""
    split: Name = "train"
    """Split of lines that name none; lines of another split are left out."""
    domain: Domain = "math"
    """Domain of lines that name none."""
    on_error: Literal["stop", "skip"] = "stop"
    """What a line that is no problem does: stop the run before it costs anything, or be reported and skipped."""
    options: dict[str, Any] = {}
    """Settings of the reader itself; docs/problems.md lists them."""
