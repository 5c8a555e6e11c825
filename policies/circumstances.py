"""The facts against which conditions are held: what is declared, attested and known at a stage."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from ..pipeline.config import Student, Use

Role = Literal["teacher", "base"]

# fmt: off
EU = frozenset([
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
])
# fmt: on
"""Member states by their ISO 3166-1 code."""
REGIONS: Mapping[str, frozenset[str]] = {"EU": EU, "EEA": EU | {"IS", "LI", "NO"}, "UK": frozenset({"UK", "GB"})}
"""Groups of countries that terms speak of; any other entry is a country's own code."""


class State(IntEnum):
    """How far a condition is met; the higher, the worse."""

    MET = 0
    PENDING = 1
    """It can still be met: somebody vouches for it, a file is added."""
    UNKNOWN = 2
    """What it turns on is not known, so that nothing can be said."""
    BROKEN = 3
    """It cannot be met any more, or is not met where it must be."""


@dataclass(frozen=True)
class Account:
    """The account with a provider: its tier, such as ``paid``, and the customer's country."""

    tier: str | None = None
    region: str | None = None

    def within(self, regions: tuple[str, ...]) -> bool | None:
        """Whether the customer is in one of the regions; None where the country is not known."""
        if self.region is None:
            return None
        country = self.region.strip().upper()
        return any(country == name or country in REGIONS.get(name, ()) for name in regions)


@dataclass(frozen=True)
class Bundle:
    """The files of what is published: path to text, or to None where only the name is known."""

    files: Mapping[str, str | None]

    @property
    def listed_only(self) -> bool:
        """Whether nothing is known but what the files are called."""
        return all(text is None for text in self.files.values())

    def holds(self, wanted: str, others: tuple[str, ...] = ()) -> bool:
        """Whether a file is there under its own name or another one that says the same.

        Folders do not count: a student's may be called like the licence that it needs. A digit that follows is
        another version, and a policy is no licence.
        """
        own = wanted.rpartition("/")[2].rpartition(".")[0] or wanted
        files = [_plain(path.rpartition("/")[2]) for path in self.files]
        files = [file for file in files if "policy" not in file or "policy" in own]
        return any(_within(name, file) for name in (own, *others) for file in files)

    def texts(self, name: str) -> list[str | None]:
        """What the files say whose name begins so, such as README or NOTICE."""
        return [text for path, text in self.files.items() if _folded(path.rpartition("/")[2]).startswith(_folded(name))]


@dataclass(frozen=True)
class Circumstances:
    """The declaration, the stage, the statements made."""

    stage: str
    uses: tuple[Use, ...]
    student: Student
    attested: Mapping[str, str]
    """Statements that somebody here vouches for, and who does."""
    today: datetime.date
    role: Role = "teacher"
    """Whether outputs are used (teacher) or the weights themselves are built upon (base)."""
    student_base: str | None = None
    """Base model of the student, where it is known."""
    account: Account = Account()
    upstream: str | None = None
    """The one provider to which an aggregator is bound to route, where it is bound."""
    upstream_known: bool = False
    """Whether the terms of that provider are known here."""
    revision: str | None = None
    """The pinned revision of a data set."""
    of_ancestor: bool = False
    """Whether the terms are those of something that what is used was made from."""
    prompts: Literal["inline", "by_reference"] = "inline"
    """Whether problems are passed on as text, or named so that others can look them up."""
    outbound_licence: str | None = None
    """SPDX expression under which the exported set is published, where it is decided."""
    bundle: Bundle | None = None
    """What is published, where it is there already."""

    @property
    def distributed(self) -> bool:
        """Whether anyone else gets the student. Declaring a weights release says so, whatever the student's flag."""
        return self.student.distributed or "weights_release" in self.uses

    @property
    def publishing(self) -> bool:
        """Whether results leave the house at this stage, so that what is owed to others is due."""
        return "publish" in self.stage


def _within(name: str, file: str) -> bool:
    """Whether a file's name holds this one, with other signs between words and numbers, and no longer number."""
    words = r"[^a-z0-9]*".join(re.findall(r"[a-z]+|\d+", _plain(name)))
    return re.search(rf"(?<![a-z0-9]){words}(?![a-z])(?![^a-z0-9]*\d)", file) is not None


def _plain(text: str) -> str:
    return text.casefold().replace("licence", "license")


def _folded(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
