"""What a reviewer would send back: complaints about terms files, each with its file, its key and the mend."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError

from ..pipeline.errors import ConfigError
from .library import files_in, load_terms, shipped_files, terms_data
from .lint_alone import Finding, alone
from .lint_together import claimed_hosts, hidden_models, missing_references
from .overlay import tightened
from .terms import Terms


@dataclass(frozen=True)
class Complaint:
    """One thing to mend."""

    file: str
    key: str
    text: str

    def __str__(self) -> str:
        """One line: file, key, what is wrong and what to do."""
        return ": ".join(part for part in (self.file, self.key, " ".join(self.text.split())) if part)


@dataclass(frozen=True)
class Report:
    """What was looked at, and what was found."""

    files: int
    complaints: tuple[Complaint, ...]


def lint_shipped(today: datetime.date) -> Report:
    """Complaints about the files that ship with Tracestill."""
    return _lint(shipped_files(), {}, today)


def lint_folder(folder: Path, today: datetime.date) -> Report:
    """Complaints about a user's folder, which is held against what ships.

    Raises:
        ConfigError: it is no folder, or holds no terms file.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder; name the folder that holds your terms files")
    files = files_in(folder)
    if not files:
        raise ConfigError(f"{folder} holds no terms file (*.yaml)")
    return _lint(files, {terms.id: terms for terms in load_terms().shipped}, today)


def _lint(files: Sequence[Traversable], shipped: Mapping[str, Terms], today: datetime.date) -> Report:
    complaints: list[Complaint] = []
    read: dict[str, Terms] = {}
    for file in files:
        found = _read(file, shipped)
        if isinstance(found, Terms):
            read[file.name] = found
            complaints += (Complaint(file.name, key, text) for key, text in _of_one(found, file, shipped, today))
        else:
            complaints += found
    for name, terms in read.items():
        complaints += (Complaint(name, key, text) for key, text in _beside_others(terms, read, shipped))
    return Report(len(files), tuple(sorted(complaints, key=lambda one: one.file)))


def _read(file: Traversable, shipped: Mapping[str, Terms]) -> Terms | list[Complaint]:
    """The file's terms, or everything that is wrong with its form."""
    try:
        return Terms.model_validate(terms_data(file, shipped))
    except ConfigError as error:
        return [Complaint(file.name, "", str(error).removeprefix(f"{file}: "))]
    except ValidationError as error:
        return [
            Complaint(file.name, ".".join(map(str, one["loc"])), one["msg"].removeprefix("Value error, "))
            for one in error.errors(include_url=False)
        ]


def _of_one(terms: Terms, file: Traversable, shipped: Mapping[str, Terms], today: datetime.date) -> Iterator[Finding]:
    if terms.id != file.name.rpartition(".")[0]:
        yield "id", f"{terms.id!r} is not the file's name; make them the same"
    yield from alone(terms, today)
    if terms.id in shipped:
        try:
            tightened(shipped[terms.id], terms, file.name)
        except ConfigError as error:
            yield "", str(error).removeprefix(f"{file.name}: ")


def _beside_others(terms: Terms, read: Mapping[str, Terms], shipped: Mapping[str, Terms]) -> Iterator[Finding]:
    # A user's file takes the place of a shipped one with its id, or stands beside all that ship.
    in_force = {**shipped, **{one.id: one for one in read.values()}}
    peers = [one for one in in_force.values() if (one.id in shipped) is (terms.id in shipped)]
    yield from claimed_hosts(terms, peers)
    yield from missing_references(terms, in_force.keys())
    yield from hidden_models(terms, in_force.values())
