"""Calibration: whether a model that agrees with itself is right as often as it agrees.

Samples of one problem that give the same answer are a confidence, without asking the model for one. Bins and the
expected calibration error are those of Guo et al. 2017 (arXiv:1706.04599).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .majority import Ballot, maj_at_k

__all__ = ["Bin", "Calibration", "calibration_of"]

BINS = 10


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """Problems whose majority has a share above ``least``, up to ``most``."""

    least: float
    most: float
    problems: int
    share: float
    """Mean share of the majority."""
    right: float
    """How often the majority is right."""


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Share of the majority against correctness, over the problems that got an answer."""

    error: float
    """Mean distance of the two over the bins, weighted by problems: 0 is perfect."""
    unanswered: int
    """Problems to which no sample gave an answer; they are in no bin."""
    bins: list[Bin]
    """Those with problems in them, from the lowest share to the highest."""


def calibration_of(ballots: Sequence[Ballot]) -> Calibration | None:
    """How well a model's agreement with itself tells that it is right; null where nothing was answered."""
    answered = [one for one in ballots if one.groups]
    if not answered:
        return None
    sorted_in: dict[int, list[Ballot]] = {}
    for one in answered:
        # In whole numbers: 0.7 * 10 is a little more than 7.
        sorted_in.setdefault(-(-one.largest * BINS // one.samples), []).append(one)
    bins = [_bin(place, sorted_in[place]) for place in sorted(sorted_in)]
    return Calibration(
        error=sum(one.problems * abs(one.share - one.right) for one in bins) / len(answered),
        unanswered=len(ballots) - len(answered),
        bins=bins,
    )


def _bin(place: int, ballots: Sequence[Ballot]) -> Bin:
    return Bin(
        least=(place - 1) / BINS,
        most=place / BINS,
        problems=len(ballots),
        share=sum(one.share for one in ballots) / len(ballots),
        right=sum(maj_at_k(one, one.samples) for one in ballots) / len(ballots),
    )
