"""``tracestill review``: a person's verdict on one trace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..printable import printable
from ..records import ReviewVerdict
from ..reviewing import Reviewer, standing
from ..workspace import Workspace
from .opening import open_plan, print_result

Sets = Sequence[str] | None


def review(
    trace_id: str, verdict: ReviewVerdict, reviewer: str, note: str, config: Path, sets: Sets, output: str
) -> None:
    """Put the verdict on record, and say what has become of the trace by it."""
    plan = open_plan(config, sets)
    workspace, view = Workspace.open(plan.workspace_path), plan.view()
    with Reviewer(workspace, view, reviewer) as person:
        said = person.review(trace_id, verdict, note)
    now = standing(workspace, view, said.trace_id)
    result = {name: getattr(said, name) for name in ("review_id", "trace_id", "reviewer", "verdict", "note")}
    text = f"{said.trace_id}: {said.verdict} by {said.reviewer} is on record; the trace is {now.outcome}: {now.reason}"
    print_result(result | {"outcome": now.outcome, "reason": now.reason}, output, printable(text))
