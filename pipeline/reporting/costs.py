"""What was spent, by what it was spent on, and what an accepted trace costs."""

from __future__ import annotations

import msgspec

from ..corpus import Corpus

__all__ = ["Cost", "PerAccepted", "Spent", "cost"]

PURPOSES: tuple[str, ...] = ("train", "judge", "rewrite", "eval")
YIELDING: tuple[str, ...] = ("train", "judge", "rewrite")
"""What an accepted trace takes; measuring the student is no part of it."""


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for with one purpose."""

    traces: int
    prompt_tokens: int
    completion_tokens: int
    usd: float | None
    """Null where no price is known, or nothing was asked."""
    unpriced: int
    """Completions that no price is known of; ``usd`` is without them."""


class PerAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """What was spent per accepted trace."""

    usd: float | None
    completion_tokens: float
    unpriced: int
    """Completions that no price is known of: where there are any, ``usd`` is the least that it can be."""


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What was spent. The rejected traces are paid for too, so all of them count."""

    by_purpose: dict[str, Spent]
    per_accepted: PerAccepted | None
    """Sampling alone; null where nothing is accepted."""
    per_accepted_in_all: PerAccepted | None
    """With what judges and rewriters took."""


def cost(corpus: Corpus, accepted: int) -> Cost:
    """Of the table ``reported``."""
    rows = {row["purpose"]: row for row in corpus.ask("cost")}
    nothing = Spent(traces=0, prompt_tokens=0, completion_tokens=0, usd=None, unpriced=0)
    spent = {
        purpose: msgspec.convert(rows[purpose], Spent) if purpose in rows else nothing for purpose in PURPOSES
    }  # fmt: skip
    return Cost(
        by_purpose=spent,
        per_accepted=_per_accepted([spent["train"]], accepted),
        per_accepted_in_all=_per_accepted([spent[purpose] for purpose in YIELDING], accepted),
    )


def _per_accepted(spent: list[Spent], accepted: int) -> PerAccepted | None:
    if not accepted:
        return None
    known = [one.usd for one in spent if one.usd is not None]
    return PerAccepted(
        usd=sum(known) / accepted if known else None,
        completion_tokens=sum(one.completion_tokens for one in spent) / accepted,
        unpriced=sum(one.unpriced for one in spent),
    )
