"""Brackets in a formula: which closes which, and what stands outside them all."""

from __future__ import annotations

import re
from itertools import accumulate


def matching(text: str, start: int, opening: str, closing: str) -> int:
    """Place of the bracket that closes the one at ``start``, or -1; escaped brackets do not count."""
    depth = 0
    at = start
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 2
            continue
        if char == opening:
            depth += 1
        elif char == closing:
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return -1


def deepest(text: str) -> int:
    """The largest number of brackets that are open at once."""
    return max(accumulate((char in "([{") - (char in ")]}") for char in text), default=0)


def depths(text: str) -> list[int]:
    """Number of open brackets before every place; intervals may close with another kind than they open."""
    found: list[int] = []
    depth = 0
    for at, char in enumerate(text):
        # A brace after a backslash is a visible bracket; it counts as well.
        found.append(depth)
        if char in "([{" or text.startswith("begin{", at + 1):
            depth += 1
        elif char in ")]}" or text.startswith("\\end{", at):
            depth -= 1
    return found


def closes_at_end(text: str) -> bool:
    """Whether the bracket that a text begins with is closed by its last character."""
    levels = depths(text)
    width = 2 if text.startswith("\\") else 1
    return all(depth > 0 for depth in levels[width:]) and levels[-1] == 1


def top_matches(text: str, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    """The matches that stand outside every bracket."""
    found = list(pattern.finditer(text))
    if not found:
        return found
    levels = depths(text)
    return [match for match in found if levels[match.start()] == 0]


def split_top(text: str, pattern: re.Pattern[str], *, keep_empty: bool = False) -> list[str]:
    """The parts of a text between the matches of ``pattern`` that stand outside every bracket."""
    parts: list[str] = []
    start = 0
    for match in top_matches(text, pattern):
        parts.append(text[start : match.start()].strip())
        start = match.end()
    parts.append(text[start:].strip())
    return [part for part in parts if part or keep_empty]
