r"""What an answer is made of: a single value, a list, a set, a tuple, an interval, a union, a matrix, a relation.

Reads the notation of math_notation; nesting is bounded there.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from .math_brackets import closes_at_end, split_top, top_matches

Kind = Literal["single", "list", "set", "tuple", "union", "matrix"]

SEPARATOR = re.compile(r",|;|(?<![A-Za-z\\])(?:and|or)(?![A-Za-z])|\\text\{\s*,?\s*(?:and|or)\s*\}")
PLUS_MINUS = re.compile(r"\\pm(?![A-Za-z])")
MINUS_PLUS = re.compile(r"\\mp(?![A-Za-z])")
CUP = re.compile(r"\\cup(?![A-Za-z])")
RELATION = re.compile(r"\\(?:le|ge|ne|in|approx|equiv)(?![A-Za-z])|[=<>]")
MATRIX = re.compile(
    r"(?P<factor>[^=<>,&]{0,60}?)\\begin\{(?P<kind>[bpBvV]?matrix|array|cases)\}(?:\s*\{[lcr| ]*\})?(?P<cells>.*)"
    r"\\end\{(?P=kind)\}",
    re.DOTALL,
)
CONDITION = re.compile(r"^(?:\\text\{ *)?(?:if|for|when|where)(?: *\})?(?![A-Za-z]) *")
TRANSPOSED = re.compile(r"^([(\[].*[)\]])\^\{(?:T|\\top ?)\}$", re.DOTALL)
POINT = re.compile(r"^[A-Z] *(\([^()]+,[^()]+\))$")
"""A point with its name: ``P(2,3)``."""
TERM = re.compile(r"[+-]?(?:[^-+()]|\([^()]*\))+")
UNIT_VECTOR = re.compile(r"(.*?)\\hat\{([ijk])\}")
NAME = r"(?:\\text\{[^{}]*\}|\\?[A-Za-z]+)'*(?:_\{[^{}]*\})?(?:\^\{-1\})?"
LABEL = re.compile(rf"(?:m? ?\\(?:angle|triangle|overline) ?)?\|?{NAME}\|?(?:\([^()]*\))?(?: ?: ?{NAME})*")
NOT_A_NAME = re.compile(
    r"\\(?:sin|cos|tan|cot|sec|csc|log|ln|exp|sqrt|frac|arc[a-z]+|max|min|pi|infty)(?![A-Za-z])|^[ei]$"
)
UNDONE = re.compile(r"\\(?:i+nt|oint|sum|prod|lim|det|partial|nabla)(?![A-Za-z])|\\frac\{d[a-z]?\}\{d[a-z]\}")
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
    while text.startswith("{") and closes_at_end(text):
        text = text[1:-1].strip()
    if len(items := split_top(text, SEPARATOR)) > 1:
        return Parts("list", _both_signs(items))
    if len(items := split_top(text, CUP)) > 1:
        return Parts("union", items)
    if text.startswith("\\{") and text.endswith("\\}") and closes_at_end(text):
        return Parts("set", _both_signs(split_top(text[2:-2], SEPARATOR)))
    text = POINT.sub(r"\1", TRANSPOSED.sub(r"\1", text))
    if text[:1] in ("(", "[") and text[-1:] in (")", "]") and closes_at_end(text):
        return _bracketed(text)
    if (matrix := MATRIX.fullmatch(text)) and matrix["kind"] != "vmatrix":
        return _matrix(matrix["factor"].strip().removesuffix("\\{").removesuffix("*").strip(), matrix["cells"])
    if components := _components(text):
        return Parts("tuple", components, "()")
    both = _both_signs([text])
    return Parts("list" if len(both) > 1 else "single", both)


def chain_of(text: str) -> Chain:
    """The sides of a chain of relations; one side and no sign where there is none."""
    signs = [sign[0] for sign in top_matches(text, RELATION)]
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
    r"""Whether a side only names what the other side gives: ``x``, ``f(x)``, ``AB``, ``(p,q)``, ``\int_0^1 x dx``."""
    if UNDONE.search(text):
        return True
    if text.startswith("(") and text.endswith(")"):
        return all(is_label(item) for item in split_top(text[1:-1], SEPARATOR))
    return LABEL.fullmatch(text.strip()) is not None and not NOT_A_NAME.search(text.strip())


def same_label(first: str, second: str) -> bool:
    """Whether two labels may name the same: ``y`` and ``y(x)``, ``x`` and ``x_{1}``."""
    short, long = sorted((first, second), key=len)
    return short == long or (long.startswith(short) and long[len(short)] in "(_")


def is_constant(text: str) -> bool:
    """Whether a side has no variable in it."""
    text = ENVIRONMENT.sub("", text)
    letters = {letter for run in LETTER.findall(COMMAND_NAME.sub("\\\\", text)) for letter in run}
    return bool(text) and "_" not in text and letters <= {"e", "i"} and "\\text" not in text


def _bracketed(text: str) -> Parts:
    inner = split_top(text[1:-1], SEPARATOR)
    if len(inner) == 1 and text[-2:-1] != "," and (text[0] + text[-1] == "()" or MATRIX.fullmatch(inner[0])):
        return take_apart(inner[0])
    if len(inner) > 1 and all(row.startswith("[") and row.endswith("]") for row in inner):
        rows = [split_top(row[1:-1], SEPARATOR) for row in inner]
        if len(set(map(len, rows))) == 1:
            return Parts("matrix", [cell for row in rows for cell in row], rows=len(rows))
    return Parts("tuple", inner, text[0] + text[-1])


def _matrix(factor: str, cells: str) -> Parts:
    """A matrix by its rows, with a factor before it brought into every cell."""
    rows = [row.split("&") for row in cells.split("\\\\") if row.strip()]
    found = [CONDITION.sub("", cell.strip()).rstrip(", ") for row in rows for cell in row]
    if factor:
        found = [f"-({cell})" if factor == "-" else f"({factor})*({cell})" for cell in found]
    return Parts("matrix", found, rows=len(rows))


def _components(text: str) -> list[str]:
    r"""A sum of the unit vectors ``\hat{i}``, ``\hat{j}`` and ``\hat{k}`` as its components."""
    found: dict[str, str] = {}
    for term in TERM.findall(text) if "\\hat{" in text else []:
        vector = UNIT_VECTOR.fullmatch(term.replace(" ", ""))
        if vector is None or vector[2] in found:
            return []
        found[vector[2]] = {"": "1", "+": "1", "-": "-1"}.get(vector[1], vector[1].removesuffix("*"))
    size = 3 if "k" in found else 2
    return [found.get(name, "0") for name in "ijk"[:size]] if found else []


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
