"""Whether a program printed what a test expects, by the way of comparing that the problem names.

===================  ==========================================================================================
``exact``            line by line; blanks at the end of a line and empty lines at the end do not count (default)
``tokens``           word by word, however they are spaced
``case-insensitive`` word by word, in capitals or not
``float``            word by word, numbers within 1e-6, absolute or relative; ``float:1e-9`` and
                     ``float:abs=1e-9,rel=1e-6`` say otherwise
``unordered-lines``  the same lines in any order; empty ones do not count
===================  ==========================================================================================

Whatever has more than one line is the source of a checker of the problem's own, and is not run here. Printed text is
hostile: everything here takes linear time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import zip_longest

__all__ = ["check", "is_custom", "validate"]

_TOLERANCE = "1e-6"
_SHOWN = 60
_LONGEST_NUMBER = 400
"""Characters, and the largest exponent."""
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)

Difference = Callable[[str, str], str | None]


def is_custom(checker: str | None) -> bool:
    """Whether a checker is a program of the problem's own."""
    return checker is not None and "\n" in checker.strip()


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
    name, _, options = (checker or "exact").strip().partition(":")
    if name == "float":
        absolute, relative = _tolerances(options)
        return lambda expected, printed: _in_words(expected, printed, _nearly(absolute, relative))
    if name not in _WAYS or options:
        known = ", ".join([*_WAYS, "float"])
        raise ValueError(f"checker {checker!r} is none of: {known}; nor the source of check(stdin, expected, printed)")
    return _WAYS[name]


def _tolerances(options: str) -> tuple[Fraction, Fraction]:
    given = {"abs": _TOLERANCE, "rel": _TOLERANCE}
    for option in filter(None, options.split(",")):
        name, equals, value = option.partition("=")
        names = [name.strip()] if equals else ["abs", "rel"]
        value = (value if equals else name).strip()
        if not set(names) <= given.keys() or (number := _number(value)) is None or number < 0:
            raise ValueError(f"checker option {option!r} is no tolerance; write float:1e-6 or float:abs=1e-9,rel=1e-6")
        given |= dict.fromkeys(names, value)
    return Fraction(given["abs"]), Fraction(given["rel"])


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


def _nearly(absolute: Fraction, relative: Fraction) -> Callable[[str, str], bool]:
    def same(one: str, other: str) -> bool:
        if one == other:
            return True
        wanted, found = _number(one), _number(other)
        if wanted is None or found is None:
            return False
        return abs(wanted - found) <= max(absolute, relative * abs(wanted))

    return same


def _number(word: str) -> Fraction | None:
    if len(word) > _LONGEST_NUMBER or _NUMBER.fullmatch(word) is None:
        return None
    return Fraction(word)


def _cut(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")


_WAYS: dict[str, Difference] = {
    "exact": _in_lines,
    "tokens": lambda expected, printed: _in_words(expected, printed, str.__eq__),
    "case-insensitive": lambda expected, printed: _in_words(
        expected, printed, lambda one, other: one.casefold() == other.casefold()
    ),
    "unordered-lines": _in_any_order,
}
