"""pass@k and intervals: against enumeration, and against what is known of the mean."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracestill.pipeline.statistics import estimate, paired_difference, pass_at_k


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
