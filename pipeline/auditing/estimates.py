"""A rate over traces of which a stratified sample was labelled, with a 95% interval.

The traces fall into cells, a sample of each was labelled, and the rate is the mean of the cells' shares, each weighted
by the traces that it has. The interval of one cell is Wilson's (E. B. Wilson 1927, JASA 22:209-212), with the variance
of a draw without replacement, so that a cell which was labelled whole has no width. Over several cells it reaches to
the outer ends of two intervals, each of which is Wilson's for one cell:

- the distances from the shares to the ends of their own Wilson intervals, added as variances are: the MOVER of G. Y.
  Zou, W. Huang and X. Zhang 2009, Computational Statistics & Data Analysis 53:1080-1085;
- Wilson's for as many labels of a plain draw as would have the variance of this one, each cell's share drawn a little
  to the mean before its variance is taken: after E. L. Korn and B. I. Graubard 1998, Survey Methodology 24:193-201,
  who put that number into the interval of Clopper and Pearson.

By itself the one is too short at the end near 0 or 1 when many cells have few labels each, the other at the opposite
end when a large cell with few labels shows no error; together they hold what they promise.

Assumed: within a cell every trace was as likely to be drawn as its weight says, what was not labelled is like what was,
and labels are right. The interval is about the traces that are there, not about those of tomorrow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist

import msgspec

from ..statistics import LEVEL, Estimate

Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
PRIOR = 0.5
"""Share that is expected, for planning, where nothing was labelled: the one that takes most labels."""
DRAWN_IN = 4.0
"""Labels that say what all cells say, for the variance of one."""


class Cell(msgspec.Struct, frozen=True):
    """Traces of one kind, and what was found in the labelled ones."""

    size: int
    labelled: int = 0
    share: float = PRIOR
    """Of the labelled ones, each weighted by how unlikely it was to be drawn, those that count."""
    effective: float = 0.0
    """Labels of equal weight that would tell as much (L. Kish 1965, Survey Sampling, section 11.7)."""

    @classmethod
    def of(cls, size: int, marks: Iterable[tuple[bool, float]]) -> Cell:
        """A cell from its labelled traces: whether each counts, and the chance with which it was drawn."""
        weighted = [(counts, 1.0 / chance) for counts, chance in marks]
        if not weighted:
            return cls(size)
        total = math.fsum(weight for _, weight in weighted)
        share = math.fsum(weight for counts, weight in weighted if counts) / total
        squares = math.fsum(weight * weight for _, weight in weighted)
        return cls(size, len(weighted), min(1.0, share), total * total / squares)

    @property
    def number(self) -> float:
        """Labels of a draw with replacement that would tell as much; without end where all are labelled."""
        if self.labelled >= self.size:
            return math.inf
        return self.effective * (self.size - 1) / (self.size - self.effective)


def wilson(share: float, number: float) -> tuple[float, float]:
    """The interval of a share that was found in ``number`` labels."""
    if number <= 0:
        return 0.0, 1.0
    spread = Z * Z / number
    middle = (share + spread / 2) / (1 + spread)
    half = math.sqrt(spread * share * (1 - share) + spread * spread / 4) / (1 + spread)
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def rate(cells: Sequence[Cell]) -> Estimate | None:
    """The rate over all cells; none where nothing was labelled.

    The value is that of the cells with labels. Cells without any may hold whatever they like: the interval is widened
    by as much as they could move it.
    """
    seen = [cell for cell in cells if cell.labelled]
    covered = sum(cell.size for cell in seen)
    if not covered:
        return None
    weighted = [(cell.size / covered, cell) for cell in seen]
    value = min(1.0, math.fsum(weight * cell.share for weight, cell in weighted))
    ends = (_added(weighted, value), wilson(value, _as_plain_draw(weighted, value)))
    known = covered / sum(cell.size for cell in cells)
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    return Estimate(value, low * known, min(1.0, high * known + (1.0 - known)))


def _added(weighted: Sequence[tuple[float, Cell]], value: float) -> tuple[float, float]:
    """The value less and more the distances to the ends of the cells' intervals, added as variances are."""
    ends = [(weight, cell.share, *wilson(cell.share, cell.number)) for weight, cell in weighted]
    below = math.fsum((weight * (share - low)) ** 2 for weight, share, low, _ in ends)
    above = math.fsum((weight * (high - share)) ** 2 for weight, share, _, high in ends)
    return max(0.0, value - math.sqrt(below)), min(1.0, value + math.sqrt(above))


def _as_plain_draw(weighted: Sequence[tuple[float, Cell]], value: float) -> float:
    """Labels of a plain draw that would have the variance of this one."""
    variance, even = 0.0, 0.0
    for weight, cell in weighted:
        share = (cell.share * cell.effective + value * DRAWN_IN) / (cell.effective + DRAWN_IN)
        variance += weight * weight * share * (1 - share) / cell.number
        even += weight * weight / cell.number
    if not even:
        return math.inf
    return value * (1 - value) / variance if variance else 1 / even


def further_labels(cells: Sequence[Cell], width: float) -> int:
    """About how many further labels, drawn in proportion, would bring the interval within plus or minus ``width``."""
    found = rate(cells)
    expected = PRIOR if found is None else found.value
    planned = [cell if cell.labelled else msgspec.structs.replace(cell, share=expected) for cell in cells]
    fewest, most = 0, sum(cell.size - cell.labelled for cell in cells)
    while fewest < most:
        middle = (fewest + most) // 2
        if _half_width(planned, middle) <= width:
            most = middle
        else:
            fewest = middle + 1
    return fewest


def _half_width(cells: Sequence[Cell], further: int) -> float:
    """Half of the interval's width after ``further`` labels that find what was found so far."""
    if further:
        part = further / sum(cell.size - cell.labelled for cell in cells)
        cells = [_grown(cell, part) for cell in cells]
    found = rate(cells)
    return 0.5 if found is None else (found.high - found.low) / 2


def _grown(cell: Cell, part: float) -> Cell:
    """The cell once ``part`` of what it has left is labelled."""
    left = cell.size - cell.labelled
    labelled = cell.size if part >= 1 else max(1, cell.labelled)
    return msgspec.structs.replace(cell, labelled=labelled, effective=cell.effective + part * left)
