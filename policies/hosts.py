"""The counterparty behind a URL, read so that no spelling of an address can pass for another one.

Nothing is resolved or connected here: a name is judged as it is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

DOTLESS = "<dotless>"
"""Host pattern for a name without a dot, such as a container's; no public service has one."""

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_STARRED = r"[a-z0-9_*](?:[a-z0-9_*-]{0,61}[a-z0-9_*])?"
# Stars within a name stay in front of two plain labels, so that none reaches beyond one company's domain.
_PATTERN = re.compile(rf"(?:\*\.)?{_LABEL}|(?:{_STARRED}\.)*{_LABEL}\.{_LABEL}")
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)")


@dataclass(frozen=True)
class Host:
    """Where a request would go: a name, or an address."""

    name: str
    address: IPv4Address | IPv6Address | None = None


def parse_host(url: str) -> Host:
    """The host of a base URL in one canonical spelling.

    Raises:
        ValueError: the URL is not plain http or https, carries a user name, or spells its host in a way that
            programs read differently (blanks, backslashes, escapes, letters beyond ASCII, numbers that are
            no dotted address). The message says how to write it.
    """
    if not url.isascii() or re.search(r"[\s\\\x00-\x20\x7f]", url):
        raise ValueError("base_url holds blanks, a backslash or letters beyond ASCII; write the plain address")
    try:
        parts = urlsplit(url)
        name, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"base_url is no valid address ({error}); write https://HOST[:PORT]/PATH") from error
    if parts.scheme not in {"http", "https"} or not name:
        raise ValueError("base_url needs the form https://HOST[:PORT]/PATH")
    if "@" in parts.netloc:
        raise ValueError("base_url holds a user name or a key; leave it out and name the key in api_key_env")
    return _host(name, bracketed=parts.netloc.startswith("["))


def is_pattern(text: str) -> bool:
    """Whether the text can stand under ``matches.hosts``: a name, a name with stars, a network or ``<dotless>``."""
    if text == DOTLESS or _network(text) is not None:
        return True
    return bool(_PATTERN.fullmatch(text)) and not _NUMBER.fullmatch(text.rpartition(".")[2])


def specificity(pattern: str, host: Host) -> int | None:
    """How closely a pattern names the host (higher is closer), or None where it does not match.

    ``*.`` in front stands for one or more labels; any other ``*`` for characters within its label, as in
    ``api.*.example.com`` for the regions of a service.
    """
    if host.address is not None:
        network = _network(pattern)
        if network is None or network.version != host.address.version or host.address not in network:
            return None
        return network.prefixlen
    if pattern == DOTLESS:
        return None if "." in host.name else 0
    if "*" in pattern:
        return len(pattern) if _starred(pattern).fullmatch(host.name) else None
    # An exact name outranks every wildcard, however long.
    return 1000 + len(pattern) if host.name == pattern else None


def _host(name: str, *, bracketed: bool) -> Host:
    name = name.lower().removesuffix(".")
    if bracketed:
        try:
            address = ip_address(name)
        except ValueError:
            raise ValueError(f"base_url: [{name}] is no IPv6 address") from None
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return Host(str(mapped or address), mapped or address)
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        try:
            return Host(name, IPv4Address(name))
        except ValueError:
            raise ValueError(f"base_url: {name} is no dotted address; write it like 127.0.0.1") from None
    if not _NAME.fullmatch(name):
        raise ValueError(f"base_url: {name!r} is no host name; write it plainly, without escapes or spare dots")
    return Host(name)


@cache
def _starred(pattern: str) -> re.Pattern[str]:
    head, rest = (r".+\.", pattern[2:]) if pattern.startswith("*.") else ("", pattern)
    return re.compile(head + "[^.]*".join(re.escape(part) for part in rest.split("*")))


def _network(text: str):
    try:
        return ip_network(text)
    except ValueError:
        return None
