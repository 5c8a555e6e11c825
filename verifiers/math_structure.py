r"""What an answer is made of: a single value, a list, a set, a tuple, an interval, a union, a matrix, a relation.

Reads the notation of math_notation; nesting is bounded there.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Kind = Literal["single", "list", "set", "tuple", "union", "matrix"]

SEPARATOR = re.compile(r",|;|(?<![A-Za-z\\])(?:and|or)(?![A-Za-z])|\\text\{\s*,?\s*(?:and|or)\s*\}")
PLUS_MINUS = re.compile(r"\\pm(?![A-Za-z])")
MINUS_PLUS = re.compile(r"\\mp(?![A-Za-z])")
CUP = re.compile(r"\\cup(?![A-Za-z])")
RELATION = re.compile(r"\\(?:le|ge|ne|in|approx|equiv)(?![A-Za-z])|[=<>]")
MATRIX = re.compile(r"\\begin\{([bpBvV]?matrix|array)\}(?:\s*\{[lcr| ]*\})?(.*)\\end\{\1\}", re.DOTALL)
NAME = r"(?:\\text\{[^{}]*\}|\\?[A-Za-z]+)'*(?:_\{[^{}]*\})?(?:\^\{-1\})?"
LABEL = re.compile(rf"(?:m? ?\\(?:angle|triangle|overline) ?)?\|?{NAME}\|?(?:\([^()]*\))?(?: ?: ?{NAME})*")
NOT_A_NAME = re.compile(
    r"\\(?:sin|cos|tan|cot|sec|csc|log|ln|exp|sqrt|frac|arc[a-z]+|max|min|pi|infty)(?![A-Za-z])|^[ei]$"
)
LETTER = re.compile(r"(?<![A-Za-z\\])[A-Za-z]+")
ENVIRONMENT = re.compile(r"\\(?:begin|end)\{[a-z]+\}")
COMMAND_NAME = re.compile(r"\\[A-Za-z]+")


class Parts(NamedTuple):
    """An answer taken apart."""

    kind: Kind
    items: list[str]
    brackets: str = ""
    """Opening and closing bracket of a tuple or interval."""
    rows: int = 0
    """Of a matrix."""


class Chain(NamedTuple):
    """Sides joined by relation signs: ``0 < x < 1`` has three sides and two signs."""

    sides: list[str]
    signs: list[str]


def take_apart(text: str) -> Parts:
    """The outermost structure of an answer."""
    text = text.strip()
    while text.startswith("{") and _closes_at_end(text):
        text = text[1:-1].strip()
    if len(items := split_top(text, SEPARATOR)) > 1:
        return Parts("list", _both_signs(items))
    if len(items := split_top(text, CUP)) > 1:
        return Parts("union", items)
    if text.startswith("\\{") and text.endswith("\\}") and _closes_at_end(text):
        return Parts("set", _both_signs(split_top(text[2:-2], SEPARATOR)))
    if text[:1] in ("(", "[") and text[-1:] in (")", "]") and _closes_at_end(text):
        return _bracketed(text)
    if (matrix := MATRIX.fullmatch(text)) and matrix[1] != "vmatrix":
        rows = [row for row in matrix[2].split("\\\\") if row.strip()]
        return Parts("matrix", [cell.strip() for row in rows for cell in row.split("&")], rows=len(rows))
    both = _both_signs([text])
    return Parts("list" if len(both) > 1 else "single", both)


def chain_of(text: str) -> Chain:
    """The sides of a chain of relations; one side and no sign where there is none."""
    signs = [sign[0] for sign in _top_matches(text, RELATION)]
    return Chain([side.strip() for side in split_top(text, RELATION, keep_empty=True)], signs)


def label_and_value(text: str) -> tuple[str, str] | None:
    r"""``x = 3`` as its label and its value; null for a true equation or inequality.

    A chain of constants that ends in its value (``10^{3} = 1000``) has an empty label. What is only
    approximate is left out where an exact value stands before it.
    """
    sides, signs = chain_of(text)
    while len(signs) > 1 and signs[-1] == "\\approx":
        sides, signs = sides[:-1], signs[:-1]
    if not signs:
        return "", text
    if not all(sign in ("=", "\\in", "\\approx", "\\equiv") for sign in signs) or "" in sides:
        return None
    if signs == ["\\approx"] and not is_label(sides[0]):
        return "", sides[0]
    if all(is_label(side) or is_constant(side) for side in sides[:-1]):
        if len(sides) == 2 and is_constant(sides[0]) and is_label(sides[1]):
            sides.reverse()
        labels = [side for side in sides[:-1] if is_label(side)]
        return (labels[0].replace(" ", "") if labels else ""), sides[-1]
    if len(sides) == 2 and is_label(sides[1]):
        return sides[1].replace(" ", ""), sides[0]
    return ("", sides[-1]) if is_label(sides[0]) and len(sides) > 2 else None


def is_label(text: str) -> bool:
    """Whether a side only names what the other side gives: ``x``, ``f(x)``, ``AB``, ``(p,q)``."""
    if text.startswith("(") and text.endswith(")"):
        return all(is_label(item) for item in split_top(text[1:-1], SEPARATOR))
    return LABEL.fullmatch(text.strip()) is not None and not NOT_A_NAME.search(text.strip())


def is_constant(text: str) -> bool:
    """Whether a side has no variable in it."""
    text = ENVIRONMENT.sub("", text)
    letters = {letter for run in LETTER.findall(COMMAND_NAME.sub("\\\\", text)) for letter in run}
    return bool(text) and "_" not in text and letters <= {"e", "i"} and "\\text" not in text


def split_top(text: str, pattern: re.Pattern[str], *, keep_empty: bool = False) -> list[str]:
    """The parts of a text between the matches of ``pattern`` that stand outside every bracket."""
    parts: list[str] = []
    start = 0
    for match in _top_matches(text, pattern):
        parts.append(text[start : match.start()].strip())
        start = match.end()
    parts.append(text[start:].strip())
    return [part for part in parts if part or keep_empty]


def _top_matches(text: str, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    depths = _depths(text)
    return [match for match in pattern.finditer(text) if depths[match.start()] == 0]


def _depths(text: str) -> list[int]:
    """Number of open brackets before every place; intervals may close with another kind than they open."""
    depths: list[int] = []
    depth = 0
    for at, char in enumerate(text):
        # A brace after a backslash is a visible bracket; it counts as well.
        depths.append(depth)
        if char in "([{" or text.startswith("begin{", at + 1):
            depth += 1
        elif char in ")]}" or text.startswith("\\end{", at):
            depth -= 1
    return depths


def _closes_at_end(text: str) -> bool:
    depths = _depths(text)
    width = 2 if text.startswith("\\") else 1
    return all(depth > 0 for depth in depths[width:]) and depths[-1] == 1


def _bracketed(text: str) -> Parts:
    inner = split_top(text[1:-1], SEPARATOR)
    if len(inner) == 1 and text[-2:-1] != "," and (text[0] + text[-1] == "()" or MATRIX.fullmatch(inner[0])):
        return take_apart(inner[0])
    return Parts("tuple", inner, text[0] + text[-1])


def _both_signs(items: list[str]) -> list[str]:
    r"""``a \pm b`` as its two values."""
    found: list[str] = []
    for item in items:
        if not PLUS_MINUS.search(item):
            found.append(item)
            continue
        plus, minus = PLUS_MINUS.sub("+", item), PLUS_MINUS.sub("-", item)
        found += [MINUS_PLUS.sub("-", plus), MINUS_PLUS.sub("+", minus)]
    return found
