"""One problem with its traces side by side, each with what was said of it."""

from __future__ import annotations

import json
from typing import Any, cast

from ..corpus import Row
from .index import Snapshot

SHOWN_CHARACTERS = 20_000
"""Of a text on a page; the whole of it is one click away, as plain text."""
DUPLICATE = "duplicate of "
"""How the list of what curation left out begins to say so."""


def problem_page(snapshot: Snapshot, problem_id: str) -> dict[str, Any] | None:
    """Everything that the page of a problem shows; null where there is no such problem."""
    found = snapshot.ask("shown_problem", problem_id=problem_id)
    if not found:
        return None
    problem = found[0]
    verdicts: dict[str, list[Row]] = {}
    for row in snapshot.ask("shown_verdicts", problem_id=problem_id, domain=problem["domain"]):
        verdicts.setdefault(row["trace_id"], []).append(row)
    reviews: dict[str, list[Row]] = {}
    for row in snapshot.ask("shown_reviews", problem_id=problem_id):
        reviews.setdefault(row["trace_id"], []).append(row)
    traces = [
        _shown(row, verdicts.get(row["trace_id"], []), reviews.get(row["trace_id"], []))
        for row in snapshot.ask("shown_texts", problem_id=problem_id)
    ]
    return {"problem": problem, "traces": traces}


def trace_of(snapshot: Snapshot, trace_id: str) -> Row | None:
    """One trace with its texts; null where there is none."""
    place = snapshot.ask("shown_place", trace_id=trace_id)
    if not place:
        return None
    rows = snapshot.ask("shown_texts", problem_id=place[0]["problem_id"])
    return next(({**row, **place[0]} for row in rows if row["trace_id"] == trace_id), None)


def whole_text(trace: Row) -> str:
    """Reasoning and response of a trace, one after the other."""
    return "\n\n".join(text for text in (trace["reasoning"], trace["response"]) if text)


def _shown(trace: Row, verdicts: list[Row], reviews: list[Row]) -> Row:
    texts = {name: _cut(trace[name]) for name in ("reasoning", "response")}
    return trace | {
        "texts": texts,
        "verdicts": verdicts,
        "extracted": _extracted(verdicts),
        "duplicate_of": _duplicate(trace["fate"]),
        "reviews": reviews,
        "last_review": reviews[-1]["review_id"] if reviews else "",
    }


def _cut(text: str | None) -> Row | None:
    if not text:
        return None
    return {"text": text[:SHOWN_CHARACTERS], "characters": len(text), "is_cut": len(text) > SHOWN_CHARACTERS}


def _extracted(verdicts: list[Row]) -> str | None:
    """The answer that a verifier read in the text."""
    for verdict in verdicts:
        try:
            details: Any = json.loads(verdict["details"] or "{}")
        except ValueError:
            continue
        if isinstance(details, dict) and "extracted" in details:
            found = cast("dict[str, object]", details)["extracted"]
            return None if found is None else str(found)[:500]
    return None


def _duplicate(fate: str | None) -> str | None:
    """The trace or problem that is kept in the place of one that curation found to be nearly the same."""
    return fate.removeprefix(DUPLICATE) if fate is not None and fate.startswith(DUPLICATE) else None
