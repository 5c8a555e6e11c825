"""What the gate decides about one teacher, model or data set, and how it says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from ..pipeline.config import Use
from ..pipeline.records import Decision, short_hash
from .circumstances import State
from .reading import Level, Obligation, Reading
from .terms import Verdict

T = TypeVar("T")
NO_ADVICE = "This is how Tracestill reads the texts cited, on the dates given. It is not legal advice."


@dataclass(frozen=True)
class Subject:
    """What is judged: at which stage, under which name, where, and for which uses."""

    stage: str
    name: str
    uses: tuple[Use, ...]
    host: str | None = None
    model: str | None = None


@dataclass(frozen=True)
class Ruling:
    """One decision: the strictest reading over all uses and all terms that apply."""

    stage: str
    subject: str
    """``teacher:ID``, ``student:NAME`` or ``dataset:SOURCE``."""
    host: str | None
    model: str | None
    uses: tuple[Use, ...]
    verdict: Verdict
    blocked: bool
    reason_codes: tuple[str, ...]
    policies: tuple[str, ...]
    """Ids of the terms that apply, whether or not they decided."""
    obligations: tuple[Obligation, ...]
    """What is asked in return, by each of the terms that apply."""
    clauses: tuple[str, ...]
    """The clauses that were read, each with its section, document and day of reading."""
    overrides: tuple[str, ...]
    """Ids of the agreements that it rests on."""
    explanation: str
    policy_digest: str
    level: Level

    @property
    def conditions(self) -> tuple[str, ...]:
        """What has to be honoured, as sentences, each with the terms that ask for it."""
        asked: dict[str, list[str]] = {}
        for one in self.obligations:
            asked.setdefault(one.sentence, []).append(one.policy)
        return tuple(f"{sentence} [{', '.join(_distinct(by))}]" for sentence, by in asked.items())

    @property
    def attested(self) -> tuple[str, ...]:
        """The statements that meet a condition, each with who vouched for it."""
        return _distinct(
            f"{one.condition.statement}: {one.attested_by}"
            for one in self.obligations
            if one.condition is not None and one.attested_by is not None
        )

    @property
    def unvouched(self) -> tuple[str, ...]:
        """What somebody here has to vouch for and nobody does yet, as sentences."""
        return _distinct(
            one.sentence
            for one in self.obligations
            if one.state is State.PENDING and one.condition is not None and one.condition.statement is not None
        )

    def decision(self, run_id: str, created_at: str) -> Decision:
        """The record of it. The same decision has the same id in every run."""
        decision = Decision(
            decision_id="",
            stage=self.stage,
            subject=self.subject,
            host=self.host,
            model=self.model,
            uses=list(self.uses),
            verdict=self.verdict,
            blocked=self.blocked,
            reason_codes=list(self.reason_codes),
            policies=list(self.policies),
            conditions=list(self.conditions),
            clauses=list(self.clauses),
            attested=list(self.attested),
            overrides=list(self.overrides),
            explanation=self.explanation,
            policy_digest=self.policy_digest,
            run_id="",
            created_at="",
        )
        decision_id = short_hash(["decision", msgspec.to_builtins(decision)])
        return msgspec.structs.replace(decision, decision_id=decision_id, run_id=run_id, created_at=created_at)


def rule_on(subject: Subject, readings: Sequence[Reading], policy_digest: str) -> Ruling:
    """Decides by the strictest reading; a ground that blocks is never hidden behind one that does not."""
    level = max(reading.level for reading in readings)
    decisive = [reading for reading in readings if reading.level.blocked] if level.blocked else list(readings)
    return Ruling(
        stage=subject.stage,
        subject=subject.name,
        host=subject.host,
        model=subject.model,
        uses=subject.uses,
        verdict=level.verdict,
        blocked=level.blocked,
        reason_codes=_codes(decisive, readings),
        policies=_distinct(policy for reading in readings for policy in reading.policies),
        obligations=_distinct(one for reading in readings for one in reading.obligations),
        clauses=_distinct(reading.clause for reading in readings if reading.clause is not None),
        overrides=_distinct(name for reading in readings for name in reading.overrides),
        explanation=_explanation(subject, level, decisive),
        policy_digest=policy_digest,
        level=level,
    )


def _codes(decisive: Sequence[Reading], readings: Sequence[Reading]) -> tuple[str, ...]:
    codes = _distinct(code for reading in decisive for code in reading.codes)
    if "CONDITIONS_PENDING" in codes:
        codes = tuple(code for code in codes if code != "CONDITIONS_MET")
    if any(_disagree(readings, reading.use) for reading in decisive):
        codes += ("STRICTER_DOCUMENT_WINS",)
    return codes


def _disagree(readings: Sequence[Reading], use: Use | None) -> bool:
    """Whether two contracts about one use differ, and the stricter one prohibits it."""
    levels = {reading.level for reading in readings if reading.use == use and reading.kind == "service-terms"}
    return len(levels) > 1 and Level.PROHIBITED in levels


def _explanation(subject: Subject, level: Level, decisive: Sequence[Reading]) -> str:
    lines = [_headline(subject, level)]
    # One ground often covers several uses: it is said once, with all of them in front.
    for text in _distinct(reading.text for reading in decisive):
        uses = _distinct(reading.use for reading in decisive if reading.text == text and reading.use is not None)
        lines.append(f"- {', '.join(uses) + ': ' if uses else ''}{text}")
    if owed := _distinct(f"{one.sentence} [{one.policy}]" for reading in decisive for one in reading.obligations):
        lines.append("Conditions:")
        lines += [f"- {condition}" for condition in owed]
    if mends := _distinct(reading.mend for reading in decisive if reading.mend is not None):
        lines.append("What to do:")
        lines += [f"- {mend}" for mend in mends]
    return "\n".join([*lines, NO_ADVICE])


def _headline(subject: Subject, level: Level) -> str:
    model = f"model {subject.model}" if subject.model else None
    host = f"host {subject.host}" if subject.host else None
    which = ", ".join(part for part in (model, host) if part)
    words: dict[Level, str] = {
        Level.ALLOWED: "Allowed",
        Level.MET: "Allowed, on conditions that are met",
        Level.PENDING: "Allowed, on conditions of which some are still to be met",
        Level.UNKNOWN: "Refused, because the terms are not known",
        Level.PROHIBITED: "Refused",
    }
    return f"{words[level]}: {subject.name}{f' ({which})' if which else ''} at stage {subject.stage}."


def _distinct(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))
