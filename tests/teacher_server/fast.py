"""Chat completions alone, as fast as asyncio goes: a minimal HTTP/1.1 parser and an answer rendered beforehand.

It knows requests with a content length, one after another on a connection; no pipelining and no chunked requests.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from . import chat
from .accounts import Accounts
from .errors import Refusal, openai_error
from .faults import PRODUCED, REFUSALS, RandomFaults
from .limits import Limits, retry_headers
from .voice import CHARACTERS_PER_TOKEN, Answer, Voice

LENGTH = re.compile(rb"(?i)\r\ncontent-length:[ \t]*(\d+)")
MODEL = re.compile(rb'"model"\s*:\s*"([^"\\]+)"')
REASONS = {status.value: status.phrase for status in HTTPStatus} | {529: "Overloaded"}
ID_WIDTH = 12


class FastChat:
    """The state that all connections share."""

    def __init__(
        self,
        voice: Voice,
        delay: float | Callable[[], float],
        limits: Limits,
        faults: RandomFaults | None,
        prerendered: bool,
    ) -> None:
        self.voice, self.delay, self.limits, self.faults = voice, delay, limits, faults
        self.limited = any((limits.requests_per_minute, limits.tokens_per_minute, limits.concurrency))
        self.accounts = Accounts()
        self._prerendered = prerendered
        self._rendered: dict[bytes, tuple[bytes, bytes]] = {}

    async def listen(self, port: int) -> asyncio.Server:
        """Listen on loopback."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: Connection(self, loop), "127.0.0.1", port, backlog=4096)

    def plain(self, body: bytes) -> bytes | None:
        """The model's name if the request takes the rendered answer: one choice, not streamed."""
        if not self._prerendered or b'"messages"' not in body or b'"messages": []' in body or b'"messages":[]' in body:
            return None
        if b'"n"' in body or b'"stream"' in body:
            asked = json.loads(body)
            if asked.get("n") not in (None, 1) or asked.get("stream"):
                return None
        found = MODEL.search(body)
        return found[1] if found else None

    def rendered(self, model: bytes) -> bytes:
        """The whole answer with a new id."""
        if (halves := self._rendered.get(model)) is None:
            mark = "-" * ID_WIDTH
            completion = chat.reply(self.voice, {"model": model.decode(), "messages": [{"content": ""}]}).body
            content = json.dumps(completion | {"id": f"chatcmpl-{mark}"}).encode()
            before, _, after = content.partition(mark.encode())
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n".encode()
            halves = self._rendered[model] = (head + b"%b\r\n" + before.replace(b"%", b"%%"), after)
        limits = lines(self.limits.openai_headers(time.monotonic())) if self.limited else b""
        return halves[0] % limits + b"%0*d" % (ID_WIDTH, self.voice.number()) + halves[1]

    def complaint(self, body: bytes) -> Refusal | None:
        """What is wrong with a request."""
        try:
            return chat.check(self.voice, json.loads(body), {})
        except ValueError:
            return openai_error(400, "We could not parse the JSON body of your request.")

    def special(self, body: bytes, kind: str | None) -> bytes:
        """An answer that is rendered for this request alone."""
        answer = chat.reply(self.voice, json.loads(body))
        if kind is not None and kind not in PRODUCED:
            answer = chat.spoiled(answer, kind)
        return rendered_answer(answer, kind, self.limits.openai_headers(time.monotonic()))

    def control(self, target: str) -> bytes:
        """An answer to what is no completion."""
        url = urlsplit(target)
        if url.path == "/__stats":
            expected = parse_qs(url.query).get("expected", ["0"])[0]
            return http(200, self.accounts.stats(int(expected) or None))
        if url.path == "/__reset":
            self.accounts.reset()
            self.limits.reset()
            return http(200, {})
        return refusal_bytes(openai_error(404, f"Unknown request URL: {url.path}."))


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, server: FastChat, loop: asyncio.AbstractEventLoop) -> None:
        self._server, self._loop = server, loop
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        while (end := buffer.find(b"\r\n\r\n")) >= 0:
            found = LENGTH.search(buffer, 0, end)
            stop = end + 4 + (int(found[1]) if found else 0)
            if len(buffer) < stop:
                break
            self._request(buffer[:end], buffer[end + 4 : stop])
            buffer = buffer[stop:]
        self._buffer = buffer

    def _request(self, head: bytes, body: bytes) -> None:
        if not head.startswith(b"POST /v1/chat/completions"):
            self._write(self._server.control(head.split(b" ", 2)[1].decode()))
            return
        server = self._server
        model = server.plain(body)
        if model is None and (wrong := server.complaint(body)) is not None:
            self._write(refusal_bytes(wrong))
            return
        server.accounts.arrived()
        if server.limited and (wait := self._over_limit(body)) is not None:
            server.accounts.refused += 1
            self._write(refusal_bytes(openai_error(429, "Rate limit reached.") | retry_headers(wait)))
            return
        kind = server.faults.draw() if server.faults else None
        if kind is not None and self._befall(kind):
            return
        server.accounts.taken()
        seconds = server.delay() if callable(server.delay) else server.delay
        if seconds:
            self._loop.call_later(seconds, self._answer, body, model, kind)
        else:
            self._answer(body, model, kind)

    def _over_limit(self, body: bytes) -> float | None:
        server = self._server
        tokens = len(body) / CHARACTERS_PER_TOKEN + server.voice.tokens(chat.COMPLETION_TOKENS)
        return server.limits.refuse(time.monotonic(), tokens, server.accounts.in_flight)

    def _befall(self, kind: str) -> bool:
        """Let a fault happen that comes in place of an answer; false for one that spoils it."""
        faults, transport = self._server.faults, self._transport
        assert faults is not None
        self._server.accounts.faults[kind] += 1
        if kind in REFUSALS:
            self._write(refusal_bytes(faults.refusal(kind, "/v1/chat/completions")))
        elif transport is not None and kind == "reset":
            transport.abort()
        elif transport is not None and kind == "stall":
            self._loop.call_later(faults.stall_s, transport.abort)
        else:
            return False
        return True

    def _answer(self, body: bytes, model: bytes | None, kind: str | None) -> None:
        server = self._server
        server.accounts.left()
        if kind is None or kind in PRODUCED:
            server.accounts.billed[hash(body)] += 1
        plain = model is not None and kind in (None, "cut")
        self._send(server.rendered(model) if plain and model else server.special(body, kind), kind)

    def _send(self, content: bytes, kind: str | None) -> None:
        if self._transport is None:
            return
        if kind == "cut":
            self._transport.write(content[: len(content) // 2])
            self._transport.close()
            return
        self._transport.write(content)
        if kind is None:
            self._server.accounts.sent()

    def _write(self, content: bytes) -> None:
        if self._transport is not None:
            self._transport.write(content)


def rendered_answer(answer: Answer, kind: str | None, headers: dict[str, str]) -> bytes:
    """An answer as bytes; of a truncated one the half, as if it were whole."""
    if answer.frames is None:
        content = json.dumps(answer.body).encode()
        return http(200, content[: len(content) // 2] if kind == "truncated" else content, headers)
    frames = answer.frames[: len(answer.frames) // 2] if kind == "truncated" else answer.frames
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
    chunks = [b"%x\r\n%b\r\n" % (len(frame), frame) for frame in frames]
    return head + lines(headers) + b"\r\n" + b"".join(chunks) + b"0\r\n\r\n"


def lines(headers: dict[str, str]) -> bytes:
    """Headers as they are sent."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()


def http(status: int, content: dict[str, Any] | bytes, headers: dict[str, str] | None = None) -> bytes:
    """A response of JSON."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    whole = {"Content-Type": "application/json", "Content-Length": str(len(body))} | (headers or {})
    return f"HTTP/1.1 {status} {REASONS[status]}\r\n".encode() + lines(whole) + b"\r\n" + body


def refusal_bytes(refusal: Refusal) -> bytes:
    """A refusal as a response."""
    return http(refusal.status, refusal.body, refusal.headers)
