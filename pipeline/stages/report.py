"""Write the report: what went in, what became of it, what it cost, what the student gained; HTML, Markdown, JSON."""

from __future__ import annotations

import msgspec

from ..config_evaluate import BASE, STUDENT
from ..job import Job
from ..rendering import render
from ..report_facts import Facts, gather
from ..reporting.charts import Columns, calibration_chart, funnel_chart, length_chart, rate_chart
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
        "calibration_charts": _calibration_charts(facts),
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


def _calibration_charts(facts: Facts) -> list[tuple[str, Columns]]:
    """Those of base and student; others are in the table."""
    scores = [] if facts.evaluation is None else facts.evaluation.scores
    return [
        (score.contestant, calibration_chart([(one.least, one.most, one.share, one.right) for one in found.bins]))
        for score in scores
        if (found := score.calibration) is not None and score.contestant in (BASE, STUDENT)
    ]
