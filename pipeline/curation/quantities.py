"""Numbers and units among the words of a text, each in one spelling."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

__all__ = ["is_quantity", "with_plain_quantities"]

_SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_NUMBERS = {name: n for n, name in enumerate(_SMALL)} | _TENS
_MULTIPLES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_FACTORS = frozenset({"half", "twice", "thrice", "double", "triple", "quarter", "third", "dozen"})
"""Words that are numbers in all but spelling: a problem with another one of them is another problem."""
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_PLAIN_DIGITS = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?")
_LONGEST = 40
"""Digits of what is read as a number; a longer run is left as it stands."""

_UNITS = {
    "kilometer": "km kms kilometers kilometre kilometres",
    "centimeter": "cm cms centimeters centimetre centimetres",
    "millimeter": "mm millimeters millimetre millimetres",
    "meter": "meters metre metres",
    "mile": "mi miles",
    "foot": "ft feet",
    "inch": "inches",
    "yard": "yd yds yards",
    "kilogram": "kg kgs kilograms kilogramme kilogrammes",
    "milligram": "mg milligrams",
    "gram": "grams gramme grammes",
    "pound": "lb lbs pounds",
    "ounce": "oz ounces",
    "liter": "liters litre litres",
    "milliliter": "ml milliliters millilitre millilitres",
    "hour": "hr hrs hours",
    "minute": "min mins minutes",
    "second": "sec secs seconds",
    "day": "days",
    "week": "weeks",
    "month": "months",
    "year": "yr yrs years",
    "dollar": "usd dollars",
    "cent": "cents",
    "euro": "eur euros",
    "percent": "percents percentage",
    "degree": "degrees deg",
}
_UNIT = {alias: unit for unit, aliases in _UNITS.items() for alias in [unit, *aliases.split()]}
_AFTER_A_NUMBER = {"m": "meter", "g": "gram", "l": "liter", "h": "hour", "s": "second", "c": "cent"}
"""Letters that are a unit only behind a number, and there only where no formula goes on."""
_ABBREVIATED = frozenset({"mi", "ft", "yd", "oz", "min", "sec", "deg", "lb"})
"""Aliases that are words or functions of their own where no number stands before them."""
_RATES = {
    "kph": ["kilometer", "/", "hour"], "kmh": ["kilometer", "/", "hour"], "kmph": ["kilometer", "/", "hour"],
    "mph": ["mile", "/", "hour"], "rpm": ["revolution", "/", "minute"],
}  # fmt: skip
_POWERS = {"2": "square", "3": "cubic"}
_OPERATORS = frozenset("+-*/^=<>")
_COUNTING = _NUMBERS.keys() | _MULTIPLES.keys()
_NOTABLE = _UNIT.keys() | _AFTER_A_NUMBER.keys() | _RATES.keys() | _POWERS.keys() | {"per", "%", "sq"}
"""Words that may be another one for what stands beside them; most are not."""


def is_quantity(word: str) -> bool:
    """Whether a word, as ``with_plain_quantities`` leaves it, says how much."""
    return word[0].isdigit() or word in _FACTORS


def with_plain_quantities(words: Sequence[str]) -> list[str]:
    """The words with numbers as digits, units by their English name in the singular, and rates as ``UNIT / UNIT``."""
    return _units(_numbers(words))


def _numbers(words: Sequence[str]) -> list[str]:
    found: list[str] = []
    tens = False
    for word in words:
        if word not in _COUNTING and not word[0].isdigit():
            found.append(word)
        elif _DIGITS.fullmatch(word):
            found.append(word if _PLAIN_DIGITS.fullmatch(word) else _digits(word))
        elif tens and 0 < _NUMBERS.get(word, 0) < 10:
            found[-1] = str(int(found[-1]) + _NUMBERS[word])
        elif word in _NUMBERS:
            found.append(str(_NUMBERS[word]))
        elif word in _MULTIPLES and found and _DIGITS.fullmatch(found[-1]) and len(found[-1]) <= _LONGEST:
            found[-1] = _written(Decimal(found[-1]) * _MULTIPLES[word])
        else:
            found.append(word)
        tens = word in _TENS
    return found


def _digits(word: str) -> str:
    if len(word) > _LONGEST:
        return word
    try:
        return _written(Decimal(word))
    except InvalidOperation:
        return word


def _written(number: Decimal) -> str:
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _units(words: Sequence[str]) -> list[str]:
    found: list[str] = []
    for place, word in enumerate(words):
        if word not in _NOTABLE or not _joined(found, word):
            found.append(_unit(found, words, place) if word in _NOTABLE else word)
    return found


def _joined(found: list[str], word: str) -> bool:
    """Whether a word makes something of the words before it; then they are changed."""
    before = found[-1] if found else ""
    if word in _RATES:
        found.extend(_RATES[word])
    elif word == "cent" and before == "per":
        found[-1] = "percent"
    elif word in _POWERS and before == "^" and len(found) > 1 and found[-2] in _UNITS:
        found[-2:] = [_POWERS[word], found[-2]]
    else:
        return False
    return True


def _unit(found: Sequence[str], words: Sequence[str], place: int) -> str:
    """A word as the unit that it is behind what was found; itself, where it is none."""
    word = words[place]
    before = found[-1] if found else ""
    numbered = bool(before) and before[0].isdigit()
    in_unit = before in ("square", "cubic") or (before == "/" and len(found) > 1 and found[-2] in _UNITS)
    if word in _UNIT and (numbered or in_unit or word not in _ABBREVIATED):
        return _UNIT[word]
    if word in _AFTER_A_NUMBER and (in_unit or (numbered and not _goes_on(words, place))):
        return _AFTER_A_NUMBER[word]
    if word == "per" and before in _UNITS:
        return "/"
    return {"%": "percent", "sq": "square"}.get(word, word)


def _goes_on(words: Sequence[str], place: int) -> bool:
    """Whether a formula goes on behind a letter; a slash may also part two units."""
    following = words[place + 1] if place + 1 < len(words) else ""
    if following == "/":
        behind = words[place + 2] if place + 2 < len(words) else ""
        return behind not in _UNIT and behind not in _AFTER_A_NUMBER
    return following in _OPERATORS and not (following == "^" and words[place + 2 : place + 3] in (["2"], ["3"]))
