"""The overview: the report's own counts, of a moment ago, and what a running job is doing."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from ..corpus import Row
from ..reporting.charts import funnel_chart, length_chart, rate_chart
from ..reporting.costs import cost
from ..reporting.funnel import funnels
from ..reporting.histograms import lengths, pass_rates
from ..workspace import Workspace
from .index import Snapshot


def overview(snapshot: Snapshot) -> dict[str, Any]:
    """Everything that the page shows of a snapshot."""
    reader = snapshot.reader()
    verifiers = reader.ask("verifier_yields")
    total, groups = funnels(reader, [row["verifier"] for row in verifiers])
    return {
        "total": total,
        "groups": groups,
        "funnel": funnel_chart(total, groups),
        "lengths": length_chart(lengths(reader)),
        "rates": rate_chart(pass_rates(reader)),
        "verifiers": verifiers,
        "reasons": reader.ask("refusal_reasons"),
        "decisions": reader.ask("decisions"),
        "cost": cost(reader, total.outcomes["accepted"]),
        "hours": list(reversed(reader.ask("shown_over_time"))),
    }


def running(workspace: Workspace) -> Row | None:
    """How far the present job is; null where none is at work."""
    if not workspace.held():
        return None
    with contextlib.suppress(FileNotFoundError, ValueError):
        found: Row = json.loads(workspace.status.read_bytes())
        done, total, seconds = found["done"], found["total"], found["seconds"]
        rate = done / seconds if seconds else 0.0
        left = (total - done) / rate if total and rate else None
        return found | {"rate": rate, "left": left, "share": done / total if total else None}
    return {"stage": "starting", "unit": "", "done": 0, "total": None, "facts": {}, "rate": 0.0, "left": None}
