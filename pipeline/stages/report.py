"""Write the report: what went in, what became of it, what it cost, what the student gained; HTML and Markdown."""

from __future__ import annotations

import msgspec

from ..job import Job
from ..rendering import render
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
        replace_file(page, render("report.html.jinja", facts, html=True, outcomes=OUTCOMES).encode())
        replace_file(markdown, render("report.md.jinja", facts, html=False, outcomes=OUTCOMES).encode())
    return Reported(html=str(page), markdown=str(markdown))
