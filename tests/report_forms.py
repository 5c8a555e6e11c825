"""The three forms of a report as a reader sees them: tables by their headings, charts, numbers."""

from __future__ import annotations

import html
import json
import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

Table = list[list[str]]


class Forms(NamedTuple):
    """Tables are in the order of the page, the first row of each is its head."""

    html: str
    markdown: str
    json: dict[str, Any]
    html_tables: list[Table]
    markdown_tables: list[Table]
    charts: list[ElementTree.Element]


def read_forms(folder: Path) -> Forms:
    """The forms in ``folder``; numbers of the JSON with a point are decimals, as they stand there."""
    page = (folder / "report.html").read_text(encoding="utf-8")
    markdown = (folder / "report.md").read_text(encoding="utf-8")
    facts = json.loads((folder / "report.json").read_text(encoding="utf-8"), parse_float=Decimal)
    reader = _Tables()
    reader.feed(page)
    charts = [ElementTree.fromstring(text) for text in re.findall(r'<svg class="chart".*?</svg>', page, re.DOTALL)]
    return Forms(page, markdown, facts, reader.tables, _markdown_tables(markdown), charts)


class _Tables(HTMLParser):
    """Cells with their text as a browser shows it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Table] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.tables[-1][-1][-1] += data


def _markdown_tables(text: str) -> list[Table]:
    tables: list[Table] = []
    previous = ""
    for line in text.splitlines():
        if line.startswith("|"):
            if not previous.startswith("|"):
                tables.append([])
            cells = [_shown(cell) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if set("".join(cells)) != {"-"}:
                tables[-1].append(cells)
        previous = line
    return tables


def _shown(cell: str) -> str:
    """A Markdown cell as it is shown."""
    return html.unescape(re.sub(r"\\(.)", r"\1", cell.strip()))
