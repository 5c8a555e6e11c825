"""``tracestill policies diff``: what other terms change for the data in hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...policies.gate import Gate
from ...policies.library import load_terms
from ..corpus import Corpus
from ..terms_changes import Change, changes
from ..workspace import Workspace
from .opening import open_plan, print_result

Sets = Sequence[str] | None


def diff(folder: Path | None, config: Path, sets: Sets, output: str) -> None:
    """Compare what the gate decided with what it says by the terms of today, or by those of ``folder``."""
    plan = open_plan(config, sets)
    gate = plan.gate
    if folder is not None:
        gate = Gate(load_terms(folder), gate.declared, gate.agreements)
    with Corpus(Workspace.open(plan.workspace_path), plan.view()) as corpus:
        found = changes(plan.config, gate, corpus)
    text = "\n".join(map(_line, found)) or "Nothing changes for what is in the workspace."
    print_result({"policy_digest": gate.policy_digest, "changes": found}, output, text)


def _line(change: Change) -> str:
    codes = ", ".join(change.reason_codes)
    return (
        f"{change.subject}, {change.traces} traces: {change.before} when it was decided for {change.stage} on "
        f"{change.decided_on}, now {change.now}{' and blocked' if change.blocked else ''} ({codes or 'no reason code'})"
    )
