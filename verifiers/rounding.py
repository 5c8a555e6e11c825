"""When two sides of an equality agree: exactly, or rounded to the digits that one of them shows."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from .exact_arithmetic import evaluate

MAX_BITS = 512
"""Size of a number in a step; what is larger is left out."""


class Side(NamedTuple):
    """One side of an equality, worked out."""

    text: str
    value: Fraction
    is_number: bool
    """Whether it is a lone number, whose last digit may be rounded."""


def agree(left: Side, right: Side, approximate: bool) -> bool:
    """Whether two sides are equal as far as they show; ``approximate`` allows two percent, as ≈ does.

    A percent sign may be left out on either side: ``20 / 50 * 100 = 40%``.
    """
    if _same(left, right, approximate):
        return True
    if "%" not in left.text + right.text:
        return False
    bare = [_without_percent(side) for side in (left, right)]
    return any(_same(first, second, approximate) for first in (left, bare[0]) for second in (right, bare[1]))


def _without_percent(side: Side) -> Side:
    text = side.text.replace("%", "")
    value = evaluate(text, MAX_BITS)
    return side if value is None else Side(text, value, side.is_number)


def _same(left: Side, right: Side, approximate: bool) -> bool:
    """Equal, or rounded to the digits that one side shows."""
    if left.value == right.value:
        return True
    difference = abs(left.value - right.value)
    if approximate and difference * 50 <= max(abs(left.value), abs(right.value)):
        return True
    for shown, exact in ((right, left), (left, right)):
        unit = _last_digit(shown)
        if unit is not None and difference < unit and exact.value % unit != 0:
            return True
    return False


def _last_digit(side: Side) -> Fraction | None:
    """Worth of the last digit of a lone number."""
    if not side.is_number:
        return None
    decimals = len(side.text.rstrip(" %").partition(".")[2])
    unit = Fraction(1, 10**decimals)
    return unit / 100 if "%" in side.text else unit
