"""One verdict over many sources: the strictest decides, all duties add up, and those that contradict are refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from .conditions import NamePrefix, NonCommercial
from .duties import ShareAlike
from .licences import is_non_commercial
from .reading import Level, Obligation, Reading
from .ruling import Ruling, Subject, rule_on
from .share_alike import go_together


@dataclass(frozen=True)
class Contradiction:
    """Two duties that nobody can honour at once."""

    first: Obligation
    second: Obligation
    subjects: tuple[str, str]
    """Which source each of them comes with."""
    why: str

    @property
    def sentence(self) -> str:
        """The pair and the reason."""
        one, other = self.subjects
        return f"{one} ({self.first.policy}) and {other} ({self.second.policy}) contradict: {self.why}"


def contradictions(rulings: Iterable[Ruling]) -> list[Contradiction]:
    """Every pair of duties over the rulings that exclude each other: names, and licences of what is passed on."""
    owed = {(one.policy, one.sentence): (one, ruling.subject) for ruling in rulings for one in ruling.obligations}
    found: list[Contradiction] = []
    for pair in combinations(owed.values(), 2):
        for (first, subject), (second, other) in (pair, pair[::-1]):
            if (why := _why(first, second)) is not None:
                found.append(Contradiction(first, second, (subject, other), why))
                break
    return found


@dataclass(frozen=True)
class Part:
    """Rows of a result that came from the same sources, with the rulings on each of these."""

    name: str
    rows: int
    rulings: tuple[Ruling, ...]

    @property
    def blocked(self) -> bool:
        """Whether any of its sources is."""
        return any(ruling.blocked for ruling in self.rulings)


@dataclass(frozen=True)
class LeftOut:
    """A part that does not go in, and why."""

    part: Part
    reason: str


def combined(subject: Subject, parts: Sequence[Part], common: Sequence[Ruling], policy_digest: str) -> Ruling:
    """The ruling over all parts together, and over what concerns every row, such as the student's base model."""
    rulings = _all(parts, common)
    readings = [_reading_of(ruling) for ruling in rulings] + [_refusal(pair) for pair in contradictions(rulings)]
    blocked = [part for part in parts if part.blocked]
    if blocked and len(blocked) < len(parts):
        readings.append(_mixed(blocked, sum(part.rows for part in parts)))
    if len({frozenset(ruling.conditions) for ruling in rulings if ruling.obligations}) > 1:
        level = max(reading.level for reading in readings)
        readings.append(Reading(level, ("CONDITIONS_UNION",), "The duties of all sources add up."))
    return rule_on(subject, readings, policy_digest)


def divide(parts: Sequence[Part], common: Sequence[Ruling] = ()) -> tuple[list[Part], list[LeftOut]]:
    """The parts that may go into one result, and those that may not.

    Of two that contradict, the one with fewer rows is left out; of equal ones, the later by name.
    """
    left_out = [LeftOut(part, _grounds(part.rulings)) for part in parts if part.blocked]
    kept = sorted((part for part in parts if not part.blocked), key=lambda part: (-part.rows, part.name))
    chosen: list[Part] = []
    for part in kept:
        if pairs := contradictions(_all([*chosen, part], common)):
            left_out.append(LeftOut(part, "LICENCE_INCOMPATIBLE: " + "; ".join(pair.sentence for pair in pairs)))
        else:
            chosen.append(part)
    return chosen, left_out


def _all(parts: Iterable[Part], common: Iterable[Ruling]) -> list[Ruling]:
    # A ruling that several parts share counts once.
    return list(dict.fromkeys([*(ruling for part in parts for ruling in part.rulings), *common]))


def _grounds(rulings: Iterable[Ruling]) -> str:
    blocked = [ruling for ruling in rulings if ruling.blocked]
    codes = dict.fromkeys(code for ruling in blocked for code in ruling.reason_codes)
    return f"{', '.join(codes)}: {', '.join(ruling.subject for ruling in blocked)}"


def _refusal(pair: Contradiction) -> Reading:
    return Reading(
        Level.PROHIBITED,
        ("LICENCE_INCOMPATIBLE",),
        f"{pair.sentence}.",
        (pair.first.policy, pair.second.policy),
        mend="Leave one of the two out (`tracestill export --partition` does, and lists what it left out).",
    )


def _mixed(blocked: Sequence[Part], rows: int) -> Reading:
    names = ", ".join(dict.fromkeys(ruling.subject for part in blocked for ruling in part.rulings if ruling.blocked))
    level = max(ruling.level for part in blocked for ruling in part.rulings)
    count = sum(part.rows for part in blocked)
    text = f"{count} of {rows} rows are not allowed ({names}); what is mixed from them is refused as a whole."
    mend = "`tracestill export --partition` writes the part that is allowed and lists what it left out."
    return Reading(level, ("MIXED_BLOCKED",), text, mend=mend)


def _reading_of(ruling: Ruling) -> Reading:
    text = ruling.explanation.split("\n", 1)[0]
    return Reading(
        ruling.level,
        ruling.reason_codes,
        text,
        ruling.policies,
        obligations=ruling.obligations,
        overrides=ruling.overrides,
    )


def _why(first: Obligation, second: Obligation) -> str | None:
    one, other = first.condition, second.condition
    if isinstance(one, NamePrefix) and isinstance(other, NamePrefix) and not _nested(one.value, other.value):
        return f"the student's name cannot begin with {one.value!r} and with {other.value!r}"
    if isinstance(one, ShareAlike) and isinstance(other, NonCommercial) and not is_non_commercial(one.licence):
        return f"{one.licence} lets everybody use what is shared commercially, and the other allows no such use"
    if isinstance(one, ShareAlike) and isinstance(other, ShareAlike):
        if go_together(one.licence, other.licence):
            return None
        return f"what is adapted would have to be shared under {one.licence} and under {other.licence}"
    return None


def _nested(one: str, other: str) -> bool:
    short, long = sorted((_letters(one), _letters(other)), key=len)
    return long.startswith(short)


def _letters(name: str) -> str:
    return re.sub(r"[\s._-]", "", name)
