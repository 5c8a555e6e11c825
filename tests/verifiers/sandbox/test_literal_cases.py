"""Tests that are lists of literal comparisons are read as data, and mean the same as when they are run."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracestill.verifiers.sandbox import plain
from tracestill.verifiers.sandbox.comparison import same
from tracestill.verifiers.sandbox.literal_cases import cases_of
from tracestill.verifiers.sandbox.sandbox import Sandbox

KEYS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from([0.0, 1.0, 0.5, "", "a", b"a", 1j, (1, "a"), 2**70])
)
LITERALS = st.recursive(
    KEYS | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.sets(KEYS, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=6,
)
OTHERS = st.sampled_from(
    [
        frozenset({1}),
        frozenset(),
        Decimal(1),
        Fraction(1, 2),
        range(2),
        date(2020, 1, 1),
        {"a": 1}.keys(),
        bytearray(b"a"),
    ]
)


def check(code: str) -> dict[str, Any]:
    return {"kind": "check", "entry_point": "f", "code": code}


def crossed(value: Any) -> Any:
    return json.loads(json.dumps(plain.encode(value)))


@given(LITERALS, LITERALS | OTHERS)
def test_comparing_without_building_is_comparing(expected: Any, answer: Any):
    found = same(expected, crossed(answer))
    assert found is None or found == (expected == answer)
    assert same(expected, crossed(expected)) is True


@pytest.mark.parametrize(
    "answer", [{}, {"set": [[1]]}, {"dict": [1]}, {"tuple": 3}, {"int": "x"}, {"no": 1}, {"a": 1, "b": 2}]
)
@pytest.mark.parametrize("expected", [1, "a", [1], (1,), {1}, {1: 2}])
def test_what_is_no_value_equals_nothing(expected: Any, answer: Any):
    try:
        found = same(expected, answer)
    except (ValueError, TypeError):
        return
    assert found is not True


@pytest.mark.parametrize(
    ("tests", "calls"),
    [
        ({"kind": "asserts", "asserts": ["assert f(1, [2], k={'a': -1}) == (1, {2})", "assert f() == None, 'why'"]}, 2),
        ({"kind": "asserts", "asserts": ["assert f(1) == 1; assert f(2) == 2"]}, 2),
        (check("METADATA = {'a': 1}\n\ndef check(c):\n    'x'\n    assert True\n    assert c(1) == 2"), 1),
        ({"kind": "asserts", "asserts": ["assert f(1) == 1", "assert g(1) == 1"]}, None),
        ({"kind": "asserts", "asserts": ["assert f(g(1)) == 1"]}, None),
        ({"kind": "asserts", "asserts": ["assert f(*[1]) == 1"]}, None),
        ({"kind": "asserts", "asserts": ["assert f(**{'a': 1}) == 1"]}, None),
        ({"kind": "asserts", "asserts": ["assert f(1) != 1"]}, None),
        ({"kind": "asserts", "asserts": ["assert f(1) == f(1)"]}, None),
        ({"kind": "asserts", "asserts": ["assert 1 == f(1) == 1"]}, None),
        ({"kind": "asserts", "asserts": ["assert not f(1)"]}, None),
        ({"kind": "asserts", "asserts": ["x = 1", "assert f(1) == 1"]}, None),
        ({"kind": "asserts", "asserts": ["assert ("]}, None),
        ({"kind": "asserts", "asserts": ["True"]}, None),
        ({"kind": "asserts", "setup": "import math", "asserts": ["assert f(1) == 1"]}, None),
        (check("def check(c, d=1):\n    assert c(1) == 2"), None),
        (check("def check(c):\n    for i in [1]:\n        assert c(i) == 2"), None),
        (check("c = 1\ndef check(c):\n    assert c(1) == 2"), None),
        (check("@wrap\ndef check(c):\n    assert c(1) == 2"), None),
        ({"kind": "pytest", "code": "def test(): assert f(1) == 2"}, None),
    ],
)  # fmt: skip
def test_what_is_read_as_data(tests: dict[str, Any], calls: int | None):
    found = cases_of(tests)
    assert (None if found is None else len(found[1])) == calls


@pytest.mark.parametrize(
    ("returned", "expected", "outcome"),
    [
        ("[1, 2]", "(1, 2)", "fail"),
        ("(1, 2)", "(1, 2)", "pass"),
        ("[True, 1.0]", "[1, 1]", "pass"),
        ("frozenset({1})", "{1}", "pass"),
        ("{1: [2]}.keys()", "{1}", "pass"),
        ("__import__('decimal').Decimal(2)", "2", "pass"),
        ("__import__('fractions').Fraction(1, 2)", "[1, 2]", "fail"),
        ("type('T', (), {'__eq__': lambda self, other: True})()", "2", "fail"),
        ("1 + 1e-12", "1", "fail"),
        ("float('nan')", "1.0", "fail"),
        ("{x * (2**61 - 1) for x in range(50_000)}", "{1}", "fail"),
    ],
)
def test_verdicts(sandbox: Sandbox, returned: str, expected: str, outcome: str):
    tests = {"kind": "asserts", "asserts": [f"assert f() == {expected}"]}
    program = (
        f"def f():\n    return {returned}\n"
        if "61" not in returned
        else f"def f():\n    return set({returned[1:-1]})\n"
    )
    judged = sandbox.grade(program, tests)
    assert judged.outcome == outcome, judged
    as_code = sandbox.grade(program, tests | {"setup": "import math"})
    assert as_code.outcome == outcome, as_code


def test_no_more_of_an_answer_is_built_than_is_expected():
    """What is too long would raise if it were hashed."""
    assert same({1}, {"set": [[1], [2]]}) is False
    assert same({1: 2}, {"dict": [[[1], 2], [[2], 2]]}) is False
