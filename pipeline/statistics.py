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
    means = sorted(sum(draw.choices(values, k=count)) / count for _ in range(resamplings))
    tail = (1 - LEVEL) / 2
    low, high = means[int(tail * resamplings)], means[min(resamplings - 1, int((1 - tail) * resamplings))]
    return Estimate(sum(values) / count, low, high)


def paired_difference(ours: Sequence[float], theirs: Sequence[float], resamplings: int, seed: int = 0) -> Estimate:
    """Mean of the difference problem by problem: what is common to a problem cancels out.

    Raises:
        ValueError: the two were not measured on the same number of problems.
    """
    return estimate([mine - other for mine, other in zip(ours, theirs, strict=True)], resamplings, seed)
