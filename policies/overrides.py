"""Agreements with the other side that lift single clauses, for named uses, models and a limited time."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ..pipeline.concern import Concern
from ..pipeline.config import Use
from ..pipeline.errors import ConfigError
from .circumstances import Circumstances
from .library import TermsSet, read_yaml, validated
from .names import matches_any

Standing = Literal["active", "not-yet", "expired", "revoked", "out-of-scope"]
Text = Annotated[str, Field(min_length=1)]


class Scope(Concern):
    """Where an agreement holds; what is left empty holds everywhere."""

    projects: tuple[str, ...] = ()
    """Projects, each of which has to be attested as ``project:NAME``."""
    models: tuple[str, ...] = ()
    """Patterns of teacher models."""
    students: tuple[str, ...] = ()
    """Patterns of student names."""
    account_ref: str | None = None
    """Which account it was made for, under an alias; never a key."""


class Agreement(Concern):
    """The paper behind it."""

    reference: Text
    sha256: str | None = None
    """Hash of the signed file."""
    holder: str | None = None
    """Who keeps it."""


class Override(Concern):
    """One agreement and what it lifts."""

    id: Text
    policy: Text
    """Id of the terms file that it lifts."""
    clauses: tuple[str, ...] = Field(min_length=1)
    """Clauses of that file; a rule that rests on another clause stays."""
    uses: tuple[Use, ...] = Field(min_length=1)
    scope: Scope = Scope()
    agreement: Agreement
    effective: datetime.date
    expires: datetime.date
    """Last day on which it holds."""
    approved_by: tuple[str, ...]
    approved_on: datetime.date
    revoked_on: datetime.date | None = None
    revoked_by: str | None = None
    reason: str | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        _two_people(self.approved_by)
        if self.expires < self.effective:
            raise ValueError("expires: lies before effective")
        return self

    @property
    def paper(self) -> str:
        """The agreement in a few words."""
        return f"{self.id} ({self.agreement.reference}, until {self.expires})"

    def speaks_of(self, policy: str, clause: str, use: Use) -> bool:
        """Whether it lifts this clause of these terms for this use."""
        return self.policy == policy and clause in self.clauses and use in self.uses

    def revoked(self, today: datetime.date) -> bool:
        """Whether it was taken back by then."""
        return self.revoked_on is not None and self.revoked_on <= today

    def standing(self, model: str | None, facts: Circumstances) -> Standing:
        """Whether it holds today for this model, student and project. A revocation outranks everything."""
        if self.revoked(facts.today):
            return "revoked"
        if facts.today < max(self.effective, self.approved_on):
            return "not-yet"
        if facts.today > self.expires:
            return "expired"
        return "active" if self._in_scope(model, facts) else "out-of-scope"

    def _in_scope(self, model: str | None, facts: Circumstances) -> bool:
        scope = self.scope
        return (
            (not scope.models or (model is not None and matches_any(scope.models, model)))
            and (not scope.students or matches_any(scope.students, facts.student.name))
            and (not scope.projects or any(f"project:{name}" in facts.attested for name in scope.projects))
        )


def lift(override: Override, model: str | None, facts: Circumstances) -> tuple[Standing, str]:
    """Whether an agreement helps, and a sentence that says so."""
    standing = override.standing(model, facts)
    if standing == "active":
        return standing, f"The agreement {override.paper} lifts this clause."
    why = standing.replace("-", " ")
    if standing == "revoked":
        why += f" on {override.revoked_on}"
    return standing, f"The agreement {override.id} does not help: {why}."


class Choice(Concern):
    """An approver's word on which of two texts decides about what was sampled under the earlier one."""

    id: Text
    earlier: Text
    """Id of the earlier text."""
    decides: Literal["then", "now"]
    uses: tuple[Use, ...] = Field(min_length=1)
    approved_by: tuple[str, ...]
    approved_on: datetime.date
    reason: Text

    @model_validator(mode="after")
    def _sound(self) -> Self:
        _two_people(self.approved_by)
        return self

    @property
    def words(self) -> str:
        """Who chose what, and why."""
        text = "today's text" if self.decides == "now" else "the text of then"
        by = " and ".join(self.approved_by)
        return f"By the choice {self.id} of {by} on {self.approved_on}, {text} decides: {self.reason}."

    def settles(self, earlier: str, use: Use, today: datetime.date) -> bool:
        """Whether it speaks of this earlier text and use, and was made by today."""
        return self.earlier == earlier and use in self.uses and self.approved_on <= today


class Overrides(Concern):
    """The overrides file."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    overrides: tuple[Override, ...] = ()
    choices: tuple[Choice, ...] = ()


def load_overrides(path: Path, terms: TermsSet) -> Overrides:
    """The agreements of an overrides file, held against the terms that they lift.

    Raises:
        ConfigError: the file cannot be read, or an agreement names no known terms, clause or liftable rule.
    """
    where = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"policy.overrides: {where} cannot be read as UTF-8 text: {error}") from error
    found = validated(Overrides.model_validate, read_yaml(text, where), where)
    ids = [one.id for one in (*found.overrides, *found.choices)]
    if repeated := sorted({name for name in ids if ids.count(name) > 1}):
        raise ConfigError(f"{where}: overrides.{repeated[0]}: the id is given twice; every entry needs its own")
    for override in found.overrides:
        _check(override, terms, f"{where}: overrides.{override.id}")
    for choice in found.choices:
        earlier = terms.by_id(choice.earlier)
        if earlier is None or earlier.superseded is None:
            raise ConfigError(f"{where}: choices.{choice.id}.earlier: no earlier text {choice.earlier!r} is known")
    return found


def _check(override: Override, terms: TermsSet, key: str) -> None:
    lifted = terms.by_id(override.policy)
    if lifted is None:
        raise ConfigError(f"{key}.policy: no terms {override.policy!r}; an override cannot make terms known")
    for clause in override.clauses:
        if clause not in lifted.clauses:
            raise ConfigError(f"{key}.clauses: {override.policy} has no clause {clause!r}")
    for use in override.uses:
        if not lifted.rule(use).overridable:
            raise ConfigError(f"{key}.uses: the rule of {override.policy} for {use} cannot be lifted")


def _two_people(names: tuple[str, ...]) -> None:
    if len({name.strip().casefold() for name in names if name.strip()}) < 2:
        raise ValueError("approved_by: name two different people who approved it")
