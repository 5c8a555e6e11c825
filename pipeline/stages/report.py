"""Write the report: what went in, what became of it, what it cost, what the student gained; HTML, Markdown, JSON."""

from __future__ import annotations

import msgspec

from ..job import Job
from ..rendering import render
from ..report_facts import Facts, gather
from ..reporting.charts import funnel_chart, length_chart, rate_chart
from ..reporting.funnel import OUTCOMES, Funnel
from ..workspace import replace_file, storage_errors


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """Where the report lies."""

    html: str
    markdown: str
    json: str


def report(job: Job) -> Reported:
    """Gather the facts once and write all three forms of the report.

    Raises:
        Interrupted: a signal came.
    """
    with job.corpus() as corpus:
        facts = gather(job, corpus)
    places = {form: job.workspace.reports / f"report.{form}" for form in ("html", "md", "json")}
    shown = {"outcomes": OUTCOMES, "rows": _rows(facts)}
    charts = {
        "funnel_chart": funnel_chart(facts.total, facts.groups),
        "length_chart": length_chart(facts.lengths),
        "rate_chart": rate_chart(facts.pass_rates),
    }
    with storage_errors(job.workspace.path):
        replace_file(places["html"], render("report.html.jinja", facts, html=True, **shown, **charts).encode())
        replace_file(places["md"], render("report.md.jinja", facts, html=False, **shown).encode())
        replace_file(places["json"], msgspec.json.format(msgspec.json.encode(facts), indent=1) + b"\n")
    return Reported(html=str(places["html"]), markdown=str(places["md"]), json=str(places["json"]))


def _rows(facts: Facts) -> list[tuple[str, Funnel]]:
    """The lines of the tables that have one for each group."""
    rows = [("all", facts.total)]
    return rows + [(f"{grouping}: {one.group}", one) for grouping, found in facts.groups.items() for one in found]
