"""Whether what a function returned is what a test case expects: on the data that crossed, nothing is rebuilt.

Rebuilding sets and dictionaries would hash what the program chose, and it could choose values whose hashes collide.
Expected values are JSON, so only texts are ever keys here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, cast

from . import plain

_SCALARS = frozenset({"int", "float", "complex", "bytes", "bytearray"})
_COMMON = frozenset({*_SCALARS, "tuple", "set", "frozenset", "dict"})
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


def same(expected: Any, answer: Any) -> bool | None:
    """Whether an encoded answer equals a value of literals exactly as Python's ``==`` has it.

    Null where only building the answer could tell. No more is ever built of it than the expected value has items, so
    that nothing large is hashed.
    """
    match expected:
        case list():
            return _pairwise(cast("list[Any]", expected), answer) if isinstance(answer, list) else _unlike(answer)
        case tuple():
            return _pairwise(cast("tuple[Any, ...]", expected), _tagged(answer, "tuple"))
        case set():
            return _same_set(cast("set[Any]", expected), answer)
        case dict():
            return _same_dict(cast("dict[Any, Any]", expected), answer)
        case _:
            return _same_scalar(expected, answer)


def _tagged(answer: Any, *names: str) -> Any:
    """What a tag of one of these names holds; else the answer."""
    if isinstance(answer, dict):
        [(name, body)] = cast("dict[str, Any]", answer).items()
        if name in names and isinstance(body, list):
            return _Body(cast("list[Any]", body))
    return cast("Any", answer)


class _Body(list[Any]):
    """The items of a collection that is no list."""


def _unlike(answer: Any) -> bool | None:
    """What is said of a value of another kind: unequal, unless it is of a rare one."""
    if isinstance(answer, dict):
        return False if cast("dict[str, Any]", answer).keys() <= _COMMON else None
    return False


def _pairwise(expected: Sequence[Any], answer: Any) -> bool | None:
    if isinstance(expected, tuple) != isinstance(answer, _Body):
        return _unlike(answer)
    if len(answer) != len(expected):
        return False
    return _all(same(one, other) for one, other in zip(expected, answer, strict=True))


def _all(found: Iterable[bool | None]) -> bool | None:
    results = list(found)
    return False if False in results else None if None in results else True


def _same_set(expected: set[Any], answer: Any) -> bool | None:
    items = _tagged(answer, "set", "frozenset")
    if not isinstance(items, _Body):
        return _unlike(answer)
    return len(items) == len(expected) and expected == {plain.decode(item, plain.refuse) for item in items}


def _same_dict(expected: dict[Any, Any], answer: Any) -> bool | None:
    pairs = _tagged(answer, "dict")
    if not isinstance(pairs, _Body):
        return _unlike(answer)
    if len(pairs) != len(expected):
        return False
    found = {plain.decode(key, plain.refuse): value for key, value in pairs}
    if found.keys() != expected.keys():
        return False
    return _all(same(value, found[key]) for key, value in expected.items())


def _same_scalar(expected: Any, answer: Any) -> bool | None:
    if isinstance(answer, dict) and cast("dict[str, Any]", answer).keys() <= _SCALARS:
        answer = plain.decode(answer, plain.refuse)
    elif isinstance(answer, dict | list):
        return _unlike(cast("Any", answer))
    return bool(expected == answer)


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
