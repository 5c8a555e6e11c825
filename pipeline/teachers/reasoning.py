"""Where servers put a model's reasoning, and how it is told from the answer.

Fields seen in the wild: ``reasoning`` (vLLM, OpenRouter), ``reasoning_content`` (DeepSeek, SGLang),
``reasoning_details`` (OpenRouter), or a think block in the text itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from ..records import ReasoningKind

OPEN, CLOSE = "<think>", "</think>"


class SplitAnswer(NamedTuple):
    """An answer taken apart."""

    reasoning: str | None
    response: str | None
    kind: ReasoningKind
    source: str | None


def split_message(message: Mapping[str, Any]) -> SplitAnswer:
    """Take reasoning and response from an assistant message of a chat completion."""
    content = _text(message.get("content"))
    for name in ("reasoning", "reasoning_content"):
        if reasoning := _text(message.get(name)):
            return SplitAnswer(reasoning, content, "raw", name)
    details = message.get("reasoning_details")
    if isinstance(details, list) and details:
        reasoning, kind = _join_details(cast("list[Any]", details))
        return SplitAnswer(reasoning, content, kind, "reasoning_details")
    return split_inline(content)


def split_inline(content: str | None) -> SplitAnswer:
    """Split a think block off the front of a text.

    A block that is never closed leaves no response. Some templates open the block in the prompt, so a
    closing tag alone ends the reasoning too.
    """
    if content is None:
        return SplitAnswer(None, None, "none", None)
    body = content.lstrip()
    opened = body.startswith(OPEN)
    body = body[len(OPEN) :] if opened else content
    reasoning, closing, response = body.partition(CLOSE)
    if closing and (opened or OPEN not in reasoning):
        return SplitAnswer(reasoning.strip(), response.strip(), "raw", "inline")
    if opened:
        return SplitAnswer(body.strip(), "", "raw", "inline")
    return SplitAnswer(None, content, "none", None)


def _join_details(details: list[Any]) -> tuple[str | None, ReasoningKind]:
    parts: list[str] = []
    kinds: set[ReasoningKind] = set()
    for detail in details:
        if not isinstance(detail, Mapping):
            continue
        block = cast("Mapping[str, Any]", detail)
        if text := _text(block.get("text")):
            parts.append(text)
            kinds.add("raw")
        elif summary := _text(block.get("summary")):
            parts.append(summary)
            kinds.add("summary")
        elif block.get("data"):
            kinds.add("encrypted")
    for kind in ("summary", "raw", "encrypted"):
        if kind in kinds:
            return "".join(parts) or None, kind
    return None, "none"


def _text(value: Any) -> str | None:
    """Text of a content field, which is a string or a list of text parts."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = cast("list[Any]", value)
        texts = [cast("Mapping[str, Any]", part).get("text") for part in parts if isinstance(part, Mapping)]
        return "".join(text for text in texts if isinstance(text, str)) or None
    return None
