"""What terms ask for in return, as typed conditions that know whether they are met."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from .asking import Asks
from .circumstances import Circumstances, State
from .duties import Duty, ShareAlike
from .licences import is_non_commercial
from .names import matches_any


class Attest(Asks):
    """A statement that no machine can check; somebody lists its key under ``policy.attest``."""

    type: Literal["attest"]
    key: str = Field(min_length=1)
    """The statement's name, exactly as it has to be listed."""
    text: str = Field(min_length=1)
    """What is vouched for, as a sentence."""

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return f"{self.text} (attest: {self.key})"

    def state(self, facts: Circumstances) -> State:
        """Met once attested, pending until then."""
        return State.MET if self.key in facts.attested else State.PENDING


class UserThreshold(Asks):
    """A number of users above which the terms grant nothing: at a fixed date, or at any time."""

    type: Literal["mau_threshold"]
    max_millions: int = Field(ge=1)
    """Most monthly active users, in millions."""
    as_of: datetime.date | Literal["current"]
    """The day before which they are counted, or ``current`` where it binds for as long as the model is used."""

    @property
    def key(self) -> str:
        """The statement to be listed under ``policy.attest``."""
        when = "" if self.as_of == "current" else f"_at({self.as_of})"
        return f"mau{when}<={self.max_millions}M"

    @property
    def sentence(self) -> str:
        """The duty in words."""
        when = "have at any time" if self.as_of == "current" else "had in the month before"
        day = "" if self.as_of == "current" else f" {self.as_of}"
        return (
            f"Your products and those of your affiliates {when}{day} at most {self.max_millions} million "
            f"monthly active users. (attest: {self.key})"
        )

    def state(self, facts: Circumstances) -> State:
        """Met once attested, pending until then."""
        return State.MET if self.key in facts.attested else State.PENDING


class AccountTier(Asks):
    """Customers of some regions may use the service on a given tier only."""

    type: Literal["account_tier"]
    tier: str = Field(min_length=1)
    regions: tuple[str, ...] = Field(min_length=1)
    """Country codes, or EU, EEA, UK."""
    key: str = Field(min_length=1)
    """The statement that settles it where the account is not known here."""

    @property
    def sentence(self) -> str:
        """The duty in words."""
        where = ", ".join(self.regions)
        return f"Customers in {where} use the {self.tier} tier. (attest: {self.key})"

    def state(self, facts: Circumstances) -> State:
        """Held against the account, else against the statement."""
        inside = facts.account.within(self.regions)
        if inside is False or facts.account.tier == self.tier or self.key in facts.attested:
            return State.MET
        return State.BROKEN if inside and facts.account.tier is not None else State.PENDING


class Domicile(Asks):
    """Whoever lives or has the principal place of business in a region gets no grant."""

    type: Literal["licensee_domicile_not_in"]
    regions: tuple[str, ...] = Field(min_length=1)
    """Country codes, or EU, EEA, UK."""
    key: str = Field(min_length=1)
    """The statement that settles it where the country is not known here."""

    @property
    def sentence(self) -> str:
        """The duty in words."""
        where = ", ".join(self.regions)
        return f"You have neither your domicile nor your principal place of business in {where}. (attest: {self.key})"

    def state(self, facts: Circumstances) -> State:
        """Held against the account's country, else against the statement."""
        inside = facts.account.within(self.regions)
        if inside:
            return State.BROKEN
        return State.MET if inside is False or self.key in facts.attested else State.PENDING


class PinnedUpstream(Asks):
    """An aggregator routes to one named provider, without fallback, whose own terms are known."""

    type: Literal["pinned_upstream"]

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return "Requests are routed to one named provider, without fallback, and its terms are known here."

    def state(self, facts: Circumstances) -> State:
        """Unknown unless both hold: whoever answers may have terms of its own."""
        return State.MET if facts.upstream is not None and facts.upstream_known else State.UNKNOWN


class PinnedRevision(Asks):
    """The data set is pinned to a revision, because others of its revisions bear another licence."""

    of_itself: ClassVar[bool] = True
    type: Literal["pinned_revision"]

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return "The data set is pinned to a revision (its commit), whose licence was looked at."

    def state(self, facts: Circumstances) -> State:
        """Pending until a commit is named; a branch or tag moves."""
        pinned = facts.revision is not None and re.fullmatch(r"[0-9a-f]{7,40}", facts.revision.strip().lower())
        return State.MET if pinned else State.PENDING


class PromptsByReference(Asks):
    """Problems are not passed on as text; they are named so that others can look them up."""

    type: Literal["prompts_by_reference"]

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return "Problems are passed on by reference only, not as text."

    def state(self, facts: Circumstances) -> State:
        """Held against how problems are exported."""
        return State.MET if facts.prompts == "by_reference" else State.BROKEN


class NamePrefix(Asks):
    """A distributed student's name begins with a given word."""

    type: Literal["name_prefix"]
    value: str = Field(min_length=1)

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return f"The name of a student that is distributed begins with {self.value!r}."

    def state(self, facts: Circumstances) -> State:
        """Held against the declared name; a wrong one is pending until the student is published."""
        if not facts.distributed or _letters(facts.student.name).startswith(_letters(self.value)):
            return State.MET
        return State.BROKEN if facts.publishing else State.PENDING


class StudentClass(Asks):
    """The student is one of the named kinds of model."""

    type: Literal["student_class"]
    any_of: tuple[Literal["general", "classifier", "embedding", "narrow"], ...] = Field(min_length=1)

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return f"The student's class is {' or '.join(self.any_of)}."

    def state(self, facts: Circumstances) -> State:
        """Held against ``use.student.class``."""
        return State.MET if facts.student.class_ in self.any_of else State.BROKEN


class NotDistributed(Asks):
    """The student stays in the house."""

    type: Literal["not_distributed"]

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return "The student is not distributed and not made available to third parties."

    def state(self, facts: Circumstances) -> State:
        """Held against ``use.student.distributed`` and the declared uses."""
        return State.BROKEN if facts.distributed else State.MET


class StudentBaseIn(Asks):
    """The student is built upon a model of the same family."""

    type: Literal["student_base_in"]
    models: tuple[str, ...] = Field(min_length=1)

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return f"The student's base model is one of {', '.join(self.models)}."

    def state(self, facts: Circumstances) -> State:
        """Held against the base model of the student; an unknown one does not count."""
        known = facts.student_base is not None and matches_any(self.models, facts.student_base)
        return State.MET if known else State.BROKEN


class NonCommercial(Asks):
    """Everything that is done with it stays non-commercial."""

    outbound: ClassVar[bool] = True
    type: Literal["non_commercial"]

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return "Every use stays non-commercial, and what is passed on says so."

    def state(self, facts: Circumstances) -> State:
        """Broken by a declared commercial use or a licence that allows one, otherwise a duty that goes on."""
        free = facts.outbound_licence is not None and not is_non_commercial(facts.outbound_licence)
        return State.BROKEN if free or "commercial_use" in facts.uses else State.PENDING


Condition = Annotated[
    Attest
    | UserThreshold
    | AccountTier
    | Domicile
    | PinnedUpstream
    | PinnedRevision
    | PromptsByReference
    | NamePrefix
    | StudentClass
    | NotDistributed
    | StudentBaseIn
    | NonCommercial
    | ShareAlike
    | Duty,
    Field(discriminator="type"),
]


def _letters(name: str) -> str:
    # A student's name has no blanks, so "Llama 3" has to be written "Llama-3".
    return re.sub(r"[\s._-]", "", name)
