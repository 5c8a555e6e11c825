"""pass@k and its uncertainty: the unbiased estimator, intervals by resampling problems, and a test without a model."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

LEVEL = 0.95
DRAWN_AT_ONCE = 2**21
"""Drawn problems that are held in memory together."""


class Estimate(msgspec.Struct, frozen=True):
    """A mean with its 95% interval."""

    value: float
    low: float
    high: float


class Tally(msgspec.Struct, frozen=True):
    """What one model did on one problem."""

    samples: int
    correct: int


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """Chance that at least one of k samples is right, without bias (Chen et al. 2021, arXiv:2107.03374, eq. 1).

    Raises:
        ValueError: there are fewer than k samples.
    """
    if samples < k:
        raise ValueError(f"pass@{k} needs {k} samples, there are {samples}")
    return 1.0 - math.comb(samples - correct, k) / math.comb(samples, k)


def sizes_up_to(k: int) -> list[int]:
    """1, 2, 4, ... and k itself: the numbers of samples for which pass@ and maj@ are told."""
    return sorted({*(2**power for power in range(k.bit_length()) if 2**power <= k), k})


def estimate(values: Sequence[float], resamplings: int, seed: int = 0) -> Estimate:
    """Mean over problems, with a percentile bootstrap interval (Efron 1979); problems are what is resampled."""
    if not values:
        return Estimate(math.nan, math.nan, math.nan)
    return _percentiles(sum(values) / len(values), _resampled([values], resamplings, seed)[0].tolist())


def quotient(above: Sequence[float], below: Sequence[float], resamplings: int, seed: int = 0) -> Estimate | None:
    """Mean of one over mean of the other, both on the same problems; its interval draws them together.

    Null where there is nothing to divide by: the interval of the mean below does not lie above 0. The few drawn means
    below that are not above 0 all the same, fewer than one in forty, are left out.

    Raises:
        ValueError: the two were not measured on the same number of problems.
    """
    if len(above) != len(below):
        raise ValueError(f"{len(above)} problems over {len(below)}; both must be measured on the same ones")
    if estimate(below, resamplings, seed).low <= 0 or not below:
        return None
    numerators, denominators = _resampled([above, below], resamplings, seed)
    usable = denominators > 0
    return _percentiles(sum(above) / sum(below), (numerators[usable] / denominators[usable]).tolist())


def sign_flip_p_value(differences: Sequence[int]) -> float:
    """Two-sided p value of a paired permutation test (Fisher 1935, The Design of Experiments, section 21), exact.

    If two models were alike, each problem's difference could as well have had the other sign. The p value is the share
    of all such flips whose sum is as far from 0 as the one that was seen, or farther.

    Args:
        differences: of each problem, in whole units: of how many more samples one of the two had right.
    """
    sizes = [abs(difference) for difference in differences if difference]
    # share[s] is the chance that the flipped differences sum to s less their largest possible sum.
    shares: npt.NDArray[np.float64] = np.ones(1)
    for size in sizes:
        wider = np.zeros(len(shares) + 2 * size)
        wider[: len(shares)] += shares / 2
        wider[2 * size :] += shares / 2
        shares = wider
    sums = np.abs(np.arange(len(shares)) - sum(sizes))
    return min(1.0, float(shares[sums >= abs(sum(differences))].sum()))


def _resampled(series: Sequence[Sequence[float]], resamplings: int, seed: int) -> npt.NDArray[np.float64]:
    """Means of several measures of the same problems, a row each; a column for each time that problems are drawn."""
    values = np.asarray(series, dtype=np.float64)
    count = values.shape[1]
    draw = np.random.default_rng(seed)
    rows = max(1, DRAWN_AT_ONCE // count)
    sizes = [min(rows, resamplings - start) for start in range(0, resamplings, rows)]
    drawn = [values[:, draw.integers(0, count, (size, count))].mean(axis=2) for size in sizes]
    return np.concatenate(drawn, axis=1)


def paired_difference(ours: Sequence[float], theirs: Sequence[float], resamplings: int, seed: int = 0) -> Estimate:
    """Mean of the difference problem by problem: what is common to a problem cancels out.

    Raises:
        ValueError: the two were not measured on the same number of problems.
    """
    return estimate([mine - other for mine, other in zip(ours, theirs, strict=True)], resamplings, seed)


Grid = Sequence[Sequence[float]]
"""A row per training and a value per problem in each: what several students of one kind did on the same problems."""


def grid_estimate(rows: Grid, resamplings: int, seed: int = 0) -> Estimate:
    """Mean over trainings and problems; its interval resamples both, or problems alone where there is one training."""
    draw = random.Random(seed)
    means = [_mean(rows, *_drawn(draw, rows)) for _ in range(resamplings)] if rows and rows[0] else []
    return _percentiles(_mean(rows, range(len(rows)), range(len(rows[0]))), means) if means else estimate([], 0)


def grid_difference(ours: Grid, theirs: Grid, resamplings: int, seed: int = 0) -> Estimate:
    """Mean of ours less theirs: the same problems are drawn for both, trainings for each by themselves.

    Raises:
        ValueError: the two were not measured on the same number of problems.
    """
    if len({len(row) for row in [*ours, *theirs]}) != 1:
        raise ValueError("the two were not measured on the same problems")
    draw = random.Random(seed)
    differences: list[float] = []
    for _ in range(resamplings):
        mine, problems = _drawn(draw, ours)
        other = _trainings(draw, len(theirs))
        differences.append(_mean(ours, mine, problems) - _mean(theirs, other, problems))
    every = range(len(ours[0]))
    return _percentiles(_mean(ours, range(len(ours)), every) - _mean(theirs, range(len(theirs)), every), differences)


def _drawn(draw: random.Random, rows: Grid) -> tuple[Sequence[int], Sequence[int]]:
    count = len(rows[0])
    return _trainings(draw, len(rows)), draw.choices(range(count), k=count)


def _trainings(draw: random.Random, count: int) -> Sequence[int]:
    # One fewer than there are: so few drawn with replacement would vary too little (Rao and Wu 1988).
    return draw.choices(range(count), k=max(1, count - 1))


def _mean(rows: Grid, trainings: Sequence[int], problems: Sequence[int]) -> float:
    return sum(rows[row][problem] for row in trainings for problem in problems) / (len(trainings) * len(problems))


def _percentiles(value: float, drawn: Sequence[float]) -> Estimate:
    means, tail, count = sorted(drawn), (1 - LEVEL) / 2, len(drawn)
    return Estimate(value, means[int(tail * count)], means[min(count - 1, int((1 - tail) * count))])
