"""Where the traces went: of what was sampled in all, of each source, of each domain, by each teacher."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from ..corpus import Corpus
from .shares import percentages

__all__ = ["GROUPINGS", "OUTCOMES", "Funnel", "Rejection", "funnels"]

OUTCOMES: tuple[str, ...] = ("accepted", "rejected", "undecided", "pending", "failed", "quarantined", "superseded")
GROUPINGS = {"source": "source", "domain": "domain", "teacher": "teacher_id"}
"""What traces are grouped by, with the column that it is."""

Row = dict[str, Any]


class Rejection(msgspec.Struct, frozen=True):
    """What one verifier decided against; ``review`` stands for people."""

    traces: int
    percent: float


class Funnel(msgspec.Struct, frozen=True, kw_only=True):
    """Where the traces of one group went, and what came out.

    The outcomes sum to what was sampled, and their percentages to 100.0; so do both with ``rejected`` split up.
    """

    group: str
    sampled: int
    outcomes: dict[str, int]
    percent: dict[str, float]
    rejected_by: dict[str, Rejection]
    """By deciding verifier, the same ones in every group, in order of cost."""
    problems: int
    """That were asked."""
    problems_solved: int
    """That some accepted trace solves."""
    problems_chosen: int
    """That have an example."""
    examples: int
    completion_tokens: int
    usd: float | None
    """What the traces cost, null where no price is known; judges and rewriters are not in it."""
    tokens_per_accepted: float | None
    usd_per_accepted: float | None


def funnels(corpus: Corpus, cascade: Sequence[str]) -> tuple[Funnel, dict[str, list[Funnel]]]:
    """The funnel of all traces and those of the groups, from the table ``reported``.

    Args:
        corpus: a reader with that table.
        cascade: names of the verifiers, in the order in which they shall stand.
    """
    rows = corpus.ask("funnel")
    found = {row["rejected_by"] for row in rows} - {None}
    deciding = [name for name in cascade if name in found] + sorted(found - set(cascade))
    yields = {(row["grouped_by"], row["name"]): row for row in corpus.ask("yields")}
    groups = {
        grouping: [
            _funnel(name, mine, deciding, yields[grouping, name])
            for name, mine in _split(rows, column)
        ]
        for grouping, column in GROUPINGS.items()
    }  # fmt: skip
    return _funnel("all", rows, deciding, yields[None, None]), groups


def _split(rows: Iterable[Row], column: str) -> list[tuple[str, list[Row]]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return sorted(groups.items())


def _funnel(group: str, rows: Iterable[Row], deciding: Sequence[str], found: Mapping[str, Any]) -> Funnel:
    parts: dict[tuple[str, str | None], int] = {}
    for outcome in OUTCOMES:
        parts |= {(outcome, name): 0 for name in (deciding if outcome == "rejected" else (None,))}
    for row in rows:
        parts[row["outcome"], row["rejected_by"]] += row["traces"]
    shares = dict(zip(parts, percentages(list(parts.values())), strict=True))
    outcomes = {name: sum(count for (outcome, _), count in parts.items() if outcome == name) for name in OUTCOMES}
    tokens, usd, accepted = found["completion_tokens"] or 0, found["usd"], outcomes["accepted"]
    return Funnel(
        group=group,
        sampled=sum(parts.values()),
        outcomes=outcomes,
        percent={
            name: round(sum(share for (outcome, _), share in shares.items() if outcome == name), 1)
            for name in OUTCOMES
        },
        rejected_by={name: Rejection(parts["rejected", name], shares["rejected", name]) for name in deciding},
        **{name: found[name] for name in ("problems", "problems_solved", "problems_chosen", "examples")},
        completion_tokens=tokens,
        usd=usd,
        tokens_per_accepted=tokens / accepted if accepted else None,
        usd_per_accepted=usd / accepted if accepted and usd is not None else None,
    )  # fmt: skip
