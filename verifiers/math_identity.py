r"""Whether two formulas are the same function or the same relation: held against each other at exact points.

Two formulas that differ as functions differ almost everywhere, so a handful of points tells (Schwartz 1980,
Zippel 1979). Rational formulas are compared as fractions; others to 45 digits, relative to their size.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Any, TypeAlias

from .exact_arithmetic import TooLarge
from .math_formula import read_formula
from .math_functions import Undefined, is_real, ratio_of
from .math_tree import Call, Formula
from .math_values import Evaluator, close, fraction_of

POINTS = tuple(map(Fraction, ("5/7", "29/18", "-10/17", "25/11", "-31/17", "22/7", "66/7", "-36/5")))
"""Where formulas with variables are compared; each variable takes a different point."""
WHOLE_POINTS = tuple(map(Fraction, (7, 3, 5, 2, 9, 4, 8, 6)))
"""The same for formulas of whole numbers; the first variable is the larger one more often than not."""
ENOUGH = 5
"""Points at which both sides are real and equal."""
MAX_SYMBOLS = 12
LOG_BASES = (None, 10)
"""A logarithm without a base is the natural one, or the common one: either may be meant, by both sides alike."""

Pair: TypeAlias = tuple[Any, Any]

read = functools.lru_cache(maxsize=1024)(read_formula)


def same_value(reference: str, answer: str) -> bool:
    """Whether two formulas in canonical notation are equal wherever both have a value.

    Raises:
        NoFormula: one of them cannot be read.
        TooLarge: a value is too large to be worked out.
    """
    first, second = read(reference), read(answer)
    return any(_always_close(_values(first, second, base)) for base in _bases(first, second))


def real_constant(text: str) -> Fraction | None:
    """The value of a formula without variables, to 60 digits; null where it is not real.

    Raises:
        NoFormula: it cannot be read.
        TooLarge: it is too large to be worked out.
    """
    formula = read(text)
    if formula.symbols:
        return None
    try:
        value = Evaluator({}).value(formula.root)
    except Undefined:
        return None
    return fraction_of(value) if is_real(value) else None


def same_relation(reference: tuple[str, str], answer: tuple[str, str], *, directed: bool) -> bool:
    """Whether one side minus the other differs by a constant factor only, positive where the sign has a direction.

    Args:
        reference: left and right side.
        answer: the same.
        directed: whether the relation is an inequality.

    Raises:
        NoFormula: a side cannot be read.
        TooLarge: a value is too large to be worked out.
    """
    first, second = _difference(*map(read, reference)), _difference(*map(read, answer))
    return any(_always_in_ratio(_values(first, second, base), directed) for base in _bases(first, second))


def _difference(left: Formula, right: Formula) -> Formula:
    root = Call("+", (left.root, Call("neg", (right.root,))))
    return Formula(root, left.symbols | right.symbols, left.discrete or right.discrete, left.logs or right.logs)


def _bases(first: Formula, second: Formula) -> tuple[int | None, ...]:
    return LOG_BASES if first.logs or second.logs else LOG_BASES[:1]


def _always_close(pairs: Iterator[Pair]) -> bool:
    agreed = 0
    for left, right in islice(pairs, ENOUGH):
        if not close(left, right):
            return False
        agreed += 1
    return agreed > 0


def _always_in_ratio(pairs: Iterator[Pair], directed: bool) -> bool:
    ratios: list[Any] = []
    for left, right in pairs:
        if left == 0 or right == 0:
            if left == right:
                continue
            return False
        ratios.append(ratio_of(left, right))
        if not close(ratios[-1], ratios[0]) or (directed and not (is_real(ratios[-1]) and ratios[-1] > 0)):
            return False
        if len(ratios) == ENOUGH:
            break
    return bool(ratios)


def _values(first: Formula, second: Formula, log_base: int | None) -> Iterator[Pair]:
    """Values at the points where both are real, or where both are defined if they are real together nowhere."""
    others: list[Pair] = []
    found = False
    for point in _points(first, second):
        evaluator = Evaluator(point, log_base)
        try:
            pair = evaluator.value(first.root), evaluator.value(second.root)
        except Undefined:
            continue
        if is_real(pair[0]) and is_real(pair[1]):
            found = True
            yield pair
        else:
            others.append(pair)
    if not found:
        yield from others


def _points(first: Formula, second: Formula) -> Iterator[dict[str, Fraction]]:
    symbols = sorted(first.symbols | second.symbols)
    if len(symbols) > MAX_SYMBOLS:
        raise TooLarge
    points = WHOLE_POINTS if first.discrete or second.discrete else POINTS
    for shift in range(len(points) if symbols else 1):
        yield {
            symbol: points[(shift + place) % len(points)] + (place // len(points))
            for place, symbol in enumerate(symbols)
        }
