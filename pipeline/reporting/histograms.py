"""How long traces are, and how often problems are solved, in bins."""

from __future__ import annotations

import msgspec

from ..corpus import Corpus

__all__ = ["Lengths", "PassRates", "lengths", "pass_rates"]

TENTHS = 10


class LengthBin(msgspec.Struct, frozen=True):
    """Traces of ``least`` to ``most`` tokens, both included."""

    least: int
    most: int
    accepted: int
    rejected: int


class Lengths(msgspec.Struct, frozen=True):
    """Accepted and rejected traces by their length: each bin but the first reaches to twice where it begins."""

    bins: list[LengthBin]


class RateBin(msgspec.Struct, frozen=True):
    """Problems with a pass rate of ``least`` or more and less than ``below``; the first bin begins above 0."""

    least: float
    below: float
    problems: int


class PassRates(msgspec.Struct, frozen=True):
    """Problems by the share of their judged traces that were accepted."""

    never: int
    """Exactly 0."""
    bins: list[RateBin]
    always: int
    """Exactly 1."""
    unjudged: int
    """Problems that have no judged trace, and so no rate."""


def lengths(corpus: Corpus) -> Lengths:
    """Of the table ``reported``, from the shortest bin with a trace to the longest, the empty ones between included."""
    rows = {row["power"]: row for row in corpus.ask("token_lengths")}
    powers = range(min(rows), max(rows) + 1) if rows else range(0)
    return Lengths(
        [
            LengthBin(
                least=2**power if power else 0,
                most=2 ** (power + 1) - 1,
                accepted=rows[power]["accepted"] if power in rows else 0,
                rejected=rows[power]["rejected"] if power in rows else 0,
            )
            for power in powers
        ]
    )


def pass_rates(corpus: Corpus) -> PassRates:
    """Of the table ``reported``."""
    counts = {(row["kind"], row["tenth"]): row["problems"] for row in corpus.ask("pass_rates")}
    return PassRates(
        never=counts.get(("never", None), 0),
        bins=[RateBin(tenth / TENTHS, (tenth + 1) / TENTHS, counts.get(("some", tenth), 0)) for tenth in range(TENTHS)],
        always=counts.get(("always", None), 0),
        unjudged=counts.get(("unjudged", None), 0),
    )
