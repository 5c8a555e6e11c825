"""The terms that are in force: the files that ship with Tracestill and the user's own folder."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import ValidationError

from ..pipeline.errors import ConfigError
from ..pipeline.records import short_hash
from .hosts import Host, specificity
from .names import is_local_path, publisher
from .overlay import tightened
from .terms import Terms

T = TypeVar("T")
_PACKAGE = __name__.rpartition(".")[0]
_INHERITED = ("spdx", "documents", "clauses", "rules", "exceptions", "review", "history")


@dataclass(frozen=True)
class TermsSet:
    """All terms files, with the question that a file answers: does it apply here?"""

    shipped: tuple[Terms, ...]
    own: tuple[Terms, ...] = ()
    """The user's additions. They apply beside what ships, never instead of it."""

    @property
    def all(self) -> tuple[Terms, ...]:
        """Every file, the shipped ones first."""
        return self.shipped + self.own

    @cached_property
    def digest(self) -> str:
        """Hash of the content of every file, whatever the order or layout they were written in."""
        return short_hash([terms.model_dump(mode="json") for terms in sorted(self.all, key=lambda terms: terms.id)])

    def for_host(self, host: Host) -> list[Terms]:
        """Service terms of a host: the closest match that ships and the closest of the user's own."""
        return [*_closest(self.shipped, host), *_closest(self.own, host)]

    def for_model(self, names: Iterable[str]) -> list[Terms]:
        """Licences that a model answers to under any of its names, and service terms that follow it."""
        names = list(names)
        return [
            terms
            for terms in self.all
            if (terms.kind == "model-licence" or terms.matches.follows_model)
            and any(terms.names_model(name) for name in names)
        ]

    def knows_model(self, names: Iterable[str]) -> bool:
        """Whether a licence speaks for the model as its publisher gives it, under any of its names.

        A local folder is known only by a file of the user's own: its name proves nothing of what is in it.
        """
        return any(_knows(self.own if is_local_path(name) else self.all, name) for name in names)

    def by_id(self, terms_id: str) -> Terms | None:
        """The file of that id; the shipped one where the user has none."""
        return next((terms for terms in self.all if terms.id == terms_id), None)

    def for_upstream(self, name: str) -> list[Terms]:
        """Service terms of the provider that an aggregator calls so."""
        folded = name.casefold().partition("/")[0]
        return [terms for terms in self.all if folded in map(str.casefold, terms.matches.upstream_names)]

    def for_dataset(self, names: Iterable[str], revision: str | None = None) -> list[Terms]:
        """Files that speak of a data set by name, at a revision of it."""
        names = list(names)
        return [
            terms
            for terms in self.all
            if terms.kind == "dataset-licence" and any(terms.names_dataset(name, revision) for name in names)
        ]

    def for_licence(self, licence: str) -> list[Terms]:
        """Files that answer for a data set's licence id."""
        return [terms for terms in self.all if licence in terms.matches.licences]

    def named(self, ids: Iterable[str]) -> list[Terms]:
        """The files with these ids, each once, in order of id; an id without a file is left out."""
        wanted = set(ids)
        return sorted((terms for terms in self.all if terms.id in wanted), key=lambda terms: terms.id)

    def redated(self, review_by: Mapping[str, datetime.date | None]) -> TermsSet:
        """The same terms with other last days of review, by id: to ask what a date would change."""

        def dated(terms: Terms) -> Terms:
            if terms.id not in review_by:
                return terms
            review = terms.review.model_copy(update={"review_by": review_by[terms.id]})
            return terms.model_copy(update={"review": review})

        return replace(self, shipped=tuple(map(dated, self.shipped)), own=tuple(map(dated, self.own)))


def load_terms(folder: Path | None = None) -> TermsSet:
    """The shipped terms, with a user's folder added.

    A file of the folder with a shipped id takes that file's place and may only tighten it; any other file
    is added. A file may say ``like: ID`` to give further models the licence of a shipped file.

    Raises:
        ConfigError: a file is no valid terms file, loosens a shipped one, or claims a host twice.
    """
    shipped = {terms.id: terms for terms in _shipped_terms()}
    own: dict[str, Terms] = {}
    if folder is not None:
        if not folder.is_dir():
            raise ConfigError(f"policy.terms: {folder} is no folder; name the folder that holds your terms files")
        for terms in _read_all(folder, shipped):
            if terms.id in shipped:
                shipped[terms.id] = tightened(shipped[terms.id], terms, str(folder / f"{terms.id}.yaml"))
            else:
                own[terms.id] = terms
    result = TermsSet(tuple(shipped.values()), tuple(own.values()))
    _refuse_shared_hosts(result.shipped)
    _refuse_shared_hosts(result.own)
    return result


def shipped_files() -> list[Traversable]:
    """The terms files that ship with Tracestill."""
    return files_in(_shipped())


def files_in(folder: Traversable) -> list[Traversable]:
    """The terms files of a folder, by name."""
    return sorted((file for file in folder.iterdir() if file.name.endswith((".yaml", ".yml"))), key=lambda f: f.name)


def terms_data(file: Traversable, shipped: Mapping[str, Terms]) -> dict[str, Any]:
    """What a terms file says, with what it takes over by ``like``, before it is checked.

    Raises:
        ConfigError: it cannot be read, is no YAML mapping, or is like terms that do not ship.
    """
    where = str(file)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{where}: cannot be read as UTF-8 text: {error}") from error
    raw = {key: value for key, value in read_yaml(text, where).items() if not str(key).startswith("x-")}
    if (like := raw.pop("like", None)) is None:
        return raw
    if like not in shipped:
        raise ConfigError(f"{where}: like: no shipped terms {like!r}; name one of {', '.join(sorted(shipped))}")
    return shipped[like].model_dump(mode="json", by_alias=True, include=set(_INHERITED)) | raw


def read_yaml(text: str, where: str) -> dict[str, Any]:
    """A mapping from YAML text; plain data only, and no key twice.

    Raises:
        ConfigError: it is no YAML, no mapping, or gives a key twice.
    """
    try:
        raw = yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{where}: no valid YAML: {error}") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{where}: holds no mapping; start from an example in docs/policies.md")
    return cast(dict[str, Any], raw)


def validated(build: Callable[[Any], T], raw: object, where: str) -> T:
    """What ``build`` makes of the data, with its complaint as a message that names file and key.

    Raises:
        ConfigError: the data does not have the form that ``build`` asks for.
    """
    try:
        return build(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{where}: {key + ': ' if key else ''}{message}{more}") from error


def _shipped() -> Traversable:
    return resources.files(_PACKAGE) / "terms"


@cache
def _shipped_terms() -> tuple[Terms, ...]:
    """Read once a process: the files lie within the package, and what is read from them is frozen."""
    return tuple(_read_all(_shipped(), {}))


def _read_all(folder: Traversable, shipped: dict[str, Terms]) -> list[Terms]:
    files = files_in(folder)
    if not files:
        raise ConfigError(f"policy.terms: {folder} holds no terms file (*.yaml)")
    return [_read(file, shipped) for file in files]


def _read(file: Traversable, shipped: dict[str, Terms]) -> Terms:
    where = str(file)
    terms = validated(Terms.model_validate, terms_data(file, shipped), where)
    if terms.id != file.name.rpartition(".")[0]:
        raise ConfigError(f"{where}: id: {terms.id!r} is not the file's name; make them the same")
    return terms


def _closest(files: tuple[Terms, ...], host: Host) -> list[Terms]:
    scored = [
        (score, terms)
        for terms in files
        if terms.kind == "service-terms"
        for pattern in terms.matches.hosts
        if (score := specificity(pattern, host)) is not None
    ]
    return [max(scored, key=lambda pair: pair[0])[1]] if scored else []


def _knows(files: tuple[Terms, ...], model: str) -> bool:
    return any(
        terms.kind == "model-licence"
        and terms.names_model(model)
        and (not terms.matches.publishers or publisher(model) in {None, *terms.matches.publishers})
        for terms in files
    )


def _refuse_shared_hosts(files: tuple[Terms, ...]) -> None:
    claimed: dict[str, str] = {}
    for terms in files:
        for pattern in terms.matches.hosts:
            if (other := claimed.setdefault(pattern, terms.id)) != terms.id:
                raise ConfigError(f"terms {terms.id}: matches.hosts: {pattern} is claimed by {other} already; drop one")


# libyaml is ten times faster, where it is there.
_Base: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):
    """SafeLoader that refuses a key given twice, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    problem = f"the key {key.value!r} is given twice"
                    raise yaml.constructor.ConstructorError("in a mapping", node.start_mark, problem, key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)
