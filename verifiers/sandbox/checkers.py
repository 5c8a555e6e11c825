"""Whether a program printed what a test expects, by the way of comparing that the problem names.

===================  ==========================================================================================
``exact``            line by line; blanks at the end of a line and empty lines at the end do not count (default)
``tokens``           word by word, however they are spaced
``case-insensitive`` word by word, in capitals or not
``float``            word by word, numbers within 1e-6, absolute or relative; ``float:1e-9`` and
                     ``float:abs=1e-9,rel=1e-6`` say otherwise
``unordered-lines``  the same lines in any order; empty ones do not count
===================  ==========================================================================================

Whatever has more than one line, or holds ``def check``, is the source of a checker of the problem's own, and is not run
here. Printed text is hostile: everything here takes linear time, and numbers are compared exactly within bounds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Context, Decimal, Inexact
from itertools import zip_longest

__all__ = ["check", "is_custom", "validate"]

_TOLERANCE = "1e-6"
_SHOWN = 60
_LONGEST_NUMBER = 10_000
"""Characters; longer ones are words like any other."""
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_EXACT = Context(prec=4 * _LONGEST_NUMBER, traps=[Inexact])
"""Wide enough for the difference of any two numbers, and for a number times a tolerance."""

Difference = Callable[[str, str], str | None]


def is_custom(checker: str | None) -> bool:
    """Whether a checker is a program of the problem's own."""
    return checker is not None and ("\n" in checker.strip() or "def check" in checker)


def validate(checker: str | None) -> None:
    """See that a checker is known.

    Raises:
        ValueError: it is not; names those that are.
    """
    if not is_custom(checker):
        _difference(checker)


def check(checker: str | None, expected: str, printed: str) -> str | None:
    """What is wrong with ``printed``: the first difference and its place; null where nothing is.

    Raises:
        ValueError: the checker is not known.
    """
    return _difference(checker)(expected, printed)


def _difference(checker: str | None) -> Difference:
    name, colon, options = (checker or "exact").strip().partition(":")
    if name == "float":
        absolute, relative = _tolerances(options if colon else _TOLERANCE)
        return lambda expected, printed: _in_words(expected, printed, _nearly(absolute, relative))
    if name not in _WAYS or colon:
        known, given = ", ".join([*_WAYS, "float"]), _cut(checker or "")
        raise ValueError(f"checker {given} is none of: {known}; nor the source of check(stdin, expected, printed)")
    return _WAYS[name]


def _tolerances(options: str) -> tuple[Decimal, Decimal]:
    """Absolute and relative: one number gives both, and ``abs=`` and ``rel=`` leave the other at its default."""
    if (both := _number(options.strip())) is not None and both >= 0:
        return both, both
    given: dict[str, Decimal] = {}
    for option in options.split(","):
        name, _, value = (part.strip() for part in option.partition("="))
        number = _number(value)
        if name not in ("abs", "rel") or name in given or number is None or number < 0:
            raise ValueError(
                f"checker option {_cut(option)} is no tolerance; write float:1e-6 or float:abs=1e-9,rel=1e-6"
            )
        given[name] = number
    default = Decimal(_TOLERANCE)
    return given.get("abs", default), given.get("rel", default)


def _in_lines(expected: str, printed: str) -> str | None:
    return _first("line", _lines(expected), _lines(printed), str.__eq__)


def _in_any_order(expected: str, printed: str) -> str | None:
    wanted, found = (Counter(filter(None, _lines(text))) for text in (expected, printed))
    for line in wanted - found:
        return f"the line {_cut(line)} is missing"
    for line in found - wanted:
        return f"the line {_cut(line)} is too many"
    return None


def _in_words(expected: str, printed: str, same: Callable[[str, str], bool]) -> str | None:
    return _first("word", expected.split(), printed.split(), same)


def _first(what: str, wanted: Sequence[str], found: Sequence[str], same: Callable[[str, str], bool]) -> str | None:
    for number, (one, other) in enumerate(zip_longest(wanted, found), start=1):
        if one is None:
            return f"{what} {number} is {_cut(other)}, and nothing is expected there"
        if other is None:
            return f"{what} {number} is missing, and {_cut(one)} is expected"
        if not same(one, other):
            return f"{what} {number} is {_cut(other)}, and {_cut(one)} is expected"
    return None


def _lines(text: str) -> list[str]:
    """Lines without blanks at their ends, and without empty ones at the end."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _nearly(absolute: Decimal, relative: Decimal) -> Callable[[str, str], bool]:
    def same(one: str, other: str) -> bool:
        if one == other:
            return True
        wanted, found = _number(one), _number(other)
        if wanted is None or found is None:
            return False
        away = _EXACT.abs(_EXACT.subtract(wanted, found))
        return away <= absolute or away <= _EXACT.multiply(relative, _EXACT.abs(wanted))

    return same


def _number(word: str) -> Decimal | None:
    if len(word) > _LONGEST_NUMBER or _NUMBER.fullmatch(word) is None:
        return None
    return Decimal(word)


def _cut(text: str) -> str:
    """Quoted; what is not printable is escaped, and the escapes count."""
    shown = repr(text[: _SHOWN + 1])
    return shown if len(shown) <= _SHOWN + 2 else f"{shown[: _SHOWN + 1]}...{shown[0]}"


_WAYS: dict[str, Difference] = {
    "exact": _in_lines,
    "tokens": lambda expected, printed: _in_words(expected, printed, str.__eq__),
    "case-insensitive": lambda expected, printed: _in_words(
        expected, printed, lambda one, other: one.casefold() == other.casefold()
    ),
    "unordered-lines": _in_any_order,
}
