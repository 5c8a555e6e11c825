"""The form of a policy case: a situation written down as one JSON object, for the gate to answer.

Whoever reviews terms keeps cases beside them, so that a change of the terms shows what it changes. Fields
that are not known here are kept apart, so that the reader can be told what was not looked at.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self, cast

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ..pipeline.config import Student, Use
from ..pipeline.config_teacher import Ancestor, Teacher
from .library import TermsSet
from .overrides import Agreement, Override, Scope


class _Case(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, raw: object) -> object:
        """A field that is null says as little as one that is left out."""
        if not isinstance(raw, dict):
            return raw
        return {name: value for name, value in cast(dict[str, object], raw).items() if value is not None}

    def unread(self, path: str = "") -> Iterator[str]:
        """The fields that nothing here looks at, as paths."""
        yield from (f"{path}{name}" for name in self.model_extra or ())
        for name in type(self).model_fields:
            for part in _parts(getattr(self, name)):
                if isinstance(part, _Case):
                    yield from part.unread(f"{path}{name}.")


def _parts(value: object) -> list[object]:
    return list(cast(dict[str, object], value).values()) if isinstance(value, dict) else _as_list(value)


def _as_list(value: object) -> list[object]:
    return [] if value is None else cast(list[object], value) if isinstance(value, list) else [value]


def _statements(value: object) -> list[object]:
    """Statements as a list; where each is given with who makes it, one that nobody makes is left out."""
    if isinstance(value, dict):
        return [key for key, by in cast(dict[object, object], value).items() if by]
    return _as_list(value)


def _day(value: object) -> object:
    return value[:10] if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d[T ]", value) else value


def _plain(name: str) -> str:
    """A name as the configuration takes it: no blanks, no signs beyond a few; what begins with one stays odd."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "-", "-".join(name.split()))[:128] or "unnamed"
    return plain if plain[0].isalnum() else f"x{plain[:127]}"


Day = Annotated[datetime.date, BeforeValidator(_day)]
"""A date; of a moment, its day."""


class AncestorCase(_Case):
    """Part of a teacher's lineage."""

    type: Literal["base", "data"]
    ref: str = Field(min_length=1)
    policies: Annotated[list[str], BeforeValidator(_as_list)] = Field(
        default=[], validation_alias=AliasChoices("policies", "policy")
    )
    lineage: list[AncestorCase] = []

    def ancestor(self) -> Ancestor:
        """The same as the configuration says it."""
        parents = [one.ancestor() for one in self.lineage]
        return Ancestor(type=self.type, ref=self.ref, policies=self.policies, lineage=parents)


class TeacherCase(_Case):
    """Who writes, and where."""

    base_url: str | None = None
    model_id: str = Field(min_length=1)
    self_hosted: bool = False
    upstream: str | None = None
    lineage: list[AncestorCase] = []

    def teacher(self, label: str | None, served_as: list[str] | None = None) -> Teacher:
        """The same as the configuration says it."""
        routing = {"provider": {"only": [self.upstream], "allow_fallbacks": False}} if self.upstream else {}
        return Teacher(
            id=_plain(label or "teacher"),
            provider="openai-chat" if self.base_url else "transformers",
            base_url=self.base_url,
            model=self.model_id,
            served_as=served_as or [],
            self_hosted=self.self_hosted,
            extra_body=routing,
            lineage=[one.ancestor() for one in self.lineage],
        )


class DataCase(_Case):
    """A data set: of problems, or one that is trained on as it is."""

    dataset: str | None = Field(default=None, validation_alias=AliasChoices("dataset", "id", "name", "source", "ref"))
    licence: str | None = Field(default=None, validation_alias=AliasChoices("licence", "license"))
    revision: str | None = None
    prompt_mode: Literal["inline", "by_reference"] | None = None


def _named(value: object) -> object:
    return {"dataset": value} if isinstance(value, str) else value


Data = Annotated[DataCase, BeforeValidator(_named)]


class RecordCase(_Case):
    """Some traces that go into one result."""

    teacher: TeacherCase | None = None
    generated: Day | None = None
    n: int = Field(default=1, ge=0)
    override_ref: str | None = None
    policy_at_generation: str | None = None
    prompt: Data | None = None
    dataset: Data | None = None

    @model_validator(mode="after")
    def _of_known_origin(self) -> Self:
        if not (self.teacher or self.prompt or self.dataset):
            raise ValueError("nothing says where the record comes from: give teacher, prompt or dataset")
        return self


class OverrideCase(_Case):
    """An agreement in short: what is left out holds for all clauses and everywhere."""

    id: str = Field(default="unnamed", min_length=1)
    policy: str = ""
    uses: Annotated[list[Use], BeforeValidator(_as_list)] = []
    """What it lifts; an agreement that names no use lifts none."""
    clauses: list[str] | None = None
    effective: Day = datetime.date.min
    expires: Day = datetime.date.max
    approver: Annotated[list[str], BeforeValidator(_as_list)] = []
    revoked_on: Day | None = None

    def override(self, terms: TermsSet) -> Override:
        """The agreement in full; a case need not name two approvers, a configuration must."""
        lifted = terms.by_id(self.policy)
        return Override.model_construct(
            id=self.id,
            policy=self.policy,
            clauses=tuple(self.clauses or (lifted.clauses if lifted else ())),
            uses=tuple(self.uses),
            scope=Scope(),
            agreement=Agreement(reference=self.id),
            effective=self.effective,
            expires=self.expires,
            approved_by=tuple(self.approver),
            approved_on=self.effective,
            revoked_on=self.revoked_on,
            revoked_by=None,
            reason=None,
        )


class Http(_Case):
    """What a server answered in place of a completion."""

    status: int = 307
    location: str = ""


class Response(_Case):
    """What really answered."""

    model: str | None = None
    provider: str | None = None


class AccountCase(_Case):
    """The account with the provider."""

    tier: str | None = None
    region: str | None = None


class StudentCase(_Case):
    """What is trained."""

    class_: Literal["general", "classifier", "embedding", "narrow"] = Field(default="general", alias="class")
    distributed: bool = False
    name: str = "student"
    base_model: str | None = None

    def student(self) -> Student:
        """The same as the configuration says it; a name has no blanks there."""
        return Student.model_validate(
            {"name": _plain(self.name), "class": self.class_, "distributed": self.distributed}
        )


class ReviewCase(_Case):
    """When terms were read, or until when the reading holds."""

    reviewed: Day | None = Field(
        default=None, validation_alias=AliasChoices("reviewed", "last_reviewed", "reviewed_on", "retrieved")
    )
    review_by: Day | None = Field(
        default=None, validation_alias=AliasChoices("review_by", "review_due", "valid_until", "until")
    )

    @model_validator(mode="before")
    @classmethod
    def _as_terms_files_say_it(cls, raw: object) -> object:
        if isinstance(raw, dict) and isinstance(cast(dict[str, object], raw).get("review"), dict):
            return cast(dict[str, object], raw)["review"]
        return cast(object, raw)


class Input(_Case):
    """The situation."""

    teacher: TeacherCase | None = None
    provider_label: str | None = None
    uses: Annotated[list[Use], BeforeValidator(_as_list)] = Field(min_length=1)
    student: StudentCase = StudentCase()
    attest: Annotated[list[str], BeforeValidator(_statements)] = []
    account: AccountCase = AccountCase()
    override: OverrideCase | None = None
    overrides: list[OverrideCase] = []
    http: Http | None = None
    response: Response | None = None
    records: list[RecordCase] = []
    mode: Literal["strict", "partition"] = "strict"
    prompt: Data | None = None
    prompt_mode: Literal["inline", "by_reference"] = "inline"
    outbound_licence: str | None = Field(
        default=None, validation_alias=AliasChoices("outbound_licence", "outbound_license")
    )
    dataset: Data | None = None
    bundle: list[str] | None = None
    upstream_policy: Any = None
    """Set where the terms of the provider that an aggregator routes to are known and allow the use."""
    policy_overrides: dict[str, Day | ReviewCase | None] = {}
    """Review dates to assume, by id of the terms: the last day, or the day of reading."""
    now: Day | None = None
    """The gate's clock; today where it is left out."""

    @model_validator(mode="after")
    def _something_to_judge(self) -> Self:
        if not (self.teacher or self.records or self.prompt or self.dataset or self.student.base_model):
            raise ValueError("nothing to judge: give teacher, records, prompt, dataset or student.base_model")
        return self


class Case(_Case):
    """One line of a file of cases; what it expects is for whoever compares."""

    id: str
    stage: str
    title: str = ""
    why: str = ""
    expect: Any = None
    input: Input
