"""What one terms file says about one use under given circumstances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from ..pipeline.config import Use
from .circumstances import Circumstances, State
from .conditions import Condition
from .overrides import Override, lift
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
class Obligation:
    """One thing that is asked in return, and how far it is met."""

    sentence: str
    state: State
    policy: str
    """Id of the terms, or of the agreement, that ask for it."""
    use: Use | None = None
    condition: Condition | None = None
    """The typed condition; None for a duty out of an agreement."""
    attested_by: str | None = None
    """Who vouched for it, where a statement meets it."""


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
    obligations: tuple[Obligation, ...] = ()
    mend: str | None = None
    """What to do about it."""
    kind: Kind | None = None
    """Kind of the terms that were read, or None for an obstacle."""
    clause: str | None = None
    """Terms, section and day of reading, as a short citation."""
    overrides: tuple[str, ...] = ()
    """Ids of the agreements without which it would be prohibited."""


@dataclass(frozen=True)
class Asked:
    """A use that is asked for, with everything that its reading depends on."""

    use: Use
    facts: Circumstances
    overrides: Sequence[Override] = ()
    model: str | None = None


def read(terms: Terms, asked: Asked) -> Reading:
    """What a terms file means for a use: its rule, or the way out that it gives, or an agreement that lifts it."""
    rule = terms.rule(asked.use)
    exemptions = [one for one in terms.exceptions if asked.use in one.uses]
    opened = next((one for one in exemptions if _met(one, asked.facts)), None)
    if opened is not None and rule.verdict != "unknown":
        return _dated(_by_exemption(terms, opened, asked), terms, asked.facts)
    reading = _by_rule(terms, rule, asked)
    if reading.level is Level.PROHIBITED:
        if exemptions:
            reading = _with_lost_exemption(reading, exemptions[0])
        reading = _lifted(reading, terms, rule, asked)
    return _dated(reading, terms, asked.facts)


def _by_rule(terms: Terms, rule: Rule, asked: Asked) -> Reading:
    why = _grounds(terms, rule.clause, rule.basis, rule.note)
    base = Reading(
        Level.ALLOWED,
        () if rule.code is None else (rule.code,),
        f"{terms.name} ({terms.id}) allows it: {why}",
        (terms.id,),
        asked.use,
        kind=terms.kind,
        clause=_citation(terms, rule.clause),
    )
    if rule.verdict == "unknown":
        text = f"{terms.name} ({terms.id}) does not settle it: {why}"
        mend = "Have the text read and add the rule to a terms file of yours, or leave this use out."
        # Of a file without any rule nothing was read: it is as if nobody knew the host, the model or the licence.
        unread = () if terms.rules else (_UNREAD[terms.kind],)
        codes = ("UNKNOWN_TERMS", *unread, *base.codes)
        return replace(base, level=Level.UNKNOWN, codes=codes, text=text, mend=mend)
    if rule.verdict == "prohibited":
        codes = (f"PROHIBITED_{rule.basis.upper().replace('-', '_')}", *base.codes)
        text = f"{terms.name} ({terms.id}) prohibits it: {why}"
        mend = "Choose a source whose terms allow the use, or declare only uses that are allowed."
        if rule.overridable:
            mend += " If you hold an agreement with the other side, name it in policy.overrides."
        return replace(base, level=Level.PROHIBITED, codes=codes, text=text, mend=mend)
    conditions = rule.conditions + (rule.as_base if asked.facts.role == "base" else ())
    return _on_conditions(base, conditions, asked.facts)


def _by_exemption(terms: Terms, exemption: Exemption, asked: Asked) -> Reading:
    why = _grounds(terms, exemption.clause, "express", None)
    base = Reading(
        Level.ALLOWED,
        ("EXCEPTION_SAME_FAMILY",) if exemption.same_family else (),
        f"{terms.name} ({terms.id}) allows it by its exception {exemption.id}: {why}",
        (terms.id, exemption.id),
        asked.use,
        kind=terms.kind,
        clause=_citation(terms, exemption.clause),
    )
    return _on_conditions(base, (*exemption.when, *exemption.conditions), asked.facts)


def _on_conditions(base: Reading, conditions: Sequence[Condition], facts: Circumstances) -> Reading:
    """``base`` with what it is bound to; the worst of the conditions decides."""
    if facts.of_ancestor:
        conditions = [one for one in conditions if not one.of_itself]
    if not conditions:
        return base
    owed = tuple(_obligation(condition, facts, base) for condition in conditions)
    worst = max(one.state for one in owed)
    level, codes, mend = _MEANINGS[worst]
    text = base.text
    if worst >= State.PENDING:
        open_ones = [one for one in owed if one.state is worst]
        heading = "Still owed" if worst is State.PENDING else "Not met"
        text += f" {heading}: {' '.join(one.sentence for one in open_ones)}"
        if worst is State.BROKEN and any(one.condition and one.condition.outbound for one in open_ones):
            codes = ("LICENCE_INCOMPATIBLE", *codes)
    return replace(base, level=level, codes=(*base.codes, *codes), text=text, obligations=owed, mend=mend)


def _obligation(condition: Condition, facts: Circumstances, base: Reading) -> Obligation:
    key = condition.statement
    vouched = facts.attested.get(key) if key is not None else None
    return Obligation(condition.sentence, condition.state(facts), base.policies[0], base.use, condition, vouched)


_UNREAD: dict[Kind, str] = {
    "service-terms": "UNKNOWN_HOST",
    "model-licence": "UNKNOWN_MODEL",
    "dataset-licence": "UNKNOWN_LICENCE",
}
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


def _lifted(reading: Reading, terms: Terms, rule: Rule, asked: Asked) -> Reading:
    # Only a prohibition that rests on a named clause can be lifted; what is unknown stays unknown.
    if rule.verdict != "prohibited" or not rule.overridable or rule.clause is None:
        return reading
    for override in asked.overrides:
        if not override.speaks_of(terms.id, rule.clause, asked.use):
            continue
        standing, words = lift(override, asked.model, asked.facts)
        text = f"{reading.text} {words}"
        if standing == "active":
            duty = Obligation(f"Stay within the agreement {override.paper}.", State.MET, override.id, asked.use)
            return replace(
                reading,
                level=Level.MET,
                codes=("OVERRIDE_ACTIVE",),
                text=text,
                obligations=(duty,),
                mend=None,
                overrides=(override.id,),
            )
        code = f"OVERRIDE_{standing.upper().replace('-', '_')}"
        reading = replace(reading, codes=(*reading.codes, code), text=text)
    return reading


def _dated(reading: Reading, terms: Terms, facts: Circumstances) -> Reading:
    if not terms.stale(facts.today):
        return reading
    text = f"{reading.text} This reading was to be renewed by {terms.review.review_by}."
    codes = (*reading.codes, "STALE_POLICY")
    if facts.stage in READING_STAGES:
        return replace(reading, codes=codes, text=text)
    mend = (
        f"Read the terms again and record it with `tracestill policies review {terms.id}`, "
        "or use a Tracestill with newer terms."
    )
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


def _citation(terms: Terms, clause: str | None) -> str | None:
    if clause is None:
        return None
    document = terms.document(clause)
    return f"{terms.id} {terms.clauses[clause].ref}: {document.title}, read {document.retrieved}"
