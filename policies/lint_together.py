"""What can be wrong with a terms file beside others: a host claimed twice, an id without terms, a model hidden."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import get_args

from ..pipeline.config import Use
from .lint_alone import Finding
from .terms import Terms


def claimed_hosts(terms: Terms, others: Iterable[Terms]) -> Iterator[Finding]:
    """Hosts that another file claims as well, so that nobody could say whose terms bind."""
    for other in others:
        if other.id == terms.id:
            continue
        for host in set(terms.matches.hosts) & set(other.matches.hosts):
            yield "matches.hosts", f"{host} is claimed by {other.id} as well; drop one"


def missing_references(terms: Terms, ids: Collection[str]) -> Iterator[Finding]:
    """Ids of terms that do not exist."""
    for parent in terms.lineage:
        if parent.policy not in ids:
            yield "lineage", f"no terms have the id {parent.policy!r}; `tracestill policies list` shows all"
    if terms.superseded is not None and terms.superseded.by not in ids:
        yield "superseded.by", f"no terms have the id {terms.superseded.by!r}; `tracestill policies list` shows all"


def hidden_models(terms: Terms, others: Iterable[Terms]) -> Iterator[Finding]:
    """Models that a file without any rule takes away from one that knows them: all files that match apply.

    Whether two patterns overlap is tried with the names that they spell without their stars.
    """
    if terms.kind != "model-licence" or not _settles_nothing(terms):
        return
    for other in others:
        if other.id == terms.id or _settles_nothing(other):
            continue
        # Service terms know a model at their own host only, whatever its name could be elsewhere.
        tried = other.matches.models + (terms.matches.models if other.kind == "model-licence" else ())
        for name in dict.fromkeys(pattern.replace("*", "") for pattern in tried):
            if other.names_model(name) and terms.names_model(name):
                text = f"{name!r} is known by {other.id} and would become unknown; narrow the patterns"
                yield "matches.models", text


def _settles_nothing(terms: Terms) -> bool:
    uses: tuple[Use, ...] = get_args(Use)
    return all(terms.rule(use).verdict == "unknown" for use in uses)
