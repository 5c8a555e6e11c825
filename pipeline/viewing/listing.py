"""The list of problems: what it is narrowed to, how it is sorted, and which page of it is shown; all in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from ..corpus import Row
from .index import Snapshot

PAGE = 50
FACETS = ("outcome", "domain", "source", "teacher", "verifier", "decision")
SORTS = {
    "id": "by id",
    "hardest": "hardest first",
    "easiest": "easiest first",
    "longest": "longest first",
    "dearest": "dearest first",
}
MAX_SEARCH = 200


@dataclass(frozen=True)
class Choice:
    """What somebody looks at."""

    facets: tuple[tuple[str, str], ...] = ()
    search: str = ""
    sort: str = "id"
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """As an address says it; what it does not know is passed over."""
        page = query.get("page", "1")
        return cls(
            facets=tuple((name, query[name]) for name in FACETS if query.get(name)),
            search=query.get("q", "").strip()[:MAX_SEARCH],
            sort=query["sort"] if query.get("sort") in SORTS else "id",
            page=max(1, int(page)) if page.isdecimal() and len(page) < 9 else 1,
        )

    def value(self, facet: str) -> str | None:
        """What a facet is set to."""
        return dict(self.facets).get(facet)

    def address(self, **changes: str | int | None) -> str:
        """The address of the same with some of it changed; a change goes to the first page."""
        facets = {name: value for name, value in self.facets if name not in changes}
        facets |= {name: str(changes[name]) for name in FACETS if changes.get(name)}
        more = {"q": self.search, "sort": self.sort, "page": 1}
        more |= {name: changes[name] for name in ("q", "sort", "page") if name in changes}
        more = {name: value for name, value in more.items() if value not in ("", None, "id", 1)}
        return f"/problems?{urlencode(facets | more)}".rstrip("?")

    def at(self, page: int) -> Self:
        """Another page of the same."""
        return replace(self, page=page)

    def find(self, snapshot: Snapshot) -> tuple[list[Row], int]:
        """The problems of the page, and how many there are in all."""
        parameters = {name: self.value(name) for name in FACETS}
        rows = snapshot.ask(
            "shown_matching",
            search=self.search,
            sort=self.sort,
            limit=PAGE,
            offset=(self.page - 1) * PAGE,
            **parameters,
        )
        if rows or self.page == 1:
            return rows, rows[0]["matching"] if rows else 0
        return self.at(1).find(snapshot)


def facet_values(snapshot: Snapshot) -> dict[str, list[Row]]:
    """By facet, its values with their traces, most frequent first."""
    found: dict[str, list[Row]] = {name: [] for name in FACETS}
    for row in snapshot.ask("shown_facets"):
        found[row["facet"]].append(row)
    return found
