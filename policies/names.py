"""How a model is named, and which patterns of a terms file its name answers to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

_WINDOWS_PATH = re.compile(r"^[a-z]:[\\/]")


def fold(model: str) -> str:
    """The name as patterns see it: outer blanks off, case folded."""
    return model.strip().casefold()


def matches_any(patterns: Iterable[str], model: str) -> bool:
    """Whether a model name answers to one of the patterns.

    ``*`` stands for any characters. A pattern that begins with it reaches over slashes, as a licence that
    follows every derived model must; in any other pattern it stops at a slash, so that ``acme/base*`` cannot
    be stretched to ``acme/base/../../something-else``. A name beyond ASCII answers to none: a look-alike
    letter must not pick a licence.
    """
    name = fold(model)
    return name.isascii() and any(_compiled(fold(pattern)).fullmatch(name) for pattern in patterns)


def is_local_path(model: str) -> bool:
    """Whether the name can only be a file or folder, so that a publisher's licence says nothing about it."""
    name = fold(model)
    if name.startswith(("/", "~", "file:")) or "\\" in name or _WINDOWS_PATH.match(name):
        return True
    return any(part in {"", ".", ".."} for part in name.split("/"))


def publisher(model: str) -> str | None:
    """The organisation in front of the first slash, or None for a bare name."""
    head, slash, _ = fold(model).partition("/")
    return head if slash else None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    star = ".*" if pattern.startswith("*") else "[^/]*"
    return re.compile(star.join(re.escape(part) for part in pattern.split("*")))
