"""pass@k and its uncertainty: the unbiased estimator, and intervals by resampling problems."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import msgspec

LEVEL = 0.95


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


def estimate(values: Sequence[float], resamplings: int, seed: int = 0) -> Estimate:
    """Mean over problems, with a percentile bootstrap interval (Efron 1979); problems are what is resampled."""
    if not values:
        return Estimate(math.nan, math.nan, math.nan)
    draw = random.Random(seed)
    count = len(values)
    means = [sum(draw.choices(values, k=count)) / count for _ in range(resamplings)]
    return _percentiles(sum(values) / count, means)


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
