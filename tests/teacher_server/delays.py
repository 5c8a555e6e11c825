"""How long an answer takes."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass


@dataclass
class Lognormal:
    """Seconds drawn from a lognormal distribution of a given mean, the same ones for the same seed."""

    mean: float
    sigma: float = 0.6
    seed: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._mu = math.log(self.mean) - self.sigma**2 / 2

    def __call__(self) -> float:
        return self._random.lognormvariate(self._mu, self.sigma)
