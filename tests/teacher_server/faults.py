"""Faults: one by one, as a test lists them, or a seeded share at random.

A one-shot fault is an async function of the request and its body. It answers in place of the server, or returns
null and lets the request pass; ``spoil`` lets it pass and marks it, so that the answer goes wrong on its way out.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from aiohttp import web

from .errors import Refusal, named, refusal_for

Fault = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse | None]]

SPOILED = web.RequestKey("spoiled", str)
"""How the answer to a request shall go wrong on its way out."""
REFUSALS = ("429", "429-seconds", "429-ms", "429-date", "500", "529")
"""Answered at once, with nothing produced; the first says nothing of when to come back."""
SPOILS = ("cut", "truncated", "empty-choices", "null-content")
"""Gone wrong on the way out: the connection cut in the middle, half of the JSON, no choice, a choice with nothing."""
KINDS = (*REFUSALS, *SPOILS, "reset", "stall")
"""``reset`` drops the connection before the answer, ``stall`` holds it and never answers."""
PRODUCED = ("cut", "truncated")
"""Kinds under which a completion was produced, and so billed."""


@dataclass
class RandomFaults:
    """A share of requests goes wrong, in the same places for the same seed.

    Attributes:
        share: of the requests, from 0 to 1.
        kinds: what may happen, each equally likely.
        wait_s: what a 429 asks for (a date in whole seconds).
        stall_s: how long a stalled request is held before its connection is closed.
    """

    share: float
    kinds: tuple[str, ...] = KINDS
    seed: int = 0
    wait_s: float = 0.2
    stall_s: float = 5.0

    def __post_init__(self) -> None:
        if unknown := set(self.kinds) - set(KINDS):
            raise ValueError(f"{unknown} are no kinds of fault; there are {', '.join(KINDS)}")
        self._random = random.Random(self.seed)

    def draw(self) -> str | None:
        """What happens to the next request; null is nothing."""
        return self._random.choice(self.kinds) if self._random.random() < self.share else None

    def refusal(self, kind: str, path: str) -> Refusal:
        """The answer to a request that is refused."""
        headers = {
            "429-seconds": {"retry_after": f"{self.wait_s:g}"},
            "429-ms": {"retry_after_ms": f"{self.wait_s * 1000:.0f}"},
            "429-date": {"retry_after": formatdate(time.time() + max(1.0, self.wait_s), usegmt=True)},
        }.get(kind, {})
        code = int(kind.partition("-")[0])
        message = {429: "Rate limit reached.", 500: "Something went wrong.", 529: "Overloaded"}[code]
        return refusal_for(path, code, message, **headers)

    async def befall(self, kind: str, request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        """Let a kind of fault happen to a request."""
        if kind in REFUSALS:
            return refused(self.refusal(kind, request.path))
        fault = spoil(kind) if kind in SPOILS else reset if kind == "reset" else stall(self.stall_s)
        return await fault(request, body)


def refused(refusal: Refusal) -> web.Response:
    """A refusal as a response."""
    return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)


def status(code: int, body: dict[str, Any] | str = "", **headers: str) -> Fault:
    """A fault that answers with an HTTP status."""

    async def refuse(request: web.Request, asked: dict[str, Any]) -> web.StreamResponse:
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=code, text=text, headers=named(headers))

    return refuse


def raw(content: bytes) -> Fault:
    """A fault that answers 200 with these bytes."""

    async def lie(request: web.Request, asked: dict[str, Any]) -> web.StreamResponse:
        return web.Response(body=content, content_type="application/json")

    return lie


def spoil(kind: str) -> Fault:
    """A fault that lets a completion be produced and spoils it: ``cut``, ``truncated``, ``empty-choices``, ..."""
    if kind not in SPOILS:
        raise ValueError(f"{kind} is none of {', '.join(SPOILS)}")

    async def mark(request: web.Request, asked: dict[str, Any]) -> None:
        request[SPOILED] = kind

    return mark


def stall(seconds: float) -> Fault:
    """A fault that holds the request for so long and then drops the connection."""

    async def hold(request: web.Request, asked: dict[str, Any]) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await reset(request, asked)

    return hold


async def reset(request: web.Request, asked: dict[str, Any]) -> web.StreamResponse:
    """A fault that drops the connection."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
