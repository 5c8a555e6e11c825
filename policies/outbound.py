"""Under which licence an exported set goes out: what the licences of its problems make of it together.

A row holds its problem's text beside the answers, so it is an adaptation of the problem, and all rows are published
as one work. The result is an SPDX expression: AND of every licence that binds, with nothing left out, so that each
of their texts and attributions travels along. CC-BY-NC-SA-4.0 with CC-BY-4.0 is therefore
``CC-BY-4.0 AND CC-BY-NC-SA-4.0``: whoever takes the set complies with both. Problems of the publisher's own add
nothing; where there is nothing else the result is ``LicenseRef-own``, which grants nobody anything until the publisher
chooses a licence. Problems whose licence nobody stated leave ``LicenseRef-unstated``.

What goes together follows the compatibility chart of Creative Commons
(https://wiki.creativecommons.org/wiki/Wiki/cc_license_compatibility) and share_alike.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, Literal

from .creative_commons import creative_commons
from .licences import OWN, UNSTATED, alternatives, joined
from .share_alike import destinations

OWN_ONLY = "LicenseRef-own"
NOT_STATED = "LicenseRef-unstated"
_FREE = frozenset({"0BSD", "CC-PDDC", "CC0-1.0", "MIT-0", "PDDL-1.0", "Unlicense"})
"""Nothing is asked in return, not even a name."""
_NOTHING_ADAPTED = "rows adapt the problem, and this licence lets nobody share what is adapted"
"""CC-BY-ND-4.0 and CC-BY-NC-ND-4.0, section 2(a)(1)(B)."""
_STAYS_COMMERCIAL = "the first asks that what is adapted stays open to commercial use, and the second forbids that"
"""CC-BY-SA-4.0, section 3(b)(1) and (3); CC-BY-NC-4.0, section 2(a)(1)."""
_NEITHER_YIELDS = "each asks that what is adapted stays under its own terms, and neither accepts the other's"

Licences = frozenset[str]


@dataclass(frozen=True, order=True)
class Source:
    """A problem set behind the exported rows."""

    name: str
    licence: str | None
    """An SPDX expression, ``own``, or None where nobody stated one."""


@dataclass(frozen=True)
class Outbound:
    """The licence of the exported set."""

    expression: str
    """SPDX expression."""
    licences: tuple[str, ...]
    """The licence ids in it, in order; none where everything is the publisher's own."""

    def taken(self, source: Source) -> tuple[str, ...]:
        """Which of a source's licences are relied on, where its expression leaves a choice."""
        offered = [_of_others(option) for option in alternatives(source.licence)]
        return tuple(sorted(min((one for one in offered if one <= set(self.licences)), key=_burden, default=())))


@dataclass(frozen=True)
class Conflict:
    """Two problem sets that cannot be published together, or one that cannot be published so at all."""

    first: Source
    second: Source
    """The same as ``first`` where a single one is enough."""
    licences: tuple[str, str]
    """The two licences that clash."""
    why: str
    code: ClassVar[Literal["LICENCE_INCOMPATIBLE"]] = "LICENCE_INCOMPATIBLE"

    @property
    def sentence(self) -> str:
        """Which sources clash, and why."""
        one, other = self.licences
        if self.second != self.first:
            return f"{self.first.name!r} ({one}) and {self.second.name!r} ({other}): {self.why}"
        return f"{self.first.name!r} ({one if one == other else f'{one} and {other}'}): {self.why}"


def combine(sources: Iterable[Source], prompts: Literal["inline", "by_reference"] = "inline") -> Outbound | Conflict:
    """The licence of a set that holds rows of all these sources, in whatever order they are given.

    Where a source's expression leaves a choice, the most lenient option is taken that goes with all the rest. A set
    that names problems without their text adapts none of them.

    Raises:
        ValueError: a licence is no SPDX expression.
    """
    held = sorted(set(sources), key=lambda source: (source.licence or "", source.name)) if prompts == "inline" else []
    offers = [[_of_others(option) for option in alternatives(source.licence)] for source in held]
    fitting = _unions(offers, without_clashes=True)
    if not fitting:
        return _conflict(held, offers)
    licences = min(fitting, key=_burden)
    return Outbound(joined(licences) if licences else OWN_ONLY, tuple(sorted(licences)))


def _of_others(option: Licences) -> Licences:
    """What of an option binds: one's own problems ask for nothing."""
    return frozenset(NOT_STATED if licence == UNSTATED else licence for licence in option if licence != OWN)


def _unions(offers: Iterable[Sequence[Licences]], *, without_clashes: bool) -> set[Licences]:
    """Every set of licences that comes of choosing one option per source.

    A clash stays a clash whatever is added, so it is dropped as soon as it is there.
    """
    unions: set[Licences] = {frozenset()}
    for options in offers:
        unions = {union | option for union in unions for option in options}
        if without_clashes:
            unions = {union for union in unions if _clash(union) is None}
    return unions


def _conflict(held: Sequence[Source], offers: Sequence[Sequence[Licences]]) -> Conflict:
    best = min(_unions(offers, without_clashes=False), key=_burden)
    clash = _clash(best)
    assert clash is not None
    one, other, why = clash
    bearers = [
        next(source for source, options in zip(held, offers, strict=True) if any(licence in each for each in options))
        for licence in (one, other)
    ]
    return Conflict(bearers[0], bearers[1], (one, other), why)


def _clash(licences: Licences) -> tuple[str, str, str] | None:
    """The first two licences that cannot both be kept, and why."""
    for licence in sorted(licences):
        found = creative_commons(licence)
        if found is not None and found.no_derivatives:
            return licence, licence, _NOTHING_ADAPTED
    for pair in combinations(sorted(licences), 2):
        for one, other in (pair, pair[::-1]):
            if destinations(one) is not None and not _non_commercial(one) and _non_commercial(other):
                return one, other, _STAYS_COMMERCIAL
        kept = [destinations(licence) for licence in pair]
        if kept[0] is not None and kept[1] is not None and not kept[0] & kept[1]:
            return *pair, _NEITHER_YIELDS
    return None


def _non_commercial(licence: str) -> bool:
    found = creative_commons(licence)
    return found is not None and found.non_commercial


def _burden(licences: Licences) -> tuple[list[int], list[str]]:
    """Order of leniency: the weightiest licence counts first, then the next; names break a tie."""
    return sorted(map(_weight, licences), reverse=True), sorted(licences)


def _weight(licence: str) -> int:
    found = creative_commons(licence)
    if licence == NOT_STATED:
        return 8
    if found is not None:
        return 9 if found.no_derivatives else 2 + 2 * found.share_alike + 3 * found.non_commercial
    if destinations(licence) is not None:
        return 3
    # A licence that SPDX does not list is seldom the easier choice.
    return 0 if licence in _FREE else 2 if licence.startswith(("LicenseRef-", "ODC-By-")) else 1
