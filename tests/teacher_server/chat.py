"""OpenAI's chat completions, whole and streamed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .errors import Refusal, missing, openai_error, wrong_type
from .voice import Answer, Voice

PROMPT_TOKENS, COMPLETION_TOKENS = 40, 20
DONE = b"data: [DONE]\n\n"


def check(voice: Voice, body: dict[str, Any], headers: Mapping[str, str]) -> Refusal | None:
    """What is wrong with a request, as the real server says it."""
    if not body.get("model"):
        return missing("model")
    if "messages" not in body:
        return missing("messages")
    messages: Any = body["messages"]
    if not isinstance(messages, list):
        return wrong_type("messages", "an array of objects")
    if not messages:
        return openai_error(400, "Invalid 'messages': empty array.", "messages", "empty_array")
    if any(not isinstance(turn, dict) or "role" not in turn for turn in messages):
        return missing("messages[0].role")
    if not 1 <= (body.get("n") or 1) <= 128:
        return openai_error(400, "Invalid 'n': integer out of range.", "n", "integer_out_of_range")
    if not 0 <= (body.get("temperature") or 0) <= 2:
        return openai_error(400, "Invalid 'temperature': out of range.", "temperature", "decimal_out_of_range")
    return None


def reply(voice: Voice, body: dict[str, Any]) -> Answer:
    """A completion, as frames where a stream is asked for."""
    count = (body.get("n") or 1) if voice.takes_n else 1
    messages = [{"role": "assistant"} | voice.message(body) for _ in range(count)]
    tokens = sum(message.pop("completion_tokens", voice.tokens(COMPLETION_TOKENS)) for message in messages)
    choices = [
        {
            "index": index,
            "finish_reason": message.pop("finish_reason", voice.finish_reason),
            "message": message,
            "logprobs": None,
        }
        for index, message in enumerate(messages)
    ]
    completion = {
        "id": f"chatcmpl-{voice.number()}",
        "object": "chat.completion",
        "created": 0,
        "model": voice.model(body),
        "choices": choices,
        "usage": usage(tokens),
        "system_fingerprint": "fp_loopback",
    }
    if voice.routed_to is not None:
        completion["provider"] = voice.routed_to
    return Answer(completion, frames(completion, wants_usage(body)) if body.get("stream") else None)


def usage(completion_tokens: int) -> dict[str, Any]:
    """What a completion cost."""
    return {
        "prompt_tokens": PROMPT_TOKENS,
        "completion_tokens": completion_tokens,
        "total_tokens": PROMPT_TOKENS + completion_tokens,
    }


def wants_usage(body: dict[str, Any]) -> bool:
    """Whether the last chunk of a stream shall hold the usage."""
    return bool((body.get("stream_options") or {}).get("include_usage"))


def frames(completion: dict[str, Any], with_usage: bool) -> list[bytes]:
    """A completion as server-sent events: the text of each choice in pieces, its end, then the usage."""
    head = {name: completion[name] for name in ("id", "created", "model", "system_fingerprint")}
    head["object"] = "chat.completion.chunk"
    chunks: list[dict[str, Any]] = []
    for choice in completion["choices"]:
        deltas = [*pieces(choice["message"]), {}]
        chunks += [
            head
            | {
                "choices": [
                    {
                        "index": choice["index"],
                        "delta": delta,
                        "finish_reason": None if delta else choice["finish_reason"],
                    }
                ]
            }
            for delta in deltas
        ]
    if with_usage:
        chunks = [chunk | {"usage": None} for chunk in chunks]
        chunks.append(head | {"choices": [], "usage": completion["usage"]})
    return [b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks] + [DONE]


def pieces(message: dict[str, Any], size: int = 400) -> list[dict[str, Any]]:
    """A message as deltas: its role first, then every other field in order, strings in pieces."""
    deltas: list[dict[str, Any]] = [{"role": message["role"], "content": ""}]
    for name, value in message.items():
        if name == "role" or not value:
            continue
        if isinstance(value, str):
            deltas += [{name: value[start : start + size]} for start in range(0, len(value), size)]
        else:
            deltas.append({name: value})
    return deltas


def spoiled(answer: Answer, kind: str) -> Answer:
    """The answer without its choices, or with a message that holds nothing."""
    choices = answer.body["choices"]
    blank = [choice | {"message": choice["message"] | {"content": None}} for choice in choices]
    body = answer.body | {"choices": [] if kind == "empty-choices" else blank}
    return Answer(body, None if answer.frames is None else frames(body, True))
