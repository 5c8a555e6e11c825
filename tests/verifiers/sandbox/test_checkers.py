"""What counts as printed right, by each way of comparing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracestill.verifiers.sandbox.checkers import check, is_custom, validate

NAMES = ("exact", "tokens", "case-insensitive", "float", "unordered-lines")


@pytest.mark.parametrize(
    ("checker", "expected", "printed", "right"),
    [
        (None, "1 2\n3\n", "1 2\n3", True),
        (None, "1 2\n3\n", "1 2  \r\n3\n\n\n", True),
        (None, "1 2\n3\n", "1  2\n3\n", False),
        (None, "1\n\n2\n", "1\n2\n", False),
        (None, "", "\n", True),
        (None, "Yes\n", "yes\n", False),
        ("exact", "1\n", "1\n2\n", False),
        ("tokens", "1 2\n3\n", "1\n2\n3", True),
        ("tokens", "1 2", "12", False),
        ("tokens", "1", "1.0", False),
        ("case-insensitive", "YES No", "yes no", True),
        ("case-insensitive", "STRASSE", "stra\u00dfe", True),
        ("case-insensitive", "STRASSE", "STRA\u1e9eE", True),
        ("case-insensitive", "yes", "y", False),
        ("float", "0.333333", "0.3333333333", True),
        ("float", "0.3333", "0.3334", False),
        ("float", "1000000000", "1000000100", True),
        ("float", "1000000", "1000100", False),
        ("float", "1e-3 x", "0.001 x", True),
        ("float", "1" + "0" * 500, "1" + "0" * 499 + "7", True),
        ("float", "1" + "0" * 500, "2" + "0" * 500, False),
        ("float:abs=1e-30,rel=0", "0." + "0" * 29 + "1", "0", True),
        ("float:abs=1e-30,rel=0", "0." + "0" * 29 + "2", "0", False),
        ("float:abs=1,rel=0", "9007199254740993", "9007199254740995", False),
        ("float:abs=1,rel=0", "0", "1." + "0" * 40 + "1", False),
        ("float:0", "9007199254740993", "9007199254740992", False),
        ("float:abs=0,rel=0.1", "100", "111", False),
        ("float:0.1", "100", "109", True),
        ("float", "1", "1e999999999", False),
        ("float", "1_0", "10", False),
        ("float", "3", "\u0663", False),
        ("float", "nan", "nan", True),
        ("float", "0", "nan", False),
        ("float", "0", "inf", False),
        ("float", "1", "one", False),
        ("float:1e-2", "3.14159", "3.14", True),
        ("float:abs=0.5,rel=0", "100", "100.5", True),
        ("float:abs=0.5,rel=0", "100", "100.6", False),
        ("float:abs=0,rel=0.1", "100", "109", True),
        ("unordered-lines", "b\na\n", "a\n\nb \n", True),
        ("unordered-lines", "a\na\nb\n", "a\nb\nb\n", False),
        ("unordered-lines", "a\n", "a\na\n", False),
    ],
)
def test_ways_of_comparing(checker: str | None, expected: str, printed: str, right: bool):
    assert (check(checker, expected, printed) is None) == right


def test_the_first_difference_is_named():
    assert check(None, "a\nb\nc\n", "a\nx\nc\n") == "line 2 is 'x', and 'b' is expected"
    assert check("tokens", "a b", "a") == "word 2 is missing, and 'b' is expected"
    assert check("tokens", "a", "a b") == "word 2 is 'b', and nothing is expected there"
    assert check("unordered-lines", "a\nb", "a\nc") == "the line 'b' is missing"


@pytest.mark.parametrize("checker", NAMES)
@pytest.mark.parametrize("times", [60, 10_000])
@pytest.mark.parametrize("marks", ["xy", "\x00\x01", "\ud800\ud801", "\"'", "\\\U000e0001"])
def test_a_difference_is_told_in_few_words(checker: str, marks: str, times: int):
    told = check(checker, marks[0] * times, marks[1] * times)
    assert told is not None
    assert len(told) <= 200
    assert told.isprintable()


@pytest.mark.parametrize(
    "checker",
    [
        "exactly",
        "float:",
        "float:x",
        "float:nan",
        "float:-1",
        "float:abs=-1",
        "float:off=1",
        "float:1e999999",
        "float:abs=1,abs=2",
        "float:1e-6,1e-3",
        "tokens:3",
        "tokens:",
        "x" * 100_000,
    ],
)
def test_an_unknown_checker_is_an_error_that_says_what_there_is(checker: str):
    with pytest.raises(ValueError, match=r"float") as raised:
        validate(checker)
    assert len(str(raised.value)) < 300
    with pytest.raises(ValueError, match=r"float"):
        check(checker, "1", "1")


def test_a_program_is_a_checker_of_its_own():
    assert is_custom("def check(stdin, expected, printed):\n    return True\n")
    assert is_custom("def check(stdin, expected, printed): return True")
    assert not is_custom("tokens")
    assert not is_custom("tokens\n")
    assert not is_custom(None)
    validate("def check(stdin, expected, printed):\n    return True\n")


@given(st.sampled_from(NAMES), st.text())
def test_what_is_expected_is_right(checker: str, text: str):
    assert check(checker, text, text) is None


@given(st.sampled_from(NAMES), st.text(), st.text())
def test_no_text_is_too_strange(checker: str, expected: str, printed: str):
    check(checker, expected, printed)


@given(st.sampled_from(NAMES), st.lists(st.integers(), min_size=1), st.data())
def test_another_number_is_wrong(checker: str, numbers: list[int], data: st.DataObject):
    at = data.draw(st.integers(0, len(numbers) - 1))
    changed = [*numbers[:at], numbers[at] * 2 + 1 + (numbers[at] == -1), *numbers[at + 1 :]]
    if sorted(changed) != sorted(numbers):
        assert check(checker, "\n".join(map(str, numbers)), "\n".join(map(str, changed))) is not None


@pytest.mark.parametrize("checker", NAMES)
@pytest.mark.parametrize("printed", ["9" * 5_000_000, "1e999999999 " * 100_000, "\n" * 3_000_000, "a " * 1_000_000])
def test_hostile_output_takes_no_time(checker: str, printed: str):
    started = time.process_time()
    assert check(checker, "1", printed) is not None
    assert time.process_time() - started < 60, "it grows faster than its input"


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("1.5 " * 300_000, "1.50 " * 300_000),
        ("1e-999 " * 100_000, "1.5e-999 " * 100_000),
        (("9" * 9_999 + " ") * 300, ("9" * 9_998 + "8 ") * 300),
    ],
    ids=["many", "small", "long"],
)
def test_numbers_that_all_have_to_be_compared_take_no_time(expected: str, printed: str):
    started = time.process_time()
    assert check("float", expected, printed) is None
    assert time.process_time() - started < 60, "it grows faster than its input"
