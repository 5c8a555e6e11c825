"""Plain data crosses as itself, and nothing else does."""

from __future__ import annotations

import json
import os
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracestill.verifiers.sandbox import plain
from tracestill.verifiers.sandbox.comparison import equals

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False)
    | st.decimals(allow_nan=False)
    | st.fractions()
)
KEYS = st.recursive(st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner).map(tuple), max_leaves=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.sets(KEYS)
        | st.frozensets(KEYS)
        | st.dictionaries(KEYS, inner)
        | st.lists(inner).map(deque)
    ),
    max_leaves=20,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def crossed(value: Any) -> Any:
    return plain.decode(json.loads(json.dumps(plain.encode(value))), plain.refuse)


def shape(value: Any) -> Any:
    """The exact types inside a value."""
    if isinstance(value, dict):
        return type(value), [(shape(key), shape(item)) for key, item in value.items()]
    if isinstance(value, list | tuple | deque):
        return type(value), [shape(item) for item in value]
    return type(value)


@given(VALUES)
def test_a_value_arrives_as_itself(value: Any):
    assert crossed(value) == value
    assert shape(crossed(value)) == shape(value)


class AlwaysEqual(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (AlwaysEqual(3), 3),
        (type("T", (str,), {"__eq__": lambda *_: True, "__hash__": str.__hash__})("x"), "x"),
        (namedtuple("Point", "x y")(1, 2), (1, 2)),
        (Counter("aab"), {"a": 2, "b": 1}),
        (OrderedDict(a=1), {"a": 1}),
        (defaultdict(list, a=[1]), {"a": [1]}),
        (10**400, 10**400),
        (True, True),
        (Decimal("1.50"), Decimal("1.50")),
        (Fraction(1, 3), Fraction(1, 3)),
        (range(1, 9, 2), range(1, 9, 2)),
        ("\ud800", "\ud800"),
        (-0.0, -0.0),
    ],
)
def test_a_subclass_arrives_as_its_builtin(value: Any, arrives: Any):
    assert crossed(value) == arrives
    assert type(crossed(value)) is type(arrives)
    assert repr(crossed(value)) == repr(arrives)


@pytest.mark.parametrize("value", [object(), lambda: 1, iter([1]), type, os, (n for n in [1])])
def test_what_is_no_plain_data_does_not_cross(value: Any):
    with pytest.raises(plain.NotPlain):
        plain.encode([value])


def test_what_is_too_large_does_not_cross():
    nested: list[Any] = []
    nested.append(nested)
    with pytest.raises(plain.TooLarge):
        plain.encode(nested)
    with pytest.raises(plain.TooLarge):
        plain.encode(1 << (1 << 24))
    reading, writing = os.pipe()
    with pytest.raises(plain.TooLarge):
        plain.send(writing, "x" * (plain.MAX_BYTES + 1))
    os.close(reading)
    os.close(writing)


@given(JSON | st.dictionaries(st.sampled_from(["tuple", "set", "dict", "int", "float", "object", "range", "x"]), JSON))
def test_a_message_becomes_a_value_of_the_standard_library_or_a_value_error(data: Any):
    try:
        value = plain.decode(data, lambda body: "kept")
    except ValueError:
        return
    assert type(value).__module__ in {"builtins", "collections", "decimal", "fractions", "datetime"}


@given(JSON)
def test_an_answer_equals_what_is_expected(value: Any):
    assert equals(value, json.loads(json.dumps(plain.encode(value))))


@pytest.mark.parametrize(
    ("expected", "answer", "equal"),
    [
        ([1, 2], (1, 2), True),
        ([1, [2]], [1, (2,)], True),
        ([1, 2], {1, 2}, False),
        ([1, 2], [2, 1], False),
        (1, True, True),
        (0.3, 0.1 + 0.2, True),
        (1, 1.0, True),
        (1.5, 1.6, False),
        (1, "1", False),
        ("1", 1, False),
        (None, 0, False),
        (0, None, False),
        ("", None, False),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"1": 1}, {1: 1}, False),
        ([], (), True),
        ([], {}, False),
        (10**30, 10**30, True),
        (10**30, 10**30 + 1, False),
        (1.0, 10**400, False),
        (1.0, float("nan"), False),
        (1.0, float("inf"), False),
    ],
)
def test_what_equals_what(expected: Any, answer: Any, equal: bool):
    assert equals(expected, json.loads(json.dumps(plain.encode(answer)))) == equal


def test_keys_whose_hashes_collide_cost_nothing():
    colliding = {"dict": [[{"int": hex(n * (2**61 - 1))}, n] for n in range(20_000)]}
    assert not equals({str(n): n for n in range(20_000)}, colliding)
