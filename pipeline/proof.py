"""Whether what was chosen is proven right: a selection may hold rejected traces, and then has to say so."""

from __future__ import annotations

from collections.abc import Mapping

from .corpus import Corpus


def unproven_examples(corpus: Corpus) -> dict[str, int]:
    """How many examples of the latest selection are not accepted, by what they are; empty where all are."""
    return {row["outcome"]: row["examples"] for row in corpus.ask("unproven_examples")}


def unproven_sentence(unproven: Mapping[str, int], examples: int) -> str:
    """What a card, a warning and a report say of them."""
    kinds = ", ".join(f"{count} {outcome}" for outcome, count in unproven.items())
    return f"{sum(unproven.values())} of {examples} examples are not proven right ({kinds})"
