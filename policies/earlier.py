"""Terms that changed after sampling: what was made under an earlier text answers to both, the stricter one decides."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .library import TermsSet
from .obstacles import unknown_terms
from .overrides import Choice, Overrides
from .reading import Asked, Level, Reading, read
from .terms import Terms


@dataclass(frozen=True)
class Sampled:
    """When something was sampled, and under which text where that is on record."""

    first: datetime.date | None = None
    last: datetime.date | None = None
    policy: str | None = None
    """Id of the earlier text, in place of the days."""
    overrides: tuple[str, ...] = ()
    """Ids of the agreements that it was made under."""


def then_and_now(
    now: Terms, terms: TermsSet, sampled: Sampled, asked: Asked, choices: Sequence[Choice]
) -> list[Reading]:
    """What the terms say today, and what they said when something was sampled; the stricter one decides."""
    today = read(now, asked)
    readings: list[Reading] = []
    for before in _earlier(now, terms, sampled):
        then = read(before, asked)
        choice = next((one for one in choices if one.settles(before.id, asked.use, asked.facts.today)), None)
        if choice is not None:
            chosen = today if choice.decides == "now" else then
            text = f"{chosen.text} {choice.words}"
            readings.append(replace(chosen, text=text, overrides=(*chosen.overrides, choice.id)))
        elif then.level != today.level:
            stricter, other = (then, today) if then.level > today.level else (today, then)
            text = f"{stricter.text} The text of the other time is more lenient; the stricter of the two decides."
            codes = (*stricter.codes, "STRICTER_OF_THEN_AND_NOW")
            readings.append(replace(stricter, codes=codes, text=text, policies=(*other.policies, *stricter.policies)))
        else:
            readings += [today, then]
    return readings or [today]


def lost_grounds(sampled: Sampled, terms: TermsSet, agreements: Overrides, today: datetime.date) -> list[Reading]:
    """What takes away the ground on which something was sampled: a text that no file holds, a revoked agreement."""
    found: list[Reading] = []
    if sampled.policy is not None and terms.by_id(sampled.policy) is None:
        found.append(unknown_terms(f"It was sampled under {sampled.policy!r}, of which nothing is known here."))
    for override in agreements.overrides:
        if override.id in sampled.overrides and override.revoked(today):
            text = f"It was sampled under the agreement {override.id}, which was revoked on {override.revoked_on}."
            mend = "It stays on disk, in quarantine. Leave it out: `tracestill export --partition` does."
            found.append(Reading(Level.PROHIBITED, ("OVERRIDE_REVOKED",), text, (override.policy,), mend=mend))
    return found


def _earlier(now: Terms, terms: TermsSet, sampled: Sampled) -> list[Terms]:
    return [
        one for one in terms.all if one.superseded is not None and one.superseded.by == now.id and _held(one, sampled)
    ]


def _held(before: Terms, sampled: Sampled) -> bool:
    assert before.superseded is not None
    if sampled.policy is not None:
        return sampled.policy == before.id
    first, last = sampled.first or sampled.last, sampled.last or sampled.first
    if first is None or last is None:
        return False
    return first <= before.superseded.until and (before.superseded.since is None or last >= before.superseded.since)
