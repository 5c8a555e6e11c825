"""Where a model's thinking ends and its answer begins, when both stand in one text."""

from __future__ import annotations

OPEN, CLOSE = "<think>", "</think>"


def without_thinking(text: str) -> str | None:
    """The text outside its think blocks; null where a block is never closed.

    Some templates open the block in the prompt, so a closing tag alone ends a block too.
    """
    kept: list[str] = []
    at = 0
    first_close = text.find(CLOSE)
    if first_close >= 0 and text.find(OPEN, 0, first_close) < 0:
        at = first_close + len(CLOSE)
    while (opened := text.find(OPEN, at)) >= 0:
        kept.append(text[at:opened])
        closed = text.find(CLOSE, opened)
        if closed < 0:
            return None
        at = closed + len(CLOSE)
    kept.append(text[at:])
    return "\n".join(kept)
