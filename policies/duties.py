"""What is owed when results leave the house: copies, notices, displays; checked where the bundle is there."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from .asking import Asks
from .circumstances import Bundle, Circumstances, State
from .share_alike import passes_on

_IN_THE_CARD = ("display", "notice_text", "attribution")


class Duty(Asks):
    """Something to do when results leave the house."""

    type: Literal[
        "display",
        "licence_copy",
        "notice_file",
        "notice_text",
        "attribution",
        "acceptable_use_flowdown",
        "use_restrictions_flowdown",
    ]
    text: str = Field(min_length=1)
    """What has to be done, as a sentence."""
    value: str | None = None
    """The words to be displayed or kept in a notice, where the terms prescribe them."""
    any_of: tuple[str, ...] = ()
    """Wordings of which one is enough, in place of ``value``."""
    file: str | None = None
    """Where a copy belongs in what is passed on."""
    also_named: tuple[str, ...] = ()
    """Parts of other names by which such a copy is recognised."""
    unless_attested: str | None = None
    """Statement under which nothing is owed, such as a number of users below the terms' threshold."""

    @property
    def sentence(self) -> str:
        """The duty in words."""
        wordings = " or ".join(map(repr, self.wordings))
        but = f" (not owed if attested: {self.unless_attested})" if self.unless_attested else ""
        return f"{self.text}{f' Wording: {wordings}.' if wordings else ''}{but}"

    @property
    def wordings(self) -> tuple[str, ...]:
        """The prescribed words, of which any one is enough."""
        return self.any_of if self.value is None else (self.value,)

    @property
    def statement(self) -> str | None:
        """The statement that spares it."""
        return self.unless_attested

    def state(self, facts: Circumstances) -> State:
        """Pending until there is a bundle to look into; a file that is then missing breaks it."""
        if self.unless_attested in facts.attested:
            return State.MET
        if facts.bundle is None or not facts.publishing:
            return State.PENDING
        if self.file is not None:
            return State.MET if facts.bundle.holds(self.file, self.also_named) else State.BROKEN
        return self._in_words(facts.bundle)

    def _in_words(self, bundle: Bundle) -> State:
        where = "README" if self.type in _IN_THE_CARD else "NOTICE"
        texts = bundle.texts(where)
        if not texts:
            # A card may be written elsewhere, such as on a product's page; a notice is a file or it is not there.
            return State.PENDING if where == "README" else State.BROKEN
        if None in texts or not self.wordings:
            # Of a list of names no more can be asked than that the file is on it.
            return State.PENDING if where == "README" and not bundle.listed_only else State.MET
        said = " ".join(" ".join(filter(None, texts)).split()).casefold()
        spoken = any(" ".join(words.split()).casefold() in said for words in self.wordings)
        return State.MET if spoken else State.BROKEN


class ShareAlike(Asks):
    """What is adapted is published under the same licence or one that is declared compatible."""

    outbound: ClassVar[bool] = True
    type: Literal["share_alike"]
    licence: str = Field(min_length=1)
    """The licence, as an SPDX id."""
    text: str = Field(min_length=1)

    @property
    def sentence(self) -> str:
        """The duty in words."""
        return self.text

    def state(self, facts: Circumstances) -> State:
        """Held against the licence of the exported set, where problems are passed on as text."""
        if facts.prompts == "by_reference":
            return State.MET
        if facts.outbound_licence is None:
            return State.PENDING
        return State.MET if passes_on(self.licence, facts.outbound_licence) else State.BROKEN
