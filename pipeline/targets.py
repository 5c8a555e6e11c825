"""How far each domain is from the accepted traces that are wanted of it."""

from __future__ import annotations

import math

import msgspec

from .corpus import Corpus
from .job import Plan
from .records import Domain


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One domain, as the ledger has it."""

    wanted: int
    accepted: int
    judged: int
    """Traces that are accepted, rejected or undecided."""

    @property
    def lacking(self) -> int:
        """Accepted traces that are still wanted."""
        return max(0, self.wanted - self.accepted)

    @property
    def samples(self) -> float:
        """How many samples that probably takes, by the share that was accepted so far.

        One imaginary success keeps that share above zero where nothing was accepted.
        """
        return self.lacking * (self.judged + 1) / (self.accepted + 1)

    @property
    def next_samples(self) -> int:
        """How many of them to ask for at once: as long as little is known, no more than is known already."""
        return min(math.ceil(self.samples), max(self.lacking, self.judged))


def standings(plan: Plan, corpus: Corpus) -> dict[Domain, Standing]:
    """Every domain that has a target; traces that the present configuration describes count."""
    if plan.config.targets is None:
        return {}
    counts = {row["domain"]: row for row in corpus.ask("accepted_per_domain")}
    return {
        domain: Standing(
            wanted=wanted,
            accepted=counts[domain]["accepted"] if domain in counts else 0,
            judged=counts[domain]["judged"] if domain in counts else 0,
        )
        for domain, wanted in plan.config.targets.accepted_per_domain.items()
    }
