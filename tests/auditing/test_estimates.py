"""Rates from a stratified sample: the numbers of the books, the weights, and how often the interval holds the truth."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracestill.pipeline.auditing.estimates import Cell, further_labels, rate, wilson
from tracestill.pipeline.statistics import Estimate


def labelled(size: int, errors: int, number: int) -> Cell:
    """A cell of which ``number`` traces were drawn with equal chances."""
    return Cell.of(size, [(place < errors, number / size) for place in range(number)])


def found(*cells: Cell) -> Estimate:
    estimate = rate(cells)
    assert estimate is not None
    return estimate


@pytest.mark.parametrize(
    ("errors", "number", "low", "high"),
    [(1, 10, 0.0179, 0.4042), (0, 20, 0.0, 0.1611), (15, 148, 0.0624, 0.1605), (29, 29, 0.8830, 1.0)],
)
def test_wilson_gives_the_published_intervals(errors: int, number: int, low: float, high: float) -> None:
    """Newcombe 1998, Statistics in Medicine 17:857-872, table I, and Brown, Cai and DasGupta 2001."""
    assert wilson(errors / number, number) == pytest.approx((low, high), abs=5e-5)


def test_one_cell_has_wilsons_interval_and_one_that_is_labelled_whole_has_none() -> None:
    one = found(labelled(10**9, 3, 50))
    assert (one.low, one.high) == pytest.approx(wilson(0.06, 50), rel=1e-6)
    whole = found(labelled(50, 3, 50))
    assert (whole.value, whole.low, whole.high) == pytest.approx((0.06, 0.06, 0.06))
    half = found(labelled(100, 3, 50))
    assert one.low < half.low < half.high < one.high


def test_cells_are_weighted_by_their_traces_not_by_their_labels() -> None:
    large, small = labelled(9000, 1, 20), labelled(1000, 10, 20)
    assert found(large, small).value == pytest.approx((9000 * 0.05 + 1000 * 0.5) / 10_000)


def test_labels_that_were_drawn_with_other_chances_weigh_otherwise() -> None:
    marks = [(True, 0.5)] * 10 + [(False, 0.05)] * 10
    cell = Cell.of(1000, marks)
    assert cell.share == pytest.approx(10 / 0.5 / (10 / 0.5 + 10 / 0.05))
    assert cell.labelled == 20
    assert cell.effective < 13, "such labels tell less than as many of equal weight"


def test_what_nobody_labelled_may_be_anything() -> None:
    known = found(labelled(900, 9, 90))
    wider = found(labelled(900, 9, 90), Cell(100))
    assert wider.value == known.value
    assert wider.low == pytest.approx(0.9 * known.low)
    assert wider.high == pytest.approx(0.9 * known.high + 0.1)
    assert rate([Cell(100)]) is None
    assert rate([]) is None


@given(st.lists(st.tuples(st.integers(1, 500), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=6))
def test_an_interval_holds_its_value_and_lies_within_bounds(drawn: list[tuple[int, float, float]]) -> None:
    cells = [labelled(size, round(share * part * size), round(part * size)) for size, share, part in drawn]
    estimate = rate(cells)
    if estimate is None:
        assert not any(cell.labelled for cell in cells)
    else:
        unknown = 1 - sum(cell.size for cell in cells if cell.labelled) / sum(cell.size for cell in cells)
        assert 0 <= estimate.low <= estimate.value + 1e-12
        assert estimate.value * (1 - unknown) <= estimate.high + 1e-12
        assert estimate.high <= 1
        assert estimate.high - estimate.low >= unknown - 1e-12


STRATA = {
    "one": ([(1000, 0.1)], [40]),
    "rare in the large one": ([(5000, 0.01), (500, 0.2)], [60, 10]),
    "few labels each": ([(1000, 0.05)] * 10, [5] * 10),
    "all different": ([(2000, 0.02), (300, 0.1), (60, 0.3), (20, 0.5)], [60, 15, 5, 5]),
    "the large one hardly labelled": ([(3000, 0.1), (1000, 0.01)], [10, 60]),
    "some whole": ([(5, 0.6), (40, 0.1), (4000, 0.03)], [5, 40, 80]),
    "often": ([(100, 0.9), (1000, 0.5), (400, 0.4)], [5, 50, 20]),
    "seven": (
        [(208, 0.1), (797, 0.0), (4735, 0.05), (56, 0.4), (59, 0.05), (32, 0.2), (1892, 0.01)],
        [30, 5, 30, 5, 59, 5, 30],
    ),
}


@pytest.mark.parametrize("name", STRATA)
def test_the_interval_holds_the_truth_as_often_as_it_says(name: str) -> None:
    strata, numbers = STRATA[name]
    populations = [[place < round(size * share) for place in range(size)] for size, share in strata]
    truth = sum(map(sum, populations)) / sum(map(len, populations))
    draw = random.Random(1)
    held, values = 0, 0.0
    for _ in range(600):
        cells = [
            Cell.of(len(population), [(mark, number / len(population)) for mark in draw.sample(population, number)])
            for population, number in zip(populations, numbers, strict=True)
        ]
        estimate = found(*cells)
        held += estimate.low - 1e-9 <= truth <= estimate.high + 1e-9
        values += estimate.value / 600
    assert held / 600 >= 0.9
    assert values == pytest.approx(truth, abs=0.01), "the estimate is biased"


def test_further_labels_bring_the_interval_to_the_width() -> None:
    for cells in ([labelled(5000, 3, 30)], [labelled(4000, 2, 20), labelled(500, 5, 10)], [Cell(3000)]):
        further = further_labels(cells, 0.05)
        share = 0.5 if not any(cell.labelled for cell in cells) else None
        left = sum(cell.size - cell.labelled for cell in cells)
        for more, reached in ((further, True), (further // 2, False)):
            grown = [_with(cell, round(more * (cell.size - cell.labelled) / left), share) for cell in cells]
            estimate = found(*grown)
            assert ((estimate.high - estimate.low) / 2 <= 0.0505) == reached
    assert further_labels([labelled(300, 0, 300)], 0.05) == 0
    assert further_labels([Cell(3)], 0.05) == 3
    assert further_labels([], 0.05) == 0


def _with(cell: Cell, more: int, share: float | None) -> Cell:
    """The cell after ``more`` labels that find the same share."""
    number = cell.labelled + more
    return labelled(cell.size, round((cell.share if share is None else share) * number), number)


def test_more_labels_are_never_a_wider_interval() -> None:
    widths = [found(labelled(2000, number // 10, number)) for number in range(10, 400, 10)]
    assert all(after.high - after.low < before.high - before.low for before, after in pairwise(widths))
    assert math.isclose(widths[0].value, 0.1)
