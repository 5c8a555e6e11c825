"""The same scores on some of the problems: those of one set, of one domain, of one difficulty.

Difficulties are those that the sets declare. Bands by how often the base solves a problem would be none: who is chosen
for a low score scores higher the next time, and the student would seem to gain most where the base was unlucky.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from ..config_evaluate import BASE, STUDENT
from ..statistics import estimate
from .measuring import Measured
from .results import Gain, Slice, SliceScore

__all__ = ["slices_of"]

KINDS = ("source", "domain", "difficulty")

GainOver = Callable[[Measured, str, Sequence[int]], Gain]


def slices_of(measured: Measured, gain_over: GainOver) -> list[Slice]:
    """The slices of each kind, where there is more than one: a single one is the whole."""
    found: list[Slice] = []
    for kind in KINDS:
        places: dict[str, list[int]] = {}
        for place, row in enumerate(measured.rows[STUDENT]):
            if row[kind] is not None:
                places.setdefault(row[kind], []).append(place)
        if len(places) > 1:
            found += [_slice(measured, kind, name, places[name], gain_over) for name in sorted(places, key=_order)]
    return found


def _slice(measured: Measured, kind: str, name: str, places: Sequence[int], gain_over: GainOver) -> Slice:
    return Slice(
        by="set" if kind == "source" else kind,
        name=name,
        problems=len(places),
        scores=[_score(measured, one.teacher.id, places) for one in measured.asked],
        gain=gain_over(measured, BASE, places),
    )


def _score(measured: Measured, contestant: str, places: Sequence[int]) -> SliceScore:
    resamplings, rows = measured.settings.bootstrap, measured.rows[contestant]
    first, best = measured.series(contestant)
    return SliceScore(
        contestant=contestant,
        pass_at_1=estimate([first[place] for place in places], resamplings),
        pass_at_k=estimate([best[place] for place in places], resamplings),
        format_rate=sum(rows[place]["well_formed"] for place in places)
        / max(1, sum(rows[place]["samples"] for place in places)),
    )


def _order(name: str) -> tuple[int, str]:
    """Whole numbers by size, before words."""
    return (int(name), name) if name.isdecimal() else (sys.maxsize, name)
