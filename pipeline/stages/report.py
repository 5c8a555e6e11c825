"""Write the report: what went in, what became of it, what it cost, what the student gained; HTML and Markdown."""

from __future__ import annotations

import html
from importlib.resources import files

import msgspec
from jinja2 import Environment, StrictUndefined

from ..job import Job
from ..report_facts import OUTCOMES, gather
from ..workspace import replace_file, storage_errors


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """Where the report lies."""

    html: str
    markdown: str


def report(job: Job) -> Reported:
    """Gather the facts once and write both forms of the report."""
    with job.corpus() as corpus:
        facts = gather(job, corpus)
    page, markdown = job.workspace.reports / "report.html", job.workspace.reports / "report.md"
    with storage_errors(job.workspace.path):
        replace_file(page, _render("report.html.jinja", True, facts).encode())
        replace_file(markdown, _render("report.md.jinja", False, facts).encode())
    return Reported(html=str(page), markdown=str(markdown))


def _render(template: str, autoescape: bool, facts: object) -> str:
    environment = Environment(
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"percent": _percent, "interval": _interval, "cell": _cell}
    source = files(__package__ or "tracestill.pipeline.stages").joinpath(template).read_text(encoding="utf-8")
    return environment.from_string(source).render(facts=facts, outcomes=OUTCOMES)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _interval(estimate: dict[str, float], signed: bool = False) -> str:
    """A mean with its interval, in per cent or in points."""
    sign = "+" if signed else ""
    return (
        f"{100 * estimate['value']:{sign}.1f} [{100 * estimate['low']:{sign}.1f}, {100 * estimate['high']:{sign}.1f}]"
    )


def _cell(text: object) -> str:
    """Text that may stand in a cell of a Markdown table: model output must not break out of it."""
    line = html.escape(" ".join(str(text).split())[:200], quote=False)
    for mark in "\\|`[]*_":
        line = line.replace(mark, f"\\{mark}")
    return line
