"""Whether what a function returned is what a test case expects: on the data that crossed, nothing is rebuilt.

Rebuilding sets and dictionaries would hash what the program chose, and it could choose values whose hashes collide.
Expected values are JSON, so only texts are ever keys here.
"""

from __future__ import annotations

import math
from typing import Any, cast

RELATIVE = 1e-9
"""How far a number may be from a float that is expected, as a share of the larger one."""


def equals(expected: Any, answer: Any) -> bool:
    """Whether an encoded answer (see ``plain``) equals a value of JSON as Python's ``==`` has it, with two allowances.

    A tuple counts as a list, since JSON has no tuples, and where a float is expected, RELATIVE is near enough.
    """
    match expected:
        case list():
            wanted, items = cast("list[Any]", expected), _items(answer)
            if items is None or len(items) != len(wanted):
                return False
            return all(equals(one, other) for one, other in zip(wanted, items, strict=True))
        case dict():
            return _equals_object(cast("dict[str, Any]", expected), answer)
        case bool() | int() | float():
            return _equals_number(expected, answer)
        case _:
            return type(answer) is type(expected) and answer == expected


def _items(answer: Any) -> list[Any] | None:
    """The items of a list or a tuple."""
    if isinstance(answer, dict):
        tagged = cast("dict[str, Any]", answer)
        answer = tagged.get("tuple") if tagged.keys() == {"tuple"} else None
    return cast("list[Any]", answer) if isinstance(answer, list) else None


def _equals_object(expected: dict[str, Any], answer: Any) -> bool:
    if not isinstance(answer, dict):
        return False
    pairs = cast("dict[str, Any]", answer).get("dict")
    if not isinstance(pairs, list) or len(cast("list[Any]", pairs)) != len(expected):
        return False
    found: dict[str, Any] = {}
    for pair in cast("list[Any]", pairs):
        if not isinstance(pair, list) or len(cast("list[Any]", pair)) != 2:
            return False
        key, value = cast("list[Any]", pair)
        if not isinstance(key, str):
            return False
        found[key] = value
    return found.keys() == expected.keys() and all(equals(value, found[key]) for key, value in expected.items())


def _equals_number(expected: float, answer: Any) -> bool:
    if isinstance(answer, dict):
        tagged = cast("dict[str, Any]", answer)
        text = tagged.get("int")
        if not isinstance(text, str):
            return False
        try:
            answer = int(text, 16)
        except ValueError:
            return False
    if not isinstance(answer, bool | int | float):
        return False
    if isinstance(expected, float):
        try:
            return expected == answer or math.isclose(expected, answer, rel_tol=RELATIVE)
        except OverflowError:  # an integer beyond every float
            return False
    return expected == answer
