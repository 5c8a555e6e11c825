"""Rows on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..printable import printable

CELL = 80
"""Characters of a value that a table shows."""


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows in columns of even width, under the names of their columns."""
    if not rows:
        return "(no rows)"
    cells = [list(rows[0])] + [[_cell(value) for value in row.values()] for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )


def _cell(value: Any) -> str:
    text = " ".join(printable("" if value is None else str(value)).split())
    return text if len(text) <= CELL else f"{text[: CELL - 3]}..."
