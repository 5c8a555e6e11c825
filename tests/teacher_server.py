"""A server on loopback that speaks OpenAI's chat completions and responses, and Anthropic's messages.

It answers sums ("What is 3 + 3?") rightly, unless told otherwise, and keeps account of what it was asked.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Fault = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse | None]]


@dataclass
class Seen:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float


@dataclass
class TeacherServer:
    """Use as a context manager; set ``answer``, ``faults`` or ``delay`` to change how it behaves.

    Attributes:
        answer: from the request's body to the assistant's message.
        faults: one is taken for each request that comes while there are any; null lets it pass.
        delay: seconds before each answer.
        finish_reason: what every answer ends with.
        served_model: the name it answers as; null takes the one that was asked for.
    """

    answer: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    faults: list[Fault | None] = field(default_factory=list[Fault | None])
    delay: float = 0.0
    finish_reason: str = "stop"
    served_model: str | None = None
    seen: list[Seen] = field(default_factory=list[Seen])
    billed: Counter[str] = field(default_factory=Counter[str])

    def __enter__(self) -> TeacherServer:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.root = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> int:
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/responses", self._responses)
        app.router.add_post("/v1/messages", self._messages)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return self._runner.addresses[0][1]

    async def _arrive(self, request: web.Request) -> tuple[dict[str, Any], web.StreamResponse | None]:
        body = await request.json()
        self.seen.append(Seen(request.path, dict(request.headers), body, time.monotonic()))
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None and (refused := await fault(request, body)) is not None:
            return body, refused
        if self.delay:
            await asyncio.sleep(self.delay)
        self.billed[json.dumps(body, sort_keys=True)] += 1
        return body, None

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body, refused = await self._arrive(request)
        if refused is not None:
            return refused
        message = {"role": "assistant"} | (self.answer or solve)(body)
        return web.json_response(
            {
                "id": f"chatcmpl-{len(self.seen)}",
                "object": "chat.completion",
                "created": 0,
                "model": self.served_model or body["model"],
                "choices": [{"index": 0, "message": message, "finish_reason": self.finish_reason}],
                "usage": {"prompt_tokens": 40, "completion_tokens": 20, "total_tokens": 60},
            }
        )

    async def _responses(self, request: web.Request) -> web.StreamResponse:
        body, refused = await self._arrive(request)
        if refused is not None:
            return refused
        text = (self.answer or solve)({"messages": body["input"]})["content"]
        return web.json_response(
            {
                "id": "resp-1",
                "object": "response",
                "created_at": 0,
                "model": self.served_model or body["model"],
                "status": "completed",
                "output": [
                    {
                        "id": "rs-1",
                        "type": "reasoning",
                        "summary": [{"type": "summary_text", "text": "It adds the numbers."}],
                    },
                    {
                        "id": "msg-1",
                        "type": "message",
                        "role": "assistant",
                        "status": "completed",
                        "content": [{"type": "output_text", "text": text, "annotations": []}],
                    },
                ],
                "parallel_tool_calls": False,
                "tool_choice": "auto",
                "tools": [],
                "usage": {
                    "input_tokens": 40,
                    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                    "output_tokens": 30,
                    "output_tokens_details": {"reasoning_tokens": 10},
                    "total_tokens": 70,
                },
            }
        )

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body, refused = await self._arrive(request)
        if refused is not None:
            return refused
        text = (self.answer or solve)(body)["content"]
        blocks: list[dict[str, Any]] = [{"type": "text", "text": text}]
        if "thinking" in body:
            blocks.insert(0, {"type": "thinking", "thinking": "Add them.", "signature": "sig"})
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        for event in message_events(self.served_model or body["model"], blocks):
            await stream.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
        await stream.write_eof()
        return stream


def message_events(model: str, blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events of a streamed Anthropic message."""
    start = {
        "id": "msg-1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 40, "output_tokens": 1},
    }
    events: list[dict[str, Any]] = [{"type": "message_start", "message": start}]
    for index, block in enumerate(blocks):
        empty = {
            "text": {"type": "text", "text": ""},
            "thinking": {"type": "thinking", "thinking": "", "signature": ""},
        }
        events.append({"type": "content_block_start", "index": index, "content_block": empty[block["type"]]})
        if block["type"] == "thinking":
            delta = {"type": "thinking_delta", "thinking": block["thinking"]}
            events.append({"type": "content_block_delta", "index": index, "delta": delta})
            delta = {"type": "signature_delta", "signature": block["signature"]}
        else:
            delta = {"type": "text_delta", "text": block["text"]}
        events.append({"type": "content_block_delta", "index": index, "delta": delta})
        events.append({"type": "content_block_stop", "index": index})
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    events.append({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 25}})
    events.append({"type": "message_stop"})
    return events


def solve(body: dict[str, Any]) -> dict[str, Any]:
    """The right answer to the sum in the last turn."""
    numbers = [int(number) for number in re.findall(r"\d+", body["messages"][-1]["content"])]
    total = sum(numbers)
    steps = " + ".join(map(str, numbers))
    return {"content": f"{steps} = {total}\nThe answer is \\boxed{{{total}}}."}


def status(code: int, body: dict[str, Any] | str = "", **headers: str) -> Fault:
    """A fault that answers with an HTTP status."""

    async def refuse(request: web.Request, asked: dict[str, Any]) -> web.StreamResponse:
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=code, text=text, headers={name.replace("_", "-"): v for name, v in headers.items()})

    return refuse


def raw(content: bytes) -> Fault:
    """A fault that answers 200 with these bytes."""

    async def lie(request: web.Request, asked: dict[str, Any]) -> web.StreamResponse:
        return web.Response(body=content, content_type="application/json")

    return lie


async def reset(request: web.Request, asked: dict[str, Any]) -> web.StreamResponse:
    """A fault that drops the connection."""
    transport = request.transport
    assert transport is not None
    transport.abort()
    return web.Response()
