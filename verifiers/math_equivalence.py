r"""The exact tier: answers that are the same text or the same rational number, with or without a unit.

Everything here takes text in the notation of math_notation. It decides by exact arithmetic, so 1/2004! is not
1/2006! however small both are; what it cannot decide it leaves open.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal, NamedTuple

from .exact_arithmetic import evaluate

TEXT_COMMAND = re.compile(r"\\text\{([^{}]*)\}")
TEXT_UNIT = re.compile(r"\s*\\text\{([^{}]*)\}(\^\{-?\d+\})?$", re.ASCII)
BARE_UNIT = re.compile(r"(?<=[\d})]) +([A-Za-z]{2,}(?:[ /]+[A-Za-z]+)*)(\^\{-?\d+\})?$", re.ASCII)
SIGN_UNIT = re.compile(r"\s*(%|\^\{\\circ ?\})$")
DENIAL = re.compile(r"\b(?:not|no|or|wrong|incorrect|false)\b", re.IGNORECASE)
"""Words behind a value that are no unit but take it back."""
ENDS_A_VALUE = re.compile(r"(?:[\d})]|\\pi ?)$", re.ASCII)
WORDS = re.compile(r"[A-Za-z][A-Za-z '.-]{2,}")
NUMERAL = re.compile(r"(\d+)_\{(\d+)\}", re.ASCII)
DECIMAL = re.compile(r"-?(\d*)\.(\d+)", re.ASCII)
LONG = 12
"""Significant digits with which a decimal stands for the number that it was rounded from."""
SHORT = 2
"""The same where rounded decimals count."""
UNIT_NAMES = {
    "%": "percent", "pct": "percent", "percentage": "percent", "^{\\circ": "degree", "deg": "degree",
    "cm": "centimeter", "mm": "millimeter", "km": "kilometer", "m": "meter", "metre": "meter", "in": "inch",
    "inche": "inch", "ft": "foot", "feet": "foot", "kg": "kilogram", "g": "gram", "lb": "pound", "l": "liter",
    "hr": "hour", "h": "hour", "min": "minute", "sec": "second", "s": "second", "centimetre": "centimeter",
    "kilometre": "kilometer", "litre": "liter", "sq": "square",
}  # fmt: skip
"""Spellings of one unit; others are compared as they stand."""


class Conventions(NamedTuple):
    """What graders do not agree on."""

    percent: Literal["ignore", "value"] = "ignore"
    units: Literal["optional", "required"] = "optional"
    decimals: Literal["exact", "rounded"] = "exact"


class Quantity(NamedTuple):
    """A value with the unit behind it, if there is one."""

    value: str
    unit: str


def exactly_equal(reference: str, answer: str, conventions: Conventions) -> bool | None:
    """Whether two answers in canonical notation are equal; null if text and rational arithmetic cannot tell.

    Raises:
        TooLarge: a value is too large to be worked out.
    """
    if not answer or not reference:
        return False
    if key(reference) == key(answer):
        return True
    if is_words(reference) or is_words(answer):
        return False
    if (numeral := _same_numeral(reference, answer)) is not None:
        return numeral
    first, second = quantity(reference, conventions), quantity(answer, conventions)
    if units_differ(first, second, conventions):
        return False
    if key(first.value) == key(second.value):
        return True
    left, right = evaluate(first.value), evaluate(second.value)
    if left is None or right is None:
        return None
    return left == right or is_rounded(first.value, right, conventions) or is_rounded(second.value, left, conventions)


def units_differ(first: Quantity, second: Quantity, conventions: Conventions) -> bool:
    """Whether two quantities have units that make them two answers."""
    missing = conventions.units == "optional" and not (first.unit and second.unit)
    return first.unit != second.unit and not missing


def is_rounded(decimal: str, value: Fraction, conventions: Conventions) -> bool:
    """Whether a decimal is what the value is rounded to: in its twelve digits or more, else by convention.

    Never by an absolute difference: the digits count from the first that is not zero.
    """
    found = DECIMAL.fullmatch(decimal)
    if found is None:
        return False
    digits = len((found[1] + found[2]).lstrip("0"))
    wanted = LONG if conventions.decimals == "exact" else SHORT
    return digits >= wanted and abs(Fraction(decimal) - value) * 2 <= Fraction(1, 10 ** len(found[2]))


def is_float(decimal: str, value: Fraction) -> bool:
    """Whether a decimal is an irrational value as floating-point arithmetic gives it, wrong in its last digit."""
    found = DECIMAL.fullmatch(decimal)
    if found is None:
        return False
    digits = len((found[1] + found[2]).lstrip("0"))
    return digits >= LONG and abs(Fraction(decimal) - value) <= abs(value) * Fraction(10) ** (1 - min(digits, 16))


def key(text: str) -> str:
    """What two spellings of one answer have in common: no spaces, no text marks, words in one case."""
    bare = TEXT_COMMAND.sub(r"\1", text)
    if WORDS.fullmatch(bare.strip()):
        return " ".join(bare.casefold().replace(".", " ").split())
    return re.sub(r"(?<=\\[A-Za-z]) (?=[A-Za-z])|(?<=\d) (?=\d)", "\0", bare).replace(" ", "").replace("\0", " ")


def is_words(text: str) -> bool:
    r"""Whether an answer is words and no formula: ``ellipse``, ``\text{even}``."""
    bare = TEXT_COMMAND.sub(r" \1 ", text).strip()
    return (
        "\\" not in bare
        and re.search(r"[A-Za-z]{4}|[A-Za-z] [A-Za-z]{3}|^[A-Za-z]{3}$", bare) is not None
        and (WORDS.fullmatch(bare) is not None)
    )


def quantity(text: str, conventions: Conventions) -> Quantity:
    """A value and its unit in one spelling; the unit is empty where there is none."""
    for pattern in (SIGN_UNIT, TEXT_UNIT, BARE_UNIT):
        found = pattern.search(text)
        if found and not DENIAL.search(found[1]) and ENDS_A_VALUE.search(text[: found.start()].rstrip()):
            value, unit = text[: found.start()].rstrip(), _unit_name(found)
            if unit == "percent" and conventions.percent == "value":
                return Quantity(f"({value})/100", "")
            return Quantity(value, unit)
    return Quantity(text, "")


def _unit_name(found: re.Match[str]) -> str:
    written: list[str] = re.findall(r"[a-z]+|%|\^\{\\circ", found[1].lower())
    words = [word.removesuffix("s") if len(word) > 1 else word for word in written]
    named = [UNIT_NAMES.get(word, word) for word in words]
    power = (found[2] or "") if found.re is not SIGN_UNIT else ""
    if named and named[0] in ("square", "cubic"):
        power = "^{2}" if named.pop(0) == "square" else "^{3}"
    return " ".join(named) + power


def _same_numeral(reference: str, answer: str) -> bool | None:
    """Numerals with a base below them, such as 204_{5}."""
    first, second = NUMERAL.fullmatch(reference), NUMERAL.fullmatch(answer)
    if not first or not second:
        return None
    try:
        return int(first[1], int(first[2])) == int(second[1], int(second[2]))
    except ValueError:
        return False
