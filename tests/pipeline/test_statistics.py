"""pass@k and intervals: against enumeration, and against what is known of the mean."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracestill.pipeline.statistics import (
    estimate,
    grid_difference,
    grid_estimate,
    paired_difference,
    pass_at_k,
    quotient,
    sign_flip_p_value,
    sizes_up_to,
)


@given(st.integers(1, 8), st.data())
def test_pass_at_k_is_the_share_of_subsets_with_a_right_sample(samples: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, samples))
    k = data.draw(st.integers(1, samples))
    outcomes = [True] * correct + [False] * (samples - correct)
    subsets = list(itertools.combinations(outcomes, k))
    assert pass_at_k(samples, correct, k) == pytest.approx(sum(map(any, subsets)) / len(subsets))


def test_pass_at_k_needs_k_samples() -> None:
    with pytest.raises(ValueError, match="needs 5 samples"):
        pass_at_k(4, 1, 5)


def test_an_interval_holds_the_mean_and_narrows_with_more_problems() -> None:
    few, many = estimate([0.0, 1.0] * 10, 1000), estimate([0.0, 1.0] * 250, 1000)
    assert few.low < few.value == 0.5 < few.high
    assert many.high - many.low < (few.high - few.low) / 3
    assert few.high - few.low == pytest.approx(2 * 1.96 * 0.5 / 20**0.5, rel=0.2)


def test_what_is_common_to_a_problem_cancels_out() -> None:
    theirs = [0.0, 0.25, 0.5, 0.75] * 5
    gain = paired_difference([value + 0.25 for value in theirs], theirs, 500)
    assert (gain.low, gain.value, gain.high) == (0.25, 0.25, 0.25)
    with pytest.raises(ValueError, match="zip"):
        paired_difference([1.0], [1.0, 0.0], 500)


def test_one_training_varies_by_its_problems_alone() -> None:
    values = [0.0, 0.25, 1.0, 0.5, 0.75] * 8
    grid, plain = grid_estimate([values], 1000), estimate(values, 1000)
    assert grid.value == plain.value
    assert (grid.low, grid.high) == pytest.approx((plain.low, plain.high), abs=0.03)


def test_trainings_that_differ_widen_the_interval_as_their_mean_varies() -> None:
    problems = 400
    same = grid_estimate([[0.5] * problems] * 3, 2000)
    assert (same.low, same.value, same.high) == (0.5, 0.5, 0.5)
    levels = [0.3, 0.4, 0.5, 0.6, 0.7]
    apart = grid_estimate([[level] * problems for level in levels], 4000)
    deviation = (sum((level - 0.5) ** 2 for level in levels) / 4) ** 0.5
    assert apart.value == pytest.approx(0.5)
    assert apart.high - apart.low == pytest.approx(2 * 1.96 * deviation / 5**0.5, rel=0.15)


def test_a_difference_of_grids_draws_the_same_problems_for_both() -> None:
    theirs = [[0.0, 1.0] * 10, [0.0, 1.0] * 10]
    ours = [[value / 2 + 0.25 for value in row] for row in theirs]
    again = grid_difference([[value + 0.1 for value in row] for row in theirs], theirs, 500)
    assert (again.low, again.high) == pytest.approx((0.1, 0.1))
    mixed = grid_difference(ours, theirs, 500)
    assert mixed.value == pytest.approx(0.0)
    assert mixed.low < 0 < mixed.high
    assert grid_difference(ours, theirs, 500) == mixed
    with pytest.raises(ValueError, match="same problems"):
        grid_difference([[1.0]], [[1.0, 0.0]], 500)


@given(st.lists(st.integers(-4, 4), max_size=9))
def test_the_p_value_is_the_share_of_sign_flips_that_are_as_extreme(differences: list[int]) -> None:
    seen = abs(sum(differences))
    flips = list(itertools.product((-1, 1), repeat=len(differences)))
    sums = [abs(sum(sign * value for sign, value in zip(signs, differences, strict=True))) for signs in flips]
    assert sign_flip_p_value(differences) == pytest.approx(sum(one >= seen for one in sums) / len(flips))


def test_the_p_value_stays_exact_where_nobody_could_enumerate() -> None:
    # With one sample a problem it is the sign test: 60 of 100 discordant pairs for one model, by the binomial.
    p = sign_flip_p_value([1] * 60 + [-1] * 40 + [0] * 1000)
    assert p == pytest.approx(0.0568879, abs=1e-6)
    assert sign_flip_p_value([0] * 5) == sign_flip_p_value([]) == 1.0


def test_a_p_value_under_no_difference_is_small_no_more_often_than_it_says() -> None:
    draw = random.Random(3)
    values = [sign_flip_p_value([draw.randint(-3, 3) for _ in range(30)]) for _ in range(400)]
    assert 0.02 < sum(p <= 0.05 for p in values) / len(values) < 0.08


def test_a_quotient_of_what_goes_together_has_a_narrow_interval() -> None:
    below = [0.2, 0.4, 0.6, 0.8] * 25
    found = quotient([value / 2 for value in below], below, 500)
    assert found is not None
    assert (found.low, found.value, found.high) == pytest.approx((0.5, 0.5, 0.5))
    apart = quotient([0.0, 1.0] * 50, below, 500)
    assert apart is not None
    assert apart.low < apart.value < apart.high
    with pytest.raises(ValueError, match="same ones"):
        quotient([1.0], below, 500)


@pytest.mark.parametrize("below", [[0.0] * 20, [1.0, -1.0] * 10, [-0.5] * 20, []])
def test_nothing_is_divided_by_what_may_be_nothing(below: list[float]) -> None:
    assert quotient([1.0] * len(below), below, 500) is None


@pytest.mark.parametrize(("k", "sizes"), [(1, [1]), (2, [1, 2]), (5, [1, 2, 4, 5]), (8, [1, 2, 4, 8])])
def test_sizes_double_up_to_k(k: int, sizes: list[int]) -> None:
    assert sizes_up_to(k) == sizes
