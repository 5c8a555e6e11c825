"""Whether what answered is what was judged: the model that the server names, whom it routed to, where it points."""

from __future__ import annotations

import json
import re
from urllib.parse import urljoin

from .hosts import parse_host
from .reading import Level, Reading

_DATED = re.compile(r"[-@:](\d{4}-?\d{2}-?\d{2}|\d{4}|latest|v\d+)$")


def is_same_model(asked: str, served: str | None, served_as: list[str]) -> bool:
    """Whether ``served`` is the model asked for, a dated form of it, or one of the names agreed on.

    A server that does not name its model is believed: there is nothing to compare.
    """
    if served is None:
        return True
    names = {name.casefold() for name in (asked, *served_as)}
    found = served.casefold()
    return found in names or _DATED.sub("", found) in names or any(_DATED.sub("", name) == found for name in names)


def is_same_upstream(pinned: str, routed: str | None) -> bool:
    """Whether an aggregator routed to the provider that it was bound to; a variant after a slash is the same one."""
    if routed is None:
        return True
    return _plain(pinned.partition("/")[0]) == _plain(routed.partition("/")[0])


def mismatch(
    asked: str, served: str | None, served_as: list[str], pinned: str | None, routed: str | None
) -> list[Reading]:
    """What speaks against an answer: another model than was judged, or another provider behind an aggregator."""
    readings: list[Reading] = []
    mend = "The answer is kept in quarantine. If it is the same model under another name, add it to served_as."
    if not is_same_model(asked, served, served_as):
        text = f"the server answered as {json.dumps(served, ensure_ascii=False)}, asked was {json.dumps(asked)}"
        readings.append(Reading(Level.UNKNOWN, ("MODEL_MISMATCH",), text, mend=mend))
    if pinned is not None and not is_same_upstream(pinned, routed):
        text = f"the request was bound to the provider {pinned!r}, {routed!r} answered"
        codes = ("MODEL_MISMATCH", "UPSTREAM_MISMATCH")
        readings.append(Reading(Level.UNKNOWN, codes, text, mend="The answer is kept in quarantine."))
    return readings


def redirected(base_url: str, status: int, location: str) -> list[Reading]:
    """An obstacle where a server points to another host: nothing is sent there."""
    if not 300 <= status < 400 or not location:
        return []
    try:
        asked = parse_host(base_url)
    except ValueError:
        # Nothing is known of the first host either, which is an obstacle of its own.
        return []
    try:
        other = parse_host(urljoin(base_url, location)).name
    except ValueError:
        other = "an address that cannot be read"
    if other == asked.name:
        return []
    text = f"{asked.name} points to {other}, whose terms were not judged; redirects to another host are not followed."
    mend = f"If {other} is the right server, name it as base_url so that its terms are judged."
    return [Reading(Level.UNKNOWN, ("REDIRECT_CROSS_HOST",), text, mend=mend)]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
