"""``tracestill report``: what became of the traces, or whether they may be used as declared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from ..errors import ConfigError
from ..stages.compliance import ComplianceReported, report_compliance, verify_report
from ..stages.report import report as report_results
from ..starting import start
from ..stopping import stop_on_signals
from .opening import open_plan, print_result

Sets = Sequence[str] | None


def report(config: Path, sets: Sets, output: str, compliance: bool, verify: bool) -> None:
    """Write one of the reports, or hold the workspace against the manifest.

    Raises:
        WorkspaceError: with ``verify``, something is not what was reported.
    """
    if compliance and verify:
        raise ConfigError("--compliance writes the report, --verify holds the workspace against the last: give one")
    plan = open_plan(config, sets)
    with stop_on_signals() as stop, start(plan, stop) as job:
        if verify:
            entries = verify_report(job)
            text = f"The workspace is what was reported: {entries} entries of the manifest hold."
            print_result({"stage": "report", "verified": entries}, output, text)
            return
        result = report_compliance(job) if compliance else report_results(job)
    lines = [result.markdown, result.html]
    if isinstance(result, ComplianceReported):
        lines[:0] = _outlook(result)
    print_result({"stage": "report"} | msgspec.to_builtins(result), output, "\n".join(lines))


def _outlook(result: ComplianceReported) -> list[str]:
    """What a person should look at first."""
    lines = [f"manifest: {result.manifest_head}"]
    if result.open_obligations:
        lines.append(f"{result.open_obligations} obligations are still open")
    if result.blocked:
        lines.append(f"not to be published as declared: {', '.join(result.blocked)}")
    return lines
