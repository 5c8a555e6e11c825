"""What the labels say of the verifiers: for each of them and for the cascade as a whole, how often it is wrong.

Everything is held against what the verifiers say of a trace under the present configuration, never against its outcome,
which the label itself has decided since.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ..corpus import Corpus, read
from ..view import View
from ..workspace import Workspace
from .drawing import strata_of
from .estimates import Cell, further_labels, rate
from .strata import Stratum

CASCADE = "cascade"
"""All required verifiers and the judge together: a pass is ``accepted``, a fail is ``rejected``."""
EVERYWHERE = "all"
"""All domains together, where there are several."""
WIDTH = 0.05
"""An interval of plus or minus this is narrow enough."""


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A share with its 95% interval, and what it rests on. There is no value where nothing is labelled."""

    value: float | None
    low: float | None
    high: float | None
    labelled: int
    """Traces with a label that decides."""
    traces: int
    """Traces that the share is about."""
    further: int
    """About how many more labels of such traces bring the interval within plus or minus WIDTH."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How one verifier, the judge or the cascade compares with people in one domain."""

    domain: str
    verifier: str
    """Its id, ``judge`` for the judge, or CASCADE."""
    proves: bool
    """Whether a pass claims that the answer is right. What another verifier lets pass is no error of its own."""
    audited: int
    agreement: Rate
    """Of what it passed or failed, the share in which people agree."""
    false_accepts: Rate
    """Of what it passed, the share that people call incorrect."""
    false_rejects: Rate
    """Of what it failed, the share that people call correct."""


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the labels say."""

    labelled: int
    """Traces with a label, those included that people were unsure about."""
    unsure: int
    outside: int
    """Labels of traces that are not among the verified ones any more; they count nowhere."""
    strata: list[Stratum]
    figures: list[Figures]


def audit(workspace: Workspace, view: View) -> Audit:
    """Hold the labels on record against the verdicts that the configuration asks for. Needs no lock."""
    return read(workspace, view, _ask)


def _ask(corpus: Corpus) -> Audit:
    strata = strata_of(corpus)
    labelled, decided = (sum(getattr(one, name) for one in strata) for name in ("labelled", "decided"))
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in corpus.ask("audit_cells"):
        groups.setdefault((row["domain"], row["judged_by"]), []).append(row)
    if len({domain for domain, _ in groups}) > 1:
        for (_, verifier), rows in list(groups.items()):
            groups.setdefault((EVERYWHERE, verifier), []).extend(rows)
    figures = [_figures(domain, verifier, rows) for (domain, verifier), rows in groups.items()]
    outside = len(corpus.ask("audit_labelled")) - labelled
    return Audit(labelled=labelled, unsure=labelled - decided, outside=outside, strata=strata, figures=figures)


def _figures(domain: str, verifier: str, rows: Sequence[dict[str, Any]]) -> Figures:
    passed = [row for row in rows if row["verdict"] == "pass"]
    failed = [row for row in rows if row["verdict"] == "fail"]
    right = [*(_cell(row, counts=True) for row in passed), *(_cell(row, counts=False) for row in failed)]
    agreement = _rate(right)
    return Figures(
        domain=domain,
        verifier=verifier,
        proves=all(row["proves"] for row in rows),
        audited=agreement.labelled,
        agreement=agreement,
        false_accepts=_rate([_cell(row, counts=False) for row in passed]),
        false_rejects=_rate([_cell(row, counts=True) for row in failed]),
    )


def _cell(row: dict[str, Any], *, counts: bool) -> Cell:
    """The traces of one stratum with one verdict; ``counts`` is whether the correct or the incorrect ones count."""
    return Cell.of(row["size"], ((label["correct"] == counts, label["chance"]) for label in row["labels"] or ()))


def _rate(cells: Sequence[Cell]) -> Rate:
    found = rate(cells)
    return Rate(
        value=None if found is None else found.value,
        low=None if found is None else found.low,
        high=None if found is None else found.high,
        labelled=sum(cell.labelled for cell in cells),
        traces=sum(cell.size for cell in cells),
        further=further_labels(cells, WIDTH),
    )
