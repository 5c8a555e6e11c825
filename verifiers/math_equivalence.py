r"""The exact tier: answers that are the same text or the same rational number, with or without a unit.

Everything here takes text in the notation of math_notation. It decides by exact arithmetic, so 1/2004! is not
1/2006! however small both are; what it cannot decide it leaves open.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal, NamedTuple

from .exact_arithmetic import evaluate
from .math_units import Quantity, Unit, differ, quantity, unit_of

TEXT_COMMAND = re.compile(r"\\text\{([^{}]*)\}")
WORDS = re.compile(r"[A-Za-z][A-Za-z '.-]{2,}|no", re.IGNORECASE)
NUMERAL = re.compile(r"([0-9A-F]+)_\{ *(\d+) *\}", re.ASCII)
DECIMAL = re.compile(r"-?(\d*)\.(\d+)", re.ASCII)
LONG = 12
"""Significant digits with which a decimal stands for the number that it was rounded from."""
SHORT = 2
"""The same where rounded decimals count."""
PERCENT = unit_of("%")


NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
NAMED = {
    **{word: str(number) for number, word in enumerate(NUMBERS)},
    "all integers": "\\mathbb{Z}", "the integers": "\\mathbb{Z}", "all positive integers": "\\mathbb{N}",
    "all natural numbers": "\\mathbb{N}", "all rational numbers": "\\mathbb{Q}", "all complex numbers": "\\mathbb{C}",
}  # fmt: skip
"""What some words stand for."""


MAX_NOUNS = 2
TAKES_BACK = frozenset({"and", "or", "not", "nor", "but", "if", "unless", "neither"})


class Conventions(NamedTuple):
    """What graders do not agree on."""

    percent: Literal["ignore", "value"] = "ignore"
    units: Literal["optional", "required"] = "optional"
    decimals: Literal["exact", "rounded"] = "exact"


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
        return _says_more(key(reference), key(answer))
    if (numeral := _same_numeral(reference, answer)) is not None:
        return numeral
    first, second = measured(reference, conventions), measured(answer, conventions)
    if units_differ(first.unit, second.unit, conventions):
        return False
    if key(first.value) == key(second.value):
        return True
    left, right = evaluate(first.value), evaluate(second.value)
    if left is None or right is None:
        return None
    return left == right or is_rounded(first.value, right, conventions) or is_rounded(second.value, left, conventions)


def _says_more(reference: str, answer: str) -> bool:
    """Whether the words of an answer are the reference's with a noun or two behind them: an ``even function``."""
    rest = answer.removeprefix(f"{reference} ").split()
    return answer.startswith(f"{reference} ") and len(rest) <= MAX_NOUNS and not TAKES_BACK & set(rest)


def measured(text: str, conventions: Conventions) -> Quantity:
    """A value and its unit, a percent sign worked into the value where it is one."""
    found = quantity(text)
    if found.unit == PERCENT and conventions.percent == "value":
        return Quantity(f"({found.value})/100", Unit())
    return found


def units_differ(first: Unit, second: Unit, conventions: Conventions) -> bool:
    """Whether two units make two answers."""
    return (conventions.units == "required" and bool(first) != bool(second)) or differ(first, second)


def is_rounded(decimal: str, value: Fraction, conventions: Conventions) -> bool:
    """Whether a decimal is what the value is rounded to, where rounded decimals count.

    Never by an absolute difference: the digits count from the first that is not zero.
    """
    found = DECIMAL.fullmatch(decimal)
    if found is None or conventions.decimals == "exact":
        return False
    digits = len((found[1] + found[2]).lstrip("0"))
    return digits >= SHORT and abs(Fraction(decimal) - value) * 2 <= Fraction(1, 10 ** len(found[2]))


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
        words = " ".join(bare.casefold().replace(".", " ").split())
        return NAMED.get(words, words)
    return re.sub(r"(?<=\\[A-Za-z]) (?=[A-Za-z])|(?<=\d) (?=\d)", "\0", bare).replace(" ", "").replace("\0", " ")


def is_words(text: str) -> bool:
    r"""Whether an answer is words and no formula: ``ellipse``, ``\text{even}``."""
    bare = TEXT_COMMAND.sub(r" \1 ", text).strip()
    return (
        "\\" not in bare
        and re.search(r"[A-Za-z]{4}|[A-Za-z] [A-Za-z]{3}|^[A-Za-z]{3}$|^no$", bare, re.IGNORECASE) is not None
        and (WORDS.fullmatch(bare) is not None)
    )


def _same_numeral(reference: str, answer: str) -> bool | None:
    """Numerals with a base below them, such as 204_{5}."""
    first, second = NUMERAL.fullmatch(reference), NUMERAL.fullmatch(answer)
    if not first or not second:
        return None
    try:
        return int(first[1], int(first[2])) == int(second[1], int(second[2]))
    except ValueError:
        return False
