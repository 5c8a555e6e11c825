"""Text of others in Markdown files of ours: it stays text, whatever it says."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from ..policies.plain_text import MAX_NAME, one_line


def escaped(text: str, longest: int | None = MAX_NAME) -> str:
    """A name on one line that is shown as it is: no link, no tag, no emphasis, no end of a table's cell."""
    line = html.escape(one_line(text, longest), quote=False)
    for mark in "\\|`[]*_~#!":
        line = line.replace(mark, f"\\{mark}")
    return line


def sentence(text: str) -> str:
    """The same for a sentence, which is not cut off."""
    return escaped(text, None)


def verbatim(text: str) -> str:
    """A block that holds the text to the letter; its fence is longer than any that the text holds."""
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall(r"`+", text))])
    return f"{fence}text\n{text}\n{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the cells are escaped."""
    lines = [list(head), ["---"] * len(head), *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def listed(items: Iterable[str]) -> str:
    """A list; the items are Markdown already."""
    return "\n".join(f"- {item}" for item in items)
