"""With whom a teacher's requests make a contract: the final host, and whoever an aggregator routes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from ..pipeline.config_teacher import Teacher
from .hosts import Host, parse_host
from .library import TermsSet
from .obstacles import claimed_host, unknown_host
from .reading import Reading
from .terms import Terms

IN_PROCESS = ("transformers", "vllm")
"""Providers that load the model here: no counterparty but the licensor of the weights."""


@dataclass(frozen=True)
class Counterparty:
    """Whose service terms bind, and what stands in the way of knowing it."""

    host: Host | None = None
    contracts: tuple[Terms, ...] = ()
    obstacles: tuple[Reading, ...] = ()
    upstream: str | None = None
    """The one provider to which an aggregator is bound to route."""
    upstream_terms: tuple[Terms, ...] = ()

    @property
    def self_hosted(self) -> bool:
        """Whether the user runs the server."""
        return any(terms.matches.requires_self_hosted for terms in self.contracts)


def counterparty_of(teacher: Teacher, terms: TermsSet) -> Counterparty:
    """The other side of a teacher's requests, read off its address; nothing is resolved."""
    url = teacher.server
    if url is None:
        if teacher.provider in IN_PROCESS:
            return Counterparty()
        return Counterparty(obstacles=(unknown_host("The teacher has no base_url.", "Set base_url."),))
    try:
        host = parse_host(url)
    except ValueError as error:
        return Counterparty(obstacles=(unknown_host(f"{error}.", "Correct base_url."),))
    contracts = tuple(terms.for_host(host))
    upstream = pinned_upstream(teacher.extra_body)
    return Counterparty(
        host,
        contracts,
        tuple(_obstacles(host, contracts, teacher)),
        upstream,
        tuple(terms.for_upstream(upstream)) if upstream is not None else (),
    )


def pinned_upstream(extra_body: Mapping[str, Any]) -> str | None:
    """The one provider that a request to an aggregator names, where it forbids any other.

    OpenRouter's form is read (https://openrouter.ai/docs/features/provider-routing): ``provider.only`` or
    ``provider.order`` with a single name, and ``allow_fallbacks: false``.
    """
    routing = extra_body.get("provider")
    if not isinstance(routing, dict):
        return None
    routing = cast(dict[str, Any], routing)
    names = routing.get("only") or routing.get("order")
    if routing.get("allow_fallbacks") is not False or not isinstance(names, list):
        return None
    names = cast(list[Any], names)
    return names[0] if len(names) == 1 and isinstance(names[0], str) else None


def _obstacles(host: Host, contracts: tuple[Terms, ...], teacher: Teacher) -> list[Reading]:
    private = any(terms.matches.requires_self_hosted for terms in contracts)
    if private and not teacher.self_hosted:
        text = f"{host.name} is a private address, and nobody says who runs the server there."
        return [unknown_host(text, "If you run it yourself, set self_hosted: true on the teacher.")]
    if teacher.self_hosted and not private:
        text = f"self_hosted is set, but {host.name} is a public address."
        mend = "Remove self_hosted; for a server of your own under a public name, write a terms file with its host "
        mend += "and requires_self_hosted: true."
        return [claimed_host(text, mend)]
    if not contracts:
        labels = " A label such as the teacher's id or provider says nothing about whose terms bind."
        mend = "Use the provider's own address, or write a terms file with this host once its terms were read."
        return [unknown_host(f"No terms are known for {host.name}.{labels}", mend)]
    return []
