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
        if len({name.strip().casefold() for name in self.approved_by if name.strip()}) < 2:
            raise ValueError("approved_by: name two different people who approved it")
        if self.expires < self.effective:
            raise ValueError("expires: lies before effective")
        return self

    def standing(self, today: datetime.date, model: str | None, facts: Circumstances) -> Standing:
        """Whether it holds today for this model, student and project. A revocation outranks everything."""
        if self.revoked_on is not None and self.revoked_on <= today:
            return "revoked"
        if today < max(self.effective, self.approved_on):
            return "not-yet"
        if today > self.expires:
            return "expired"
        return "active" if self._in_scope(model, facts) else "out-of-scope"

    def _in_scope(self, model: str | None, facts: Circumstances) -> bool:
        scope = self.scope
        return (
            (not scope.models or (model is not None and matches_any(scope.models, model)))
            and (not scope.students or matches_any(scope.students, facts.student.name))
            and (not scope.projects or any(f"project:{name}" in facts.attested for name in scope.projects))
        )


class Overrides(Concern):
    """The overrides file."""

    schema_: Literal[1] = Field(alias="schema")
    overrides: tuple[Override, ...]


def load_overrides(path: Path, terms: TermsSet) -> tuple[Override, ...]:
    """The agreements of an overrides file, held against the terms that they lift.

    Raises:
        ConfigError: the file cannot be read, or an agreement names no known terms, clause or liftable rule.
    """
    where = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"policy.overrides: {where} cannot be read as UTF-8 text: {error}") from error
    found = validated(Overrides.model_validate, read_yaml(text, where), where).overrides
    known = {one.id: one for one in terms.all}
    ids = [override.id for override in found]
    for override in found:
        key = f"{where}: overrides.{override.id}"
        if ids.count(override.id) > 1:
            raise ConfigError(f"{key}: the id is given twice; every override needs its own")
        if override.policy not in known:
            raise ConfigError(f"{key}.policy: no terms {override.policy!r}; an override cannot make terms known")
        for clause in override.clauses:
            if clause not in known[override.policy].clauses:
                raise ConfigError(f"{key}.clauses: {override.policy} has no clause {clause!r}")
        for use in override.uses:
            if not known[override.policy].rule(use).overridable:
                raise ConfigError(f"{key}.uses: the rule of {override.policy} for {use} cannot be lifted")
    return found
