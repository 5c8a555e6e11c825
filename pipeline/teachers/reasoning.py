"""Where servers put a model's reasoning, and how it is told from the answer.

Fields seen in the wild: ``reasoning`` (vLLM, OpenRouter), ``reasoning_content`` (DeepSeek, SGLang),
``reasoning_details`` (OpenRouter), or a think block in the text itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from ..records import ReasoningKind, valid_unicode

OPEN, CLOSE = "<think>", "</think>"


class SplitAnswer(NamedTuple):
    """An answer taken apart."""

    reasoning: str | None
    response: str | None
    kind: ReasoningKind
    source: str | None
    unclosed: bool = False
    """Whether the text ends within its think block."""
    items: str | None = None
    """Encrypted or signed parts that came along, as JSON."""


def split_message(message: Mapping[str, Any]) -> SplitAnswer:
    """Take reasoning and response from an assistant message of a chat completion."""
    content = _text(message.get("content"))
    for name in ("reasoning", "reasoning_content"):
        if reasoning := _text(message.get(name)):
            return SplitAnswer(reasoning, content, "raw", name)
    details = message.get("reasoning_details")
    if isinstance(details, list) and details:
        return _split_details(cast("list[Any]", details), content)
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
        return SplitAnswer(body.strip(), "", "raw", "inline", unclosed=True)
    return SplitAnswer(None, content, "none", None)


def _split_details(details: list[Any], content: str | None) -> SplitAnswer:
    texts: list[str] = []
    kinds: set[ReasoningKind] = set()
    items: list[Any] = []
    for detail in details:
        if not isinstance(detail, Mapping):
            continue
        block = cast("Mapping[str, Any]", detail)
        if text := _text(block.get("text")):
            texts.append(text)
            kinds.add("raw")
        elif summary := _text(block.get("summary")):
            texts.append(summary)
            kinds.add("summary")
        if block.get("data"):
            kinds.add("encrypted")
        if block.get("data") or block.get("signature"):
            items.append({name: value for name, value in block.items() if name not in ("text", "summary")})
    # The weakest name that fits: a trace of which a part is a summary is no chain of thought.
    order: tuple[ReasoningKind, ...] = ("summary", "raw", "encrypted")
    kind: ReasoningKind = "none"
    for named in order:
        if named in kinds:
            kind = named
            break
    return SplitAnswer(
        "".join(texts) or None, content, kind, "reasoning_details", items=items_json(items) if items else None
    )


def items_json(items: list[Any]) -> str:
    """Opaque parts of an answer as the ledger keeps them; a lone surrogate in one is mended."""
    return valid_unicode(json.dumps(items, ensure_ascii=False, separators=(",", ":")))


def _text(value: Any) -> str | None:
    """Text of a content field, which is a string or a list of text parts."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = cast("list[Any]", value)
        texts = [cast("Mapping[str, Any]", part).get("text") for part in parts if isinstance(part, Mapping)]
        return "".join(text for text in texts if isinstance(text, str)) or None
    return None
