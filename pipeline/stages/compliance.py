"""Write the compliance report: for every trace the terms that allow its use, with clause, source and date."""

from __future__ import annotations

import msgspec

from ...policies.outbound import Conflict, Source, combine
from ..compliance_facts import Compliance, gather
from ..corpus import Corpus
from ..errors import WorkspaceError
from ..exporting.base import hold_rejects
from ..job import Job
from ..manifest import extend, manifest_path, read_manifest, verify
from ..rendering import render
from ..workspace import replace_file, storage_errors, utc_now


class ComplianceReported(msgspec.Struct, frozen=True, kw_only=True):
    """Where the report lies, and what it found."""

    html: str
    markdown: str
    json: str
    manifest: str
    manifest_head: str
    """Hash of the manifest's last line: note it where nobody can change it, and the rest can be proven."""
    open_obligations: int
    """What is asked in return and not met yet."""
    blocked: list[str]
    """Subjects that may not be published as declared."""


def report_compliance(job: Job) -> ComplianceReported:
    """Extend the manifest, gather the facts once, and write all three forms.

    Raises:
        WorkspaceError: the manifest that is there is damaged.
    """
    with job.corpus() as corpus, storage_errors(job.workspace.path):
        manifest = extend(job.workspace, corpus, utc_now())
        facts = gather(job, corpus, _licence(job, corpus), manifest)
    places = {form: job.workspace.reports / f"compliance.{form}" for form in ("html", "md", "json")}
    with storage_errors(job.workspace.path):
        replace_file(places["html"], render("compliance.html.jinja", facts, html=True).encode())
        replace_file(places["md"], render("compliance.md.jinja", facts, html=False).encode())
        replace_file(places["json"], msgspec.json.format(msgspec.json.encode(facts), indent=1) + b"\n")
    return ComplianceReported(
        html=str(places["html"]),
        markdown=str(places["md"]),
        json=str(places["json"]),
        manifest=str(manifest_path(job.workspace)),
        manifest_head=facts.manifest_head,
        open_obligations=sum(one.state != "met" for one in facts.obligations),
        blocked=_blocked(facts),
    )


def verify_report(job: Job) -> int:
    """Hold the workspace against its manifest; gives how many entries that has. Nothing is written.

    Raises:
        WorkspaceError: there is no manifest, or something differs; the message names everything.
    """
    with job.corpus() as corpus:
        findings = verify(job.workspace, corpus)
    if findings:
        lines = "\n".join(f"- {one.kind} {one.name}: {one.problem}" for one in findings)
        raise WorkspaceError(f"{manifest_path(job.workspace)}: the workspace is not what was reported:\n{lines}")
    return len(read_manifest(job.workspace))


def _blocked(facts: Compliance) -> list[str]:
    return [ruling["subject"] for ruling in facts.rulings if ruling["blocked"]]


def _licence(job: Job, corpus: Corpus) -> str:
    """Licence of the exported set, or why there is none."""
    rows = corpus.ask("exported_parts", whole=hold_rejects(job.config.export.configs))
    outbound = combine(Source(row["source"], row["license"]) for row in rows)
    return f"none: {outbound.sentence}" if isinstance(outbound, Conflict) else outbound.expression
