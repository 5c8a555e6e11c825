"""Traces to review, one after the other, and the desk that takes what people say of them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self, cast, get_args
from urllib.parse import urlencode

from ..corpus import Corpus, Row, read
from ..errors import ConfigError
from ..records import ReviewVerdict
from ..reviewing import Reviewer
from ..view import View
from ..workspace import Workspace
from .index import Snapshot

NARROWED_BY = ("outcome", "domain", "source", "teacher")
DEFAULT_OUTCOME = "undecided"


@dataclass(frozen=True)
class Queue:
    """What is reviewed, in an order that has nothing to do with what it is."""

    facets: dict[str, str | None]
    rows: list[Row]
    place: int = 0

    @classmethod
    def of(cls, query: Mapping[str, str], snapshot: Snapshot) -> Self:
        """As an address says it: undecided traces unless it says otherwise; ``any`` is all of them."""
        facets: dict[str, str | None] = {name: query.get(name) or None for name in NARROWED_BY}
        facets["outcome"] = facets["outcome"] or DEFAULT_OUTCOME
        asked = facets | {"outcome": None if facets["outcome"] == "any" else facets["outcome"]}
        key = ("queue", *asked.values())
        return cls(facets, snapshot.remember(key, lambda: snapshot.ask("shown_queue", **asked)))

    @property
    def reviewed(self) -> int:
        """How many have a person's word."""
        return sum(row["verdict"] is not None for row in self.rows)

    def at(self, trace_id: str | None) -> Row | None:
        """That trace, or the first without a word; null where there is none. The queue knows the place from then on."""
        for place, row in enumerate(self.rows):
            if row["trace_id"] == trace_id or (trace_id is None and row["verdict"] is None):
                object.__setattr__(self, "place", place)
                return row
        return None

    def address(self, step: int = 0) -> str:
        """The address of a neighbour, or of this place."""
        place = min(max(0, self.place + step), len(self.rows) - 1)
        return f"/review?{urlencode({**self._told(), 'trace': self.rows[place]['trace_id']})}"

    def rest(self, **changes: str) -> str:
        """The address of the first that nobody has reviewed."""
        return f"/review?{urlencode(self._told() | changes)}"

    def _told(self) -> dict[str, str]:
        return {name: value for name, value in self.facets.items() if value}


class Conflict(Exception):
    """Somebody else has said something of the trace since the page was loaded."""

    def __init__(self, review: Row) -> None:
        super().__init__(review["review_id"])
        self.review = review


class Desk:
    """Puts reviews on record, beside whatever run holds the workspace. Use as a context manager."""

    def __init__(self, workspace: Workspace, view: View) -> None:
        self._workspace = workspace
        self._view = view
        self._turn = threading.Lock()
        self._reviewers: dict[str, Reviewer] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def put(self, trace_id: str, verdict: str, note: str, name: str, seen: str) -> None:
        """Record one person's word.

        Args:
            trace_id: of what.
            verdict: accept, reject, defer or withdraw.
            note: why.
            name: who says so.
            seen: id of the latest review that the person has seen of the trace; empty for none.

        Raises:
            ConfigError: the verdict is none, or there is no such trace.
            Conflict: another person has reviewed it since.
        """
        if verdict not in get_args(ReviewVerdict):
            raise ConfigError(f"{verdict!r} is no verdict; choose one of {', '.join(get_args(ReviewVerdict))}")
        with self._turn:
            latest = read(self._workspace, self._view, lambda corpus: _latest(corpus, trace_id))
            if latest is not None and latest["review_id"] != seen and latest["reviewer"] != name:
                raise Conflict(latest)
            if name not in self._reviewers:
                self._reviewers[name] = self._open.enter_context(Reviewer(self._workspace, self._view, name))
            self._reviewers[name].review(trace_id, cast("ReviewVerdict", verdict), note)


def _latest(corpus: Corpus, trace_id: str) -> Row | None:
    found = corpus.ask("reviews_of_trace", trace_id=trace_id)
    return found[-1] if found else None
