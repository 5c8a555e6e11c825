"""What both batch APIs have in common: jobs that end after a while, in which single requests may expire or fail."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

BODY = web.RequestKey("body", dict)
"""A request's body, read once."""
Outcome = Literal["succeeded", "failed", "expired", "cancelled"]


@dataclass
class BatchBehaviour:
    """How batches go. Set any of these before a batch is made.

    Attributes:
        polls: retrievals that still find it at work.
        seconds: for how long it is at work, whatever the number of polls.
        expire: custom ids that expire.
        fail: custom ids that fail with an error of the server.
        ordered: whether results come in the order of the requests; neither provider promises that.
        done_when_cancelled: requests that were already done when a batch is cancelled; they are paid for.
        seed: of the order of results.
    """

    polls: int = 1
    seconds: float = 0.0
    expire: Collection[str] = ()
    fail: Collection[str] = ()
    ordered: bool = False
    done_when_cancelled: int = 0
    seed: int = 0


@dataclass
class Job:
    """A batch on its way."""

    id: str
    requests: list[tuple[str, dict[str, Any]]]
    behaviour: BatchBehaviour
    endpoint: str = ""
    version: str = ""
    input_file: str = ""
    window: str = ""
    metadata: dict[str, str] | None = None
    created: float = field(default_factory=time.time)
    cancelled: float | None = None
    ended: float | None = None
    polled: int = 0
    files: dict[str, str] = field(default_factory=dict[str, str])
    results: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    counts: Counter[str] = field(default_factory=Counter[str])
    errors: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def poll(self) -> bool:
        """Look at it once more; true when it ends at this look."""
        self.polled += 1
        if self.ended is not None:
            return False
        young = time.time() - self.created < self.behaviour.seconds or self.polled <= self.behaviour.polls
        if young and not self.errors and not (self.cancelled and self.polled > 1):
            return False
        self.ended = time.time()
        return True

    def cancel(self) -> None:
        """Ask it to stop; it ends at the next look."""
        if self.ended is None and self.cancelled is None:
            self.cancelled, self.polled = time.time(), 1

    def outcomes(self) -> Iterable[tuple[str, dict[str, Any], Outcome]]:
        """What became of each request, in the order in which results are told."""
        numbered = list(enumerate(self.requests))
        if not self.behaviour.ordered:
            random.Random(self.behaviour.seed).shuffle(numbered)
        for index, (custom_id, body) in numbered:
            yield custom_id, body, self._outcome(index, custom_id)

    def _outcome(self, index: int, custom_id: str) -> Outcome:
        if self.cancelled is not None and index >= self.behaviour.done_when_cancelled:
            return "cancelled"
        if custom_id in self.behaviour.expire:
            return "expired"
        return "failed" if custom_id in self.behaviour.fail else "succeeded"


def page(jobs: list[Any], ids: list[str], limit: int, after: str | None, before: str | None = None) -> dict[str, Any]:
    """One page of a list, newest first, and whether there is more."""
    start = ids.index(after) + 1 if after in ids else 0
    end = ids.index(before) if before in ids else len(ids)
    if before in ids:
        start = max(0, end - limit)
    shown = jobs[start : min(end, start + limit)]
    names = ids[start : min(end, start + limit)]
    more = start > 0 if before in ids else start + limit < end
    return {"data": shown, "has_more": more, "first_id": names[0] if names else None, "last_id": (names or [None])[-1]}
