"""The views of schema.sql, each made when a question first needs it.

To make a view DuckDB works through everything below it, and few questions need more than one or two of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import takewhile
from threading import Lock

_VIEW = re.compile(r"CREATE OR REPLACE VIEW (\w+) AS\b")
_WORD = re.compile(r"\w+")


class Views:
    """Which views one database has; shared by all of its cursors, in whatever thread."""

    def __init__(self, schema: str) -> None:
        self._definitions = _definitions(schema)
        self._made: set[str] = set()
        self._guard = Lock()

    def make(self, sql: str, execute: Callable[[str], object]) -> None:
        """Make what ``sql`` names and is not there yet, and what that rests on."""
        with self._guard:
            self._make(_named(sql), execute)

    def _make(self, names: set[str], execute: Callable[[str], object]) -> None:
        for name in sorted(names & self._definitions.keys() - self._made):
            definition = self._definitions[name]
            # A view may name one that rests on it, as a column: what a view can rest on stands above it in the file.
            above = set(takewhile(lambda other, own=name: other != own, self._definitions))
            self._make(_named(definition) & above, execute)
            if name not in self._made:
                execute(definition)
                self._made.add(name)


def _named(sql: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(sql)}


@cache
def _definitions(schema: str) -> dict[str, str]:
    """Every view's statement by its name; comments belong to what follows them and are left out."""
    statements = [re.sub(r"^--.*\n", "", part, flags=re.MULTILINE).strip() for part in schema.split(";\n")]
    found = [(_VIEW.match(statement), statement) for statement in statements if statement]
    if strange := [statement[:60] for match, statement in found if match is None]:
        raise ValueError(f"schema.sql holds what is no view: {strange[0]!r}")
    return {match[1]: statement for match, statement in found if match is not None}
