"""The server in a thread: every protocol, and every switch settable while it runs."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from . import chat, messages, responses
from .accounts import Accounts, Seen
from .anthropic_batches import AnthropicBatches
from .batches import BODY, BatchBehaviour, Job
from .errors import Refusal, refusal_for
from .faults import PRODUCED, SPOILED, Fault, RandomFaults, refused
from .limits import Limits, retry_headers
from .openai_batches import OpenAIBatches
from .voice import CHARACTERS_PER_TOKEN, Answer, Voice

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PROTOCOLS: dict[str, Any] = {
    "/v1/chat/completions": chat,
    "/v1/responses": responses,
    "/v1/messages": messages,
}
"""Each module checks a request, answers it, and spoils an answer."""


@dataclass
class TeacherServer(Voice):
    """Use as a context manager; set ``answer``, ``faults`` or ``delay`` to change how it behaves.

    Attributes:
        faults: one is taken for each request that comes while there are any; null lets it pass.
        random_faults: what befalls a share of the requests for completions, once ``faults`` is empty.
        delay: seconds before each answer, or what gives them (``Lognormal``).
        limits: what is enforced, by 429.
        batches: how batches of both providers go.
        key: what every request must carry, as ``x-api-key`` or as a bearer token; null asks for none.
        keeps_seen: whether every request is kept in ``seen``.
    """

    faults: list[Fault | None] = field(default_factory=list[Fault | None])
    random_faults: RandomFaults | None = None
    delay: float | Callable[[], float] = 0.0
    limits: Limits = field(default_factory=Limits)
    batches: BatchBehaviour = field(default_factory=BatchBehaviour)
    key: str | None = None
    keeps_seen: bool = True
    seen: list[Seen] = field(default_factory=list[Seen])
    accounts: Accounts = field(default_factory=Accounts)

    @property
    def billed(self) -> Counter[Any]:
        """Completions that were produced, by the body that asked for them as canonical JSON."""
        return self.accounts.billed

    def __enter__(self) -> TeacherServer:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self.start(), self._loop).result(10)
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.root = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def start(self, port: int = 0) -> int:
        """Listen on loopback; gives the port."""
        app = web.Application(client_max_size=2**28, middlewares=[self._receive])
        for path in PROTOCOLS:
            app.router.add_post(path, self._complete)
        self._providers = OpenAIBatches(self), AnthropicBatches(self)
        app.router.add_routes([route for provider in self._providers for route in provider.routes()])
        app.router.add_get("/__stats", self._stats)
        app.router.add_post("/__reset", self._reset)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, backlog=2048).start()
        return self._runner.addresses[0][1]

    @property
    def jobs(self) -> list[Job]:
        """Every batch that either provider holds."""
        return [job for provider in self._providers for job in provider.jobs.values()]

    @web.middleware
    async def _receive(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/__"):
            return await handler(request)
        body = await json_body(request)
        if self.keeps_seen:
            asked: dict[str, Any] = body if isinstance(body, dict) else {}
            self.seen.append(Seen(request.path, dict(request.headers), asked, time.monotonic(), request.method))
        if isinstance(body, Refusal):
            return refused(body)
        if self.key is not None and self.key != key_of(request):
            return refused(refusal_for(request.path, 401, "Incorrect API key provided."))
        request[BODY] = body
        if request.path not in PROTOCOLS:
            return await self._befall(request, body) or await handler(request)
        self.accounts.arrived()
        if (wait := self._over_limit(request)) is not None:
            self.accounts.refused += 1
            return refused(refusal_for(request.path, 429, "Rate limit reached.") | retry_headers(wait))
        self.accounts.taken()
        try:
            return await self._befall(request, body) or await handler(request)
        finally:
            self.accounts.left()

    def _over_limit(self, request: web.Request) -> float | None:
        tokens = (request.content_length or 0) / CHARACTERS_PER_TOKEN + self.tokens(chat.COMPLETION_TOKENS)
        return self.limits.refuse(time.monotonic(), tokens, self.accounts.in_flight)

    async def _befall(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        if self.faults:
            fault = self.faults.pop(0)
            return None if fault is None else await fault(request, body)
        kind = self.random_faults.draw() if self.random_faults and request.path in PROTOCOLS else None
        if self.random_faults is None or kind is None:
            return None
        self.accounts.faults[kind] += 1
        return await self.random_faults.befall(kind, request, body)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        protocol, body = PROTOCOLS[request.path], request[BODY]
        if (wrong := protocol.check(self, body, request.headers)) is not None:
            return refused(wrong)
        if seconds := self.delay() if callable(self.delay) else self.delay:
            await asyncio.sleep(seconds)
        answer, spoiled = protocol.reply(self, body), request.get(SPOILED)
        if spoiled is None or spoiled in PRODUCED:
            self.bill(body)
        else:
            answer = protocol.spoiled(answer, spoiled)
        try:
            return await self._send(request, answer, spoiled if spoiled in PRODUCED else None)
        except ConnectionResetError:  # the client went away; what it asked for was produced all the same
            return web.Response()

    def bill(self, body: dict[str, Any]) -> None:
        """Note that a completion was produced."""
        self.accounts.billed[json.dumps(body, sort_keys=True)] += 1

    async def _send(self, request: web.Request, answer: Answer, spoiled: str | None) -> web.StreamResponse:
        content = [json.dumps(answer.body).encode()] if answer.frames is None else answer.frames
        whole = sum(map(len, content))
        headers = self._headers(request.path, streams=answer.frames is not None)
        if spoiled and len(content) > 1:
            content = content[: len(content) // 2]
        elif spoiled:
            content = [content[0][: whole // 2]]
        response = web.StreamResponse(headers=headers)
        if answer.frames is None:
            response.content_length = whole if spoiled != "truncated" else len(content[0])
        await response.prepare(request)
        for piece in content:
            await response.write(piece)
        if spoiled == "cut":
            await self._cut(request)
            return response
        await response.write_eof()
        if SPOILED not in request:
            self.accounts.sent()
        return response

    async def _cut(self, request: web.Request) -> None:
        await asyncio.sleep(0.01)  # what was written gets out first
        if request.transport is not None:
            request.transport.abort()

    def _headers(self, path: str, streams: bool) -> dict[str, str]:
        now, number = time.monotonic(), self.number()
        headers = {"Content-Type": "text/event-stream" if streams else "application/json"}
        if path == "/v1/messages":
            return headers | {"request-id": f"req_{number}"} | self.limits.anthropic_headers(now)
        return headers | {"x-request-id": f"req_{number}"} | self.limits.openai_headers(now)

    async def _stats(self, request: web.Request) -> web.Response:
        return web.json_response(self.accounts.stats(int(request.query.get("expected", 0)) or None))

    async def _reset(self, request: web.Request) -> web.Response:
        self.accounts.reset()
        self.limits.reset()
        self.seen.clear()
        return web.json_response({})


def key_of(request: web.Request) -> str | None:
    """The key that a request carries, in either provider's way."""
    return request.headers.get("x-api-key") or request.headers.get("Authorization", "").removeprefix("Bearer ") or None


async def json_body(request: web.Request) -> dict[str, Any] | Refusal:
    """The request's body where it is a JSON object; nothing for uploads and requests without one."""
    if request.method != "POST" or request.content_type == "multipart/form-data":
        return {}
    content = await request.read()
    if not content:
        return {}
    try:
        body = json.loads(content)
    except ValueError:
        return refusal_for(request.path, 400, "We could not parse the JSON body of your request.")
    return body if isinstance(body, dict) else refusal_for(request.path, 400, "The body is no JSON object.")
