"""Answers within a sentence: the formula or number that it states, and nothing else of it."""

from __future__ import annotations

import re

from .math_notation import MAX_ANSWER

INLINE = re.compile(r"\\\((.{1,500}?)\\\)|(?<![\\$])\$([^$\n]{1,500})\$")
NUMBER = re.compile(r"(?<![\w.\\/^{])[-+]?\$?(?:\d++(?:,\d++)*+(?:\.\d*+)?|\.\d++)(?:/\d++)?+%?(?!\w)", re.ASCII)
ALTERNATIVE = re.compile(r"(?:\b(?:or|and|not)|[,;])[\s$(]*$")
TERM_BEFORE = re.compile(r"(?:[\d)\]}]|(?<![A-Za-z])[A-Za-z])\s*[-+*/^]\s*$")
TERM_AFTER = re.compile(r"\s*[-+*/^]\s*(?:[\d(]|[A-Za-z](?![A-Za-z]))")
"""Around a number that is only a part of a formula: ``3x + 2``."""
PROSE = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
MATH_WORDS = frozenset(
    ["sqrt", "sin", "cos", "tan", "sec", "csc", "cot", "log", "exp", "and", "frac", "pi", "text", "left", "right"]
)
CODE = re.compile(r"__|[A-Za-z]\(['\")]|\blambda\b|\)\(|[;{}]\s*$|=>|'\)")
"""What no sentence about a result has."""
REMARK = re.compile(
    r"\s*(?:\((?=[^()]*[A-Za-z]{3})|[,;:.\u2014]\s|(?:because|since|which|as|so|that is|i\.e\.)\b|\u2014|--)",
    re.IGNORECASE,
)
"""What may follow an answer that a sentence begins with."""


INTRODUCTION = re.compile(
    r"^[\s$]*\\text[a-z]*\s*\{(?:\s*the\s[^{}]*|[^{}]*\b(?:is|are|equals?)\s*|[^{}]*[:=]\s*)\}\s*(?=\S)", re.IGNORECASE
)


def without_prose(text: str) -> str:
    """A sentence reduced to the formula or number that it states; a text without words as it is."""
    text = text.strip()
    if len(text) > MAX_ANSWER or not has_prose(text) or "\\begin" in text or CODE.search(text):
        return text
    if (first := _leading(text)) is not None:
        return first
    last = last_formula(text)
    if last is None or ALTERNATIVE.search(text[: text.rfind(last)]):
        return text
    return last


def without_introduction(text: str) -> str:
    r"""A formula without the words before it in a box: ``\text{The length is } 5``."""
    return INTRODUCTION.sub("", text)


def has_prose(text: str) -> bool:
    """Whether there are words that belong to no formula."""
    bare = re.sub(r"\\text[a-z]*\s*\{[^{}]*\}", "", text)
    return any(word not in MATH_WORDS for word in PROSE.findall(bare))


def last_formula(text: str) -> str | None:
    """The last formula between dollar signs or number, whichever ends later."""
    last: tuple[int, str] | None = None
    for match in INLINE.finditer(text):
        last = (match.end(), match[1] or match[2])
    for match in NUMBER.finditer(text):
        if last is None or match.start() >= last[0]:
            whole = not (
                TERM_BEFORE.search(text[max(0, match.start() - 8) : match.start()])
                or TERM_AFTER.match(text, match.end())
            )
            last = (match.end(), match[0] if whole else "")
    return last[1] or None if last else None


def _leading(text: str) -> str | None:
    """The formula or number that a sentence begins with, where only a remark follows."""
    formula = INLINE.match(text)
    found = formula or NUMBER.match(text)
    if found is None or not REMARK.match(text, found.end()):
        return None
    return (formula[1] or formula[2]) if formula else found[0]
