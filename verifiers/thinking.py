"""Where a model's thinking ends and its answer begins, when both stand in one text."""

from __future__ import annotations

OPEN, CLOSE = "<think>", "</think>"


def without_thinking(text: str) -> str | None:
    """The text outside its think blocks; null where a block is never closed.

    Some templates open the block in the prompt, so a closing tag alone ends a block too.
    """
    before, closed, rest = text.partition(CLOSE)
    if closed and OPEN not in before:
        text = rest
    kept: list[str] = []
    while True:
        before, opened, rest = text.partition(OPEN)
        kept.append(before)
        if not opened:
            return "\n".join(kept)
        _, closed, text = rest.partition(CLOSE)
        if not closed:
            return None
