"""What one terms file says about one use under given circumstances."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from ..pipeline.config import Use
from .circumstances import Circumstances, State
from .conditions import Condition
from .overrides import Override
from .terms import Exemption, Kind, Rule, Terms, Verdict

READING_STAGES = ("filter", "curate", "report")
"""Stages that only look at what was sampled already: terms that went stale do not stop them."""


class Level(IntEnum):
    """The order of severity; the strictest reading decides. From UNKNOWN on it blocks."""

    ALLOWED = 0
    MET = 1
    PENDING = 2
    UNKNOWN = 3
    PROHIBITED = 4

    @property
    def verdict(self) -> Verdict:
        """The verdict's name; a condition that can still be met leaves it conditional."""
        verdicts: tuple[Verdict, ...] = ("allowed", "conditional", "conditional", "unknown", "prohibited")
        return verdicts[self]

    @property
    def blocked(self) -> bool:
        """Whether nothing may be done."""
        return self >= Level.UNKNOWN


@dataclass(frozen=True)
class Reading:
    """One finding of the gate, with the reasons in code and in words."""

    level: Level
    codes: tuple[str, ...]
    text: str
    """Why, as one sentence or a few."""
    policies: tuple[str, ...] = ()
    use: Use | None = None
    """The use that was read, or None for an obstacle that concerns all of them."""
    conditions: tuple[str, ...] = ()
    mend: str | None = None
    """What to do about it."""
    kind: Kind | None = None
    """Kind of the terms that were read, or None for an obstacle."""


def read(
    terms: Terms,
    use: Use,
    facts: Circumstances,
    today: datetime.date,
    overrides: Sequence[Override] = (),
    model: str | None = None,
) -> Reading:
    """What a terms file means for a use: its rule, or the way out that it gives, or an agreement that lifts it."""
    rule = terms.rule(use)
    exemptions = [one for one in terms.exceptions if use in one.uses]
    opened = next((one for one in exemptions if _met(one, facts)), None)
    if opened is not None and rule.verdict != "unknown":
        return _dated(_by_exemption(terms, use, opened, facts), terms, facts, today)
    reading = _by_rule(terms, use, rule, facts)
    if reading.level is Level.PROHIBITED:
        if exemptions:
            reading = _with_lost_exemption(reading, exemptions[0])
        reading = _lifted(reading, terms, rule, overrides, today, model, facts)
    return _dated(reading, terms, facts, today)


def _by_rule(terms: Terms, use: Use, rule: Rule, facts: Circumstances) -> Reading:
    why = _grounds(terms, rule.clause, rule.basis, rule.note)
    more = () if rule.code is None else (rule.code,)
    if rule.verdict == "unknown":
        text = f"{terms.name} ({terms.id}) does not settle it: {why}"
        mend = "Have the text read and add the rule to a terms file of yours, or leave this use out."
        return Reading(Level.UNKNOWN, ("UNKNOWN_TERMS", *more), text, (terms.id,), use, mend=mend, kind=terms.kind)
    if rule.verdict == "prohibited":
        codes = (f"PROHIBITED_{rule.basis.upper().replace('-', '_')}", *more)
        text = f"{terms.name} ({terms.id}) prohibits it: {why}"
        mend = "Choose a source whose terms allow the use, or declare only uses that are allowed."
        if rule.overridable:
            mend += " If you hold an agreement with the other side, name it in policy.overrides."
        return Reading(Level.PROHIBITED, codes, text, (terms.id,), use, mend=mend, kind=terms.kind)
    conditions = rule.conditions + (rule.as_base if facts.role == "base" else ())
    reading = _on_conditions(terms, use, conditions, facts, ("allows it", why))
    return replace(reading, codes=(*more, *reading.codes))


def _by_exemption(terms: Terms, use: Use, exemption: Exemption, facts: Circumstances) -> Reading:
    why = _grounds(terms, exemption.clause, "express", None)
    conditions = (*exemption.when, *exemption.conditions)
    reading = _on_conditions(terms, use, conditions, facts, (f"allows it by its exception {exemption.id}", why))
    codes = (("EXCEPTION_SAME_FAMILY",) if exemption.same_family else ()) + reading.codes
    return replace(reading, codes=codes, policies=(terms.id, exemption.id))


def _on_conditions(
    terms: Terms, use: Use, conditions: Sequence[Condition], facts: Circumstances, words: tuple[str, str]
) -> Reading:
    head, why = f"{terms.name} ({terms.id}) {words[0]}", words[1]
    states = [(condition.state(facts), condition.sentence) for condition in conditions]
    worst = max((state for state, _ in states), default=None)
    asked = tuple(sentence for _, sentence in states)
    policies = (terms.id,)
    if worst is None:
        return Reading(Level.ALLOWED, (), f"{head}: {why}", policies, use, kind=terms.kind)
    level, codes, mend = _MEANINGS[worst]
    text = f"{head} on conditions: {why}"
    if open_ones := " ".join(sentence for state, sentence in states if state is worst and worst >= State.PENDING):
        text += f" {'Still owed' if worst is State.PENDING else 'Not met'}: {open_ones}"
    return Reading(level, codes, text, policies, use, asked, mend, kind=terms.kind)


_MEANINGS: dict[State, tuple[Level, tuple[str, ...], str | None]] = {
    State.MET: (Level.MET, ("CONDITIONS_MET",), None),
    State.PENDING: (
        Level.PENDING,
        ("CONDITIONS_PENDING",),
        "List what you can vouch for under policy.attest; what belongs into the published files is due by then.",
    ),
    State.UNKNOWN: (
        Level.UNKNOWN,
        ("UNKNOWN_HOST", "UNKNOWN_UPSTREAM"),
        "Pin one provider without fallback, such as extra_body: {provider: {only: [NAME], allow_fallbacks: false}}, "
        "and see that a terms file names it under matches.upstream_names.",
    ),
    State.BROKEN: (
        Level.PROHIBITED,
        ("CONDITION_UNMET",),
        "Change what is declared under use, or what is published, so that it is met; or leave this use out.",
    ),
}


def _with_lost_exemption(reading: Reading, exemption: Exemption) -> Reading:
    asked = " ".join(condition.sentence for condition in exemption.when)
    return replace(
        reading,
        codes=(*reading.codes, "CONDITION_UNMET"),
        policies=(*reading.policies, exemption.id),
        text=f"{reading.text} Its exception {exemption.id} does not apply; it would ask: {asked}",
    )


def _lifted(
    reading: Reading,
    terms: Terms,
    rule: Rule,
    overrides: Sequence[Override],
    today: datetime.date,
    model: str | None,
    facts: Circumstances,
) -> Reading:
    # Only a prohibition that rests on a named clause can be lifted; what is unknown stays unknown.
    if rule.verdict != "prohibited" or not rule.overridable:
        return reading
    for override in overrides:
        if override.policy != terms.id or reading.use not in override.uses or rule.clause not in override.clauses:
            continue
        standing = override.standing(today, model, facts)
        if standing == "active":
            paper = f"{override.agreement.reference}, until {override.expires}"
            text = f"{reading.text} The agreement {override.id} ({paper}) lifts this clause."
            duty = f"Stay within the agreement {override.id} ({paper})."
            return replace(
                reading, level=Level.MET, codes=("OVERRIDE_ACTIVE",), text=text, conditions=(duty,), mend=None
            )
        code = f"OVERRIDE_{standing.upper().replace('-', '_')}"
        text = f"{reading.text} The agreement {override.id} does not help: {standing.replace('-', ' ')}."
        reading = replace(reading, codes=(*reading.codes, code), text=text)
    return reading


def _dated(reading: Reading, terms: Terms, facts: Circumstances, today: datetime.date) -> Reading:
    if not terms.stale(today):
        return reading
    text = f"{reading.text} This reading was to be renewed by {terms.review.review_by}."
    codes = (*reading.codes, "STALE_POLICY")
    if facts.stage in READING_STAGES:
        return replace(reading, codes=codes, text=text)
    mend = f"Read the terms of {terms.id} again and record it in a terms file, or use a Tracestill with newer terms."
    return replace(reading, level=max(reading.level, Level.UNKNOWN), codes=codes, text=text, mend=mend)


def _met(exemption: Exemption, facts: Circumstances) -> bool:
    return all(condition.state(facts) is State.MET for condition in exemption.when)


def _grounds(terms: Terms, clause: str | None, basis: str, note: str | None) -> str:
    if clause is None:
        return f"{note or 'no clause was found.'} (basis: {basis})"
    cited, document = terms.clauses[clause], terms.document(clause)
    version = f", {document.version}" if document.version else ""
    grounds = f'{document.title}{version}, {cited.ref}: "{cited.quote}" {cited.meaning}'
    return f"{grounds}{' ' + note if note else ''} (basis: {basis}; read {document.retrieved})"
