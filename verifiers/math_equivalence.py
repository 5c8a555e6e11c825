r"""The exact tier: answers that are the same text or the same rational number, with or without a unit.

Everything here takes text in the notation of math_notation. It decides by exact arithmetic, so 1/2004! is not
1/2006! however small both are; what it cannot decide it leaves open.
"""

from __future__ import annotations

import re
from typing import NamedTuple

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
UNIT_NAMES = {
    "%": "percent", "pct": "percent", "percentage": "percent", "^{\\circ": "degree", "deg": "degree",
    "cm": "centimeter", "mm": "millimeter", "km": "kilometer", "m": "meter", "metre": "meter", "in": "inch",
    "inche": "inch", "ft": "foot", "feet": "foot", "kg": "kilogram", "g": "gram", "lb": "pound", "l": "liter",
    "hr": "hour", "h": "hour", "min": "minute", "sec": "second", "s": "second", "centimetre": "centimeter",
    "kilometre": "kilometer", "litre": "liter", "sq": "square",
}  # fmt: skip
"""Spellings of one unit; others are compared as they stand."""


class Quantity(NamedTuple):
    """A value with the unit behind it, if there is one."""

    value: str
    unit: str


def exactly_equal(reference: str, answer: str) -> bool | None:
    """Whether two answers in canonical notation are equal; null if text and rational arithmetic cannot tell.

    A unit may be missing on either side; two units that differ make two answers.

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
    first, second = split_unit(reference), split_unit(answer)
    if first.unit and second.unit and first.unit != second.unit:
        return False
    if key(first.value) == key(second.value):
        return True
    left, right = evaluate(first.value), evaluate(second.value)
    return None if left is None or right is None else left == right


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


def split_unit(text: str) -> Quantity:
    """A value and its unit in one spelling; the unit is empty where there is none."""
    for pattern in (SIGN_UNIT, TEXT_UNIT, BARE_UNIT):
        found = pattern.search(text)
        if found and not DENIAL.search(found[1]) and ENDS_A_VALUE.search(text[: found.start()].rstrip()):
            return Quantity(text[: found.start()].rstrip(), _unit_name(found))
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
