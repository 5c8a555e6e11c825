"""The form of one terms file: what a provider's terms or a licence say, as data with its evidence.

A file holds the documents that were read, short quotations of the operative clauses with their hashes, and
what they mean for each of the six uses. Loading a folder of such files is in library.py.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from ..pipeline.concern import Concern
from ..pipeline.config import Use
from .conditions import Condition, NotDistributed, PromptsByReference, StudentBaseIn, StudentClass
from .licences import check_spdx
from .matches import Matches
from .names import matches_any

Kind = Literal["service-terms", "model-licence", "dataset-licence"]
Verdict = Literal["allowed", "conditional", "prohibited", "unknown"]
Basis = Literal["express", "inferred", "silent", "policy-choice"]

MAX_QUOTE_WORDS = 25
MAX_REVIEW_DAYS = {"service-terms": 90, "model-licence": 365, "dataset-licence": 365}
UNREAD = ("secondary", "memory")
"""Evidence on which nothing is allowed: nobody here has read the text itself."""

Text = Annotated[str, Field(min_length=1)]


def quote_hash(quote: str) -> str:
    """SHA-256 of a quotation with its white space normalised, so that a change of layout is no change of terms."""
    return hashlib.sha256(" ".join(quote.split()).encode()).hexdigest()


class Document(Concern):
    """One text that was read, and how good the copy was."""

    doc: Text
    """Short name that clauses refer to."""
    title: Text
    url: str | None = None
    version: str | None = None
    """Version or date as printed."""
    effective: datetime.date | None = None
    retrieved: datetime.date
    """When the text was read."""
    evidence: Literal["primary", "stored-copy", "excerpt", "secondary", "memory"]
    """How good the copy was; an excerpt is the clause itself, read in part of a stored page."""
    source: Text
    """Which copy was read."""


class Clause(Concern):
    """An operative sentence, quoted briefly, with its meaning in our own words."""

    doc: Text
    ref: Text
    quote: Text
    quote_sha256: str
    meaning: Text

    @model_validator(mode="after")
    def _quotation(self) -> Self:
        if len(self.quote.split()) > MAX_QUOTE_WORDS:
            raise ValueError(f"the quotation has more than {MAX_QUOTE_WORDS} words; quote the operative part only")
        if (right := quote_hash(self.quote)) != self.quote_sha256:
            raise ValueError(
                f"quote_sha256 does not match the quotation: either the words were changed by mistake, or write {right}"
            )
        return self


class Rule(Concern):
    """What the terms mean for one use."""

    verdict: Verdict
    basis: Basis
    clause: str | None = None
    conditions: tuple[Condition, ...] = ()
    """What is asked of whoever uses the outputs; only a conditional verdict has any."""
    as_base: tuple[Condition, ...] = ()
    """What is asked in addition when the student is built upon these very weights."""
    note: str | None = None
    """Why, where no clause says it."""
    code: Literal["NC_COMMERCIAL", "LICENCE_NOT_STATED"] | None = None
    """A reason code that names the ground more closely than the verdict does."""
    overridable: bool = False
    """Whether an agreement with the other side can lift it."""

    @model_validator(mode="after")
    def _grounded(self) -> Self:
        if (self.verdict == "conditional") != bool(self.conditions):
            raise ValueError("a conditional verdict names its conditions, and no other verdict has any")
        if self.basis == "silent" and self.verdict != "unknown":
            raise ValueError("where the text is silent the verdict is unknown; a reading of ours has basis inferred")
        if self.verdict == "unknown" or self.clause is not None:
            return self
        if self.basis != "policy-choice":
            raise ValueError(f"the verdict {self.verdict} needs a clause, or basis policy-choice with a note")
        if self.note is None:
            raise ValueError("basis policy-choice without a clause needs a note that gives the reason")
        return self


class Exemption(Concern):
    """A way out that the terms themselves give: where all of ``when`` is met, it replaces the rule."""

    id: Text
    clause: Text
    uses: tuple[Use, ...] = Field(min_length=1)
    when: tuple[
        Annotated[StudentClass | NotDistributed | StudentBaseIn | PromptsByReference, Field(discriminator="type")], ...
    ] = Field(min_length=1)
    conditions: tuple[Condition, ...] = ()

    @property
    def same_family(self) -> bool:
        """Whether it is the student's own base that opens it."""
        return any(isinstance(condition, StudentBaseIn) for condition in self.when)


class Review(Concern):
    """Who read the texts last, and until when that reading holds."""

    reviewed: datetime.date
    reviewer: str | None = None
    review_by: datetime.date | None
    """Last day of the reading; null never ends: for a licence on the SPDX list, or where no text was read."""


class Superseded(Concern):
    """Marks a file as an earlier text of other terms: it speaks for what was sampled under it, and for nothing new."""

    by: Text
    """Id of the terms that took its place."""
    since: datetime.date | None = None
    """First day on which it is known to have held."""
    until: datetime.date
    """Last day on which it held."""


class Parent(Concern):
    """What a data set was made with: its outputs come from there, whatever licence the set states."""

    policy: Text
    """Id of the terms that it inherits."""
    note: Text
    """Where that is known from."""


class Earlier(Concern):
    """An earlier text, for what was sampled under it."""

    id: Text
    effective: datetime.date | None = None
    until: datetime.date | None = None
    note: Text


class Terms(Concern):
    """One terms file."""

    schema_: Literal[1] = Field(alias="schema")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    """The file's name without its ending; never reused for other terms."""
    name: Text
    kind: Kind
    spdx: str | None = None
    """SPDX expression of a licence, where one exists."""
    matches: Matches = Matches()
    documents: tuple[Document, ...] = ()
    clauses: dict[str, Clause] = Field(default={})
    rules: dict[Use, Rule]
    """A use that is missing is unknown, which blocks."""
    exceptions: tuple[Exemption, ...] = ()
    review: Review
    missing: str | None = None
    """What has to be read before the uses without a rule can be settled."""
    history: tuple[Earlier, ...] = ()
    superseded: Superseded | None = None
    lineage: tuple[Parent, ...] = ()
    """For a data set: whose outputs it holds."""

    @field_validator("spdx")
    @classmethod
    def _known_to_spdx(cls, spdx: str | None) -> str | None:
        if spdx is not None:
            check_spdx(spdx)
        return spdx

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self._check_matches()
        docs = {document.doc for document in self.documents}
        for key, clause in self.clauses.items():
            if clause.doc not in docs:
                raise ValueError(f"clauses.{key}.doc: no document {clause.doc!r}; add it under documents")
        for where, clause in self._cited():
            if clause not in self.clauses:
                raise ValueError(f"{where}.clause: no clause {clause!r}; add it under clauses")
        self._check_review()
        return self

    def rule(self, use: Use) -> Rule:
        """The rule for a use as it stands after the evidence was weighed: what nobody has read is unknown."""
        rule = self.rules.get(use)
        if rule is None:
            return Rule(verdict="unknown", basis="silent", note=self.missing or "The file has no rule for this use.")
        if rule.clause is not None and (document := self.document(rule.clause)).evidence in UNREAD:
            note = f"{document.title} was not read itself (evidence: {document.evidence})."
            return Rule(verdict="unknown", basis="silent", clause=rule.clause, note=note)
        return rule

    def names_model(self, model: str) -> bool:
        """Whether the model's name is among those to which the file applies."""
        return matches_any(self.matches.models, model) and not matches_any(self.matches.exclude_models, model)

    def names_dataset(self, name: str, revision: str | None) -> bool:
        """Whether the file speaks of the data set by name, at this revision of it."""
        matches = self.matches
        if not matches_any(matches.datasets, name):
            return False
        if revision is None:
            return not matches.revisions
        at = not matches.revisions or matches_any(matches.revisions, revision)
        return at and not matches_any(matches.exclude_revisions, revision)

    def document(self, clause: str) -> Document:
        """The document in which a clause stands."""
        return next(document for document in self.documents if document.doc == self.clauses[clause].doc)

    def stale(self, today: datetime.date) -> bool:
        """Whether the reading is too old to be relied on."""
        return self.superseded is None and self.review.review_by is not None and today > self.review.review_by

    def _cited(self) -> Iterable[tuple[str, str]]:
        for use, rule in self.rules.items():
            if rule.clause is not None:
                yield f"rules.{use}", rule.clause
        for exemption in self.exceptions:
            yield f"exceptions.{exemption.id}", exemption.clause

    def _check_matches(self) -> None:
        matches = self.matches
        needed = {
            "service-terms": matches.hosts or matches.follows_model,
            # Which models bear a licence need not be known here: `like` or its id can give it to one.
            "model-licence": matches.models or matches.licences,
            "dataset-licence": matches.licences or matches.datasets,
        }[self.kind]
        if self.superseded is not None:
            if matches != Matches():
                raise ValueError("matches: an earlier text applies to nothing new; leave it empty")
            return
        if not needed:
            raise ValueError(f"matches: {self.kind} needs hosts, models or licences that it applies to")
        if self.kind != "service-terms" and (matches.hosts or matches.follows_model or matches.covers_own_models):
            raise ValueError("matches: hosts, follows_model and covers_own_models belong to service-terms only")
        if self.kind != "dataset-licence" and (matches.datasets or self.lineage):
            raise ValueError("matches.datasets and lineage belong to dataset-licence only")
        if (matches.follows_model or matches.covers_own_models) and not matches.models:
            raise ValueError("matches.models: name the models that follows_model or covers_own_models speaks of")

    def _check_review(self) -> None:
        reviewed, review_by = self.review.reviewed, self.review.review_by
        if review_by is None:
            # Where no text was read there is nothing to go stale; a listed licence stays what it is.
            listed = self.kind != "service-terms" and self.spdx is not None and "LicenseRef-" not in self.spdx
            if self.documents and not listed:
                raise ValueError("review.review_by: only a licence on the SPDX list holds for ever; give a date")
        elif review_by > reviewed + datetime.timedelta(days=MAX_REVIEW_DAYS[self.kind]):
            raise ValueError(f"review.review_by: at most {MAX_REVIEW_DAYS[self.kind]} days after reviewed")
