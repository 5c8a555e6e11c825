"""OpenAI's responses, not streamed: a reasoning item and a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import Refusal, missing, openai_error
from .voice import Answer, Voice

INPUT_TOKENS, OUTPUT_TOKENS, REASONING_TOKENS = 40, 30, 10


def check(voice: Voice, body: dict[str, Any], headers: Mapping[str, str]) -> Refusal | None:
    """What is wrong with a request, as the real server says it."""
    for name in ("model", "input"):
        if not body.get(name):
            return missing(name)
    if body.get("n") is not None:
        return openai_error(400, "Unknown parameter: 'n'.", "n", "unknown_parameter")
    if body.get("stream"):
        return openai_error(400, "This loopback server does not stream responses.", "stream", "unsupported_value")
    return None


def turns(body: dict[str, Any]) -> dict[str, Any]:
    """The request in the form of chat completions."""
    asked: Any = body["input"]
    messages = [{"role": "user", "content": asked}] if isinstance(asked, str) else asked
    if body.get("instructions"):
        messages = [{"role": "system", "content": body["instructions"]}, *messages]
    return body | {"messages": messages}


def reply(voice: Voice, body: dict[str, Any]) -> Answer:
    """A response. A summary comes where it is asked for, the encrypted reasoning where it is included."""
    number = voice.number()
    cut = voice.finish_reason == "length"
    text = voice.message(turns(body))["content"]
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    message = {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "status": "incomplete" if cut else "completed",
        "content": [part],
    }
    output_tokens = REASONING_TOKENS + voice.tokens(OUTPUT_TOKENS - REASONING_TOKENS)
    response = {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": 0,
        "model": voice.model(body),
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "error": None,
        "instructions": body.get("instructions"),
        "metadata": body.get("metadata") or {},
        "output": [reasoning_item(number, body), message],
        "parallel_tool_calls": True,
        "temperature": body.get("temperature", 1.0),
        "top_p": body.get("top_p", 1.0),
        "store": body.get("store", True),
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": INPUT_TOKENS,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": output_tokens,
            "output_tokens_details": {"reasoning_tokens": REASONING_TOKENS},
            "total_tokens": INPUT_TOKENS + output_tokens,
        },
    }
    return Answer(response)


def reasoning_item(number: int, body: dict[str, Any]) -> dict[str, Any]:
    """The reasoning as OpenAI shows it: never raw."""
    asked: dict[str, Any] = body.get("reasoning") or {}
    item: dict[str, Any] = {"id": f"rs_{number}", "type": "reasoning", "summary": []}
    if asked.get("summary"):
        item["summary"] = [{"type": "summary_text", "text": "It adds the numbers."}]
    if "reasoning.encrypted_content" in (body.get("include") or []):
        item["encrypted_content"] = "gAAAAA-loopback"
    return item


def spoiled(answer: Answer, kind: str) -> Answer:
    """The answer without its output, or with a message that holds nothing."""
    message: dict[str, Any] = answer.body["output"][-1] | {"content": []}
    return Answer(answer.body | {"output": [] if kind == "empty-choices" else [message]})
