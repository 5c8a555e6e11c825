"""Anthropic's messages, whole and streamed, with thinking."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .errors import Refusal, anthropic_error
from .voice import Answer, Voice

INPUT_TOKENS, OUTPUT_TOKENS, THINKING_TOKENS = 40, 25, 8
WITHOUT_SAMPLING = "2026-10-21"
"""From this API version on there are no sampling parameters."""
STOP_REASONS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}
EMPTY: dict[str, dict[str, Any]] = {
    "text": {"type": "text", "text": ""},
    "thinking": {"type": "thinking", "thinking": "", "signature": ""},
}


def check(voice: Voice, body: dict[str, Any], headers: Mapping[str, str]) -> Refusal | None:
    """What is wrong with a request, as the real server says it."""
    version = headers.get("anthropic-version")
    if version is None:
        return anthropic_error(400, "anthropic-version: header is required")
    for name in ("model", "max_tokens", "messages"):
        if name not in body:
            return anthropic_error(400, f"{name}: Field required")
    turns: Any = body["messages"]
    if not isinstance(turns, list) or not turns:
        return anthropic_error(400, "messages: at least one message is required")
    roles = {turn.get("role") for turn in turns if isinstance(turn, dict)}
    if not roles <= {"user", "assistant"}:
        return anthropic_error(400, "messages: Unexpected role. Use the top-level `system` parameter for a system one.")
    if version >= WITHOUT_SAMPLING:
        for name in ("temperature", "top_p", "top_k"):
            if name in body:
                return anthropic_error(400, f"{name}: Extra inputs are not permitted")
    return check_thinking(body) if voice.checks_thinking else None


def check_thinking(body: dict[str, Any]) -> Refusal | None:
    """What is wrong with how thinking is asked for."""
    thinking: dict[str, Any] = body.get("thinking") or {}
    if thinking.get("type") == "enabled":
        budget = thinking.get("budget_tokens") or 0
        if budget < 1024:
            message = "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"
            return anthropic_error(400, message)
        if budget >= body["max_tokens"]:
            return anthropic_error(400, "`max_tokens` must be greater than `thinking.budget_tokens`")
    if thinks(body) and body.get("temperature", 1) != 1:
        return anthropic_error(400, "`temperature` may only be set to 1 when thinking is enabled")
    return None


def thinks(body: dict[str, Any]) -> bool:
    """Whether the answer starts with thinking."""
    return (body.get("thinking") or {}).get("type") in ("enabled", "adaptive")


def reply(voice: Voice, body: dict[str, Any]) -> Answer:
    """A message, as frames where a stream is asked for."""
    blocks: list[dict[str, Any]] = [{"type": "text", "text": voice.message(body)["content"]}]
    if thinks(body):
        blocks.insert(0, thinking_block(voice, body))
    message = {
        "id": f"msg_{voice.number()}",
        "type": "message",
        "role": "assistant",
        "model": voice.model(body),
        "content": blocks,
        "stop_reason": STOP_REASONS.get(voice.finish_reason, voice.finish_reason),
        "stop_sequence": None,
        "usage": usage(voice, body),
    }
    return Answer(message, frames(message) if body.get("stream") else None)


def thinking_block(voice: Voice, body: dict[str, Any]) -> dict[str, Any]:
    """The thinking, as much of it as the request may see."""
    if voice.redacted:
        return {"type": "redacted_thinking", "data": "EmwKAhgB-loopback"}
    shown = body["thinking"].get("display") != "omitted"
    return {"type": "thinking", "thinking": "Add them." if shown else "", "signature": "sig"}


def usage(voice: Voice, body: dict[str, Any]) -> dict[str, Any]:
    """What a message cost; the thinking is part of the output."""
    return {
        "input_tokens": INPUT_TOKENS,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": voice.tokens(OUTPUT_TOKENS),
        "output_tokens_details": {"thinking_tokens": THINKING_TOKENS if thinks(body) else 0},
        "service_tier": "standard",
    }


def frames(message: dict[str, Any]) -> list[bytes]:
    """A message as server-sent events."""
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events(message)]


def events(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of a streamed message."""
    start = message | {"content": [], "stop_reason": None, "usage": message["usage"] | {"output_tokens": 1}}
    found: list[dict[str, Any]] = [{"type": "message_start", "message": start}, {"type": "ping"}]
    for index, block in enumerate(message["content"]):
        opening = EMPTY.get(block["type"], block)
        found.append({"type": "content_block_start", "index": index, "content_block": opening})
        found += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas(block)]
        found.append({"type": "content_block_stop", "index": index})
    delta = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    found.append({"type": "message_delta", "delta": delta, "usage": message["usage"]})
    found.append({"type": "message_stop"})
    return found


def deltas(block: dict[str, Any], size: int = 400) -> list[dict[str, Any]]:
    """A block in pieces; a redacted one comes whole in its opening."""
    if block["type"] == "redacted_thinking":
        return []
    name = block["type"]
    text: str = block[name]
    found = [{"type": f"{name}_delta", name: text[start : start + size]} for start in range(0, len(text), size)]
    if name == "thinking":
        found.append({"type": "signature_delta", "signature": block["signature"]})
    return found


def spoiled(answer: Answer, kind: str) -> Answer:
    """The answer without its blocks."""
    body = answer.body | {"content": []}
    return Answer(body, None if answer.frames is None else frames(body))
