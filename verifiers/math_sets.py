r"""Sets of real numbers, however they are written: intervals and unions, inequalities, set-builder, ``\mathbb{R}``.

Each is read into pieces between two ends in order, so ``x \ne 1`` equals ``(-\infty,1)\cup(1,\infty)``, ``|x|<2``
equals ``(-2,2)`` and ``[-2,0]\cup[0,2]`` equals ``[-2,2]``. Only sets with constant ends are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from typing import NamedTuple

from .math_brackets import split_top
from .math_functions import Undefined, is_real
from .math_identity import read, real_constant
from .math_structure import SEPARATOR, chain_of
from .math_tokens import NoFormula
from .math_tree import Call, Formula
from .math_values import Evaluator, fraction_of

Place = tuple[Fraction | float, int]
"""A cut of the line: a number, and -1 just below it or 1 just above it; an infinity is a float."""

REALS = frozenset(
    {"\\mathbb{R}", "allrealnumbers", "allreals", "therealnumbers", "realnumbers", "R", "x\\in\\mathbb{R}"}
)
EMPTY = frozenset({
    "\\emptyset", "\\{\\}", "nosolution", "nosolutions", "norealsolution", "norealsolutions", "emptyset", "theemptyset",
    "thereisnosolution", "therearenosolutions",
})  # fmt: skip
CERTAIN = re.compile(
    r"\\(?:cup|cap|setminus|mathbb|emptyset|le|ge|ne|in|infty)(?![A-Za-z])|[<>]|^\(.*\]$|^\[.*\)$|\\\{.*[|:].*\\\}"
    r"|\\\{ *\\\}|solution|all real|empty"
)
"""What a set has and a point in brackets has not."""
CUP, CAP, MINUS = (re.compile(rf"\\{name}(?![A-Za-z])") for name in ("cup", "cap", "setminus"))
OR = re.compile(r"(?<![A-Za-z\\])or(?![A-Za-z])|\\text\{\s*,?\s*or\s*\}|\\lor(?![A-Za-z])")
AND = re.compile(rf"{SEPARATOR.pattern}|\\land(?![A-Za-z])")
BUILDER = re.compile(r"\\\{ *([A-Za-z]) *(?:\\in *([^|:]+?))? *[|:](.*)\\\}", re.DOTALL)
MEMBER = re.compile(r"([A-Za-z]) *\\(in|notin)(?![A-Za-z]) *(.*)", re.DOTALL)
MIRRORED = {"<": ">", ">": "<", "\\le": "\\ge", "\\ge": "\\le", "=": "=", "\\ne": "\\ne"}
"""Relations, and how they read from the other side."""
INFINITY = {"\\infty": float("inf"), "+\\infty": float("inf"), "-\\infty": float("-inf")}
EVERYTHING: tuple[tuple[Place, Place], ...] = (((float("-inf"), 1), (float("inf"), -1)),)
CLOSE = Fraction(1, 10**40)
MAX_PIECES = 64


class Subset(NamedTuple):
    """A part of the real line: disjoint pieces in order, and the variable that it was written for."""

    pieces: tuple[tuple[Place, Place], ...]
    variable: str = ""


def same_set(reference: str, answer: str) -> bool | None:
    """Whether two answers in canonical notation are the same set of real numbers; null where one is no such set.

    Raises:
        TooLarge: an end is too large to be worked out.
    """
    if not (CERTAIN.search(reference) or CERTAIN.search(answer)):
        return None
    first = subset(reference)
    second = None if first is None else subset(answer)
    if first is None or second is None:
        return None
    if first.variable and second.variable and first.variable != second.variable:
        return False
    return len(first.pieces) == len(second.pieces) and all(
        _same(left, right)
        for one, other in zip(first.pieces, second.pieces, strict=True)
        for left, right in zip(one, other, strict=True)
    )


def subset(text: str) -> Subset | None:
    """The set that a text describes, or null."""
    text = text.strip()
    bare = re.sub(r"\\text\{([^{}]*)\}", r"\1", text).replace(" ", "").rstrip(".")
    if bare in REALS or bare.casefold() in REALS:
        return Subset(EVERYTHING)
    if bare.casefold() in EMPTY:
        return Subset(())
    for pattern, join in ((OR, union), (CUP, union), (MINUS, without), (CAP, intersection)):
        if len(parts := split_top(text, pattern)) > 1:
            return _joined(parts, join)
    if built := BUILDER.fullmatch(text):
        return _built(built[1], built[2], built[3])
    if text.startswith("\\{") and text.endswith("\\}"):
        return _points(split_top(text[2:-2], SEPARATOR))
    if member := MEMBER.fullmatch(text):
        inner = subset(member[3])
        return inner and Subset(inner.pieces if member[2] == "in" else complement(inner.pieces), member[1])
    if text[:1] in ("(", "[") and text[-1:] in (")", "]"):
        ends = split_top(text[1:-1], SEPARATOR)
        return _interval(text[0], ends, text[-1]) if len(ends) == 2 else None
    if len(parts := split_top(text, AND)) > 1:
        both = _joined(parts, intersection)
        return both if both is None or both.pieces else _joined(parts, union)
    return _relation(text)


Joins = Callable[[Sequence[tuple[Place, Place]], Sequence[tuple[Place, Place]]], tuple[tuple[Place, Place], ...]]


def _joined(parts: list[str], join: Joins) -> Subset | None:
    if len(parts) > MAX_PIECES:
        return None
    found = [subset(part) for part in parts]
    known = [part for part in found if part is not None]
    variables = {part.variable for part in known} - {""}
    if len(known) < len(found) or len(variables) > 1:
        return None
    return Subset(reduce(join, (part.pieces for part in known)), "".join(variables))


def union(
    first: Sequence[tuple[Place, Place]], second: Sequence[tuple[Place, Place]]
) -> tuple[tuple[Place, Place], ...]:
    """Pieces in order, with those that touch made one."""
    merged: list[tuple[Place, Place]] = []
    for start, end in sorted([*first, *second]):
        if merged and (start <= merged[-1][1] or _same(start, merged[-1][1])):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def complement(pieces: Sequence[tuple[Place, Place]]) -> tuple[tuple[Place, Place], ...]:
    """What is left of the line."""
    cuts = [EVERYTHING[0][0], *(cut for piece in pieces for cut in piece), EVERYTHING[0][1]]
    return tuple((start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=True) if start < end)


def intersection(
    first: Sequence[tuple[Place, Place]], second: Sequence[tuple[Place, Place]]
) -> tuple[tuple[Place, Place], ...]:
    """What lies in both."""
    return complement(union(complement(first), complement(second)))


def without(
    first: Sequence[tuple[Place, Place]], second: Sequence[tuple[Place, Place]]
) -> tuple[tuple[Place, Place], ...]:
    """What lies in the first and not in the second."""
    return intersection(first, complement(second))


def _same(left: Place, right: Place) -> bool:
    if left[1] != right[1] or isinstance(left[0], float) or isinstance(right[0], float):
        return left == right
    return abs(left[0] - right[0]) <= CLOSE * max(abs(left[0]), abs(right[0]))


def _built(variable: str, domain: str | None, condition: str) -> Subset | None:
    inner = subset(condition)
    if inner is None or inner.variable not in ("", variable):
        return None
    limits = subset(domain) if domain else Subset(EVERYTHING)
    return limits and Subset(intersection(limits.pieces, inner.pieces))


def _points(items: list[str]) -> Subset | None:
    values = [_constant(item) for item in items]
    known = [value for value in values if value is not None]
    if len(known) < len(values) or not known:
        return None
    return Subset(reduce(union, ((((value, -1), (value, 1)),) for value in known)))


def _interval(opening: str, ends: list[str], closing: str) -> Subset | None:
    low, high = (INFINITY.get(end.replace(" ", ""), _constant(end)) for end in ends)
    if low is None or high is None or low >= high or low == float("inf") or high == float("-inf"):
        return None
    start = (low, -1 if opening == "[" and not isinstance(low, float) else 1)
    return Subset(((start, (high, 1 if closing == "]" and not isinstance(high, float) else -1)),))


def _constant(text: str) -> Fraction | None:
    try:
        return real_constant(text)
    except NoFormula:
        return None


def _relation(text: str) -> Subset | None:
    """An inequality, or a chain of them, in one variable."""
    sides, signs = chain_of(text)
    if not signs or "" in sides or len(signs) > 4:
        return None
    found: list[Subset | None] = []
    for left, sign, right in zip(sides, signs, sides[1:], strict=False):
        if "\\infty" in left + right:
            continue
        try:
            found.append(_solved(read(left), sign, read(right)))
        except (NoFormula, Undefined):
            return None
    known = [part for part in found if part is not None]
    if not known or len(known) < len(found) or len({part.variable for part in known}) > 1:
        return None
    return Subset(reduce(intersection, (part.pieces for part in known)), known[0].variable)


def _solved(left: Formula, sign: str, right: Formula) -> Subset | None:
    """One relation between two sides that are linear in the same variable, or its absolute value and a constant."""
    symbols = left.symbols | right.symbols
    if len(symbols) != 1:
        return None
    (name,) = symbols
    for inner, bound, seen in ((left, right, sign), (right, left, MIRRORED.get(sign, ""))):
        if isinstance(inner.root, Call) and inner.root.name == "abs" and not bound.symbols:
            return _absolute(name, inner._replace(root=inner.root.of[0]), seen, bound)
    slope, height = _linear(name, Formula(Call("+", (left.root, Call("neg", (right.root,)))), symbols, False, False))
    if slope is None or height is None or slope == 0:
        return None
    return _half(name, -height / slope, sign if slope > 0 else MIRRORED.get(sign, ""))


def _half(name: str, at: Fraction, sign: str) -> Subset | None:
    """The numbers that stand in a relation to one."""
    (start, _), (_, end) = EVERYTHING[0], EVERYTHING[0]
    below, above = (at, -1), (at, 1)
    pieces = {
        "<": ((start, below),),
        "\\le": ((start, above),),
        ">": ((above, end),),
        "\\ge": ((below, end),),
        "=": ((below, above),),
        "\\ne": ((start, below), (above, end)),
    }
    return Subset(pieces[sign], name) if sign in pieces else None


def _absolute(name: str, inner: Formula, sign: str, bound: Formula) -> Subset | None:
    slope, height = _linear(name, inner)
    _, limit = _linear(name, bound)
    if slope is None or height is None or limit is None or slope == 0 or limit < 0:
        return None
    low, high = sorted(((-limit - height) / slope, (limit - height) / slope))
    ends = {"<": (">", "<"), "\\le": ("\\ge", "\\le"), ">": ("<", ">"), "\\ge": ("\\le", "\\ge")}.get(sign)
    if ends is None:
        return None
    first, second = _half(name, low, ends[0]), _half(name, high, ends[1])
    join = intersection if sign in ("<", "\\le") else union
    return first and second and Subset(join(first.pieces, second.pieces), name)


def _linear(name: str, formula: Formula) -> tuple[Fraction | None, Fraction | None]:
    """Slope and height at zero of a formula that is linear in one variable."""
    values = [Evaluator({name: Fraction(at)}).value(formula.root) for at in (0, 1, 2, 5)]
    if not all(map(is_real, values)):
        return None, None
    zero, one, two, five = map(fraction_of, values)
    slope = one - zero
    if abs(two - one - slope) > CLOSE * abs(slope) or abs(five - zero - 5 * slope) > CLOSE * abs(slope):
        return None, None
    return slope, zero
