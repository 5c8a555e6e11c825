"""MinHash signatures in bands: texts that are alike share a band with a known probability (Broder 1997)."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from .fingerprints import Hashes, mixed

__all__ = ["Banding"]

PERMUTATIONS = 128
SEED = 1
MISSED_AT_THRESHOLD = 0.005
"""Probability at most with which a pair that is just alike enough shares no band."""

_P = np.uint64(0xD6E8FEB86659FD93)


class Banding:
    """Cuts signatures into as few candidates as find the pairs of a threshold.

    Attributes:
        bands: how many bands a signature has.
        rows: how many values of the signature a band has.
    """

    def __init__(self, threshold: float) -> None:
        fitting = [
            rows
            for rows in range(1, PERMUTATIONS + 1)
            if (1 - threshold**rows) ** (PERMUTATIONS // rows) <= MISSED_AT_THRESHOLD
        ]
        self.rows = max(fitting, default=1)
        self.bands = PERMUTATIONS // self.rows

    def hashes(self, features: Sequence[Hashes], keys: Hashes) -> Hashes:
        """A row of band hashes per text. Texts with different keys share none.

        Args:
            features: the set of each text, never empty.
            keys: a key per text.
        """
        ends = np.cumsum([0, *map(len, features)], dtype=np.uint64)
        rensa: Any = importlib.import_module("rensa")  # it comes without types
        signatures = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
            np.concatenate(features), ends, PERMUTATIONS, SEED
        )
        values = np.array(signatures.to_rows(), np.uint64)[:, : self.rows * self.bands]
        banded = values.reshape(len(features), self.bands, self.rows)
        found = np.repeat(keys[:, None], self.bands, axis=1)
        for row in range(self.rows):
            found = mixed(found * _P + banded[:, :, row])
        return found
