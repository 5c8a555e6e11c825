r"""Units behind a value: ``17 \text{ cm}``, ``60 km/h``, ``40^{\circ}``, ``18 eggs``; read, named alike, compared.

Measures that differ make two answers, whatever the factor between them. Words that are no measure only describe
the value, so one of two descriptions may say more than the other.
"""

from __future__ import annotations

import re
from typing import NamedTuple

WORD = r"[A-Za-z]+\.?(?:\^\{-?\d+\})?"
TEXT_UNIT = re.compile(r"\s*\\text\{((?:[^{}]|\^\{-?\d+\})*)\}(\^\{-?\d+\})?$", re.ASCII)
BARE_UNIT = re.compile(
    rf"(?<=[\d)}}]) +((?:[A-Za-z]{{2,}}\.?(?:\^\{{-?\d+\}})?|[A-Za-z](?= ?/))(?:[ /*-]+{WORD})*"
    r"|(?<=\d )[mgshNJWVACKL])$",
    re.ASCII,
)
SIGN_UNIT = re.compile(r"\s*(%|\^\{\\circ ?\}(?: ?[CF])?)$")
DENIAL = re.compile(r"\b(?:not|no|or|wrong|incorrect|false)\b", re.IGNORECASE)
"""Words behind a value that are no unit but take it back."""
TRIGONOMETRY = re.compile(r"\\(?:sin|cos|tan|cot|sec|csc)(?![A-Za-z])")
"""Before an angle: its degrees belong to it and are no unit of the whole."""
ENDS_A_VALUE = re.compile(r"(?:[\d})!]|\\pi ?)$", re.ASCII)
TOKEN = re.compile(r"[a-z]+|/|%|\^\{(-?\d+)\}")

SPELLINGS = {
    "percent": "% pct percentage", "degree": "deg", "meter": "m metre", "centimeter": "cm centimetre",
    "millimeter": "mm millimetre", "kilometer": "km kilometre", "inch": "in inche", "foot": "ft feet", "yard": "yd",
    "mile": "mi", "gram": "g", "kilogram": "kg", "milligram": "mg", "pound": "lb", "ounce": "oz", "ton": "tonne",
    "liter": "l litre", "milliliter": "ml millilitre", "gallon": "gal", "second": "s sec", "minute": "min",
    "hour": "h hr", "day": "", "week": "", "month": "", "year": "yr", "dollar": "usd", "cent": "¢", "euro": "eur",
    "sterling": "gbp", "yen": "jpy", "yuan": "rmb cny", "rupee": "inr", "radian": "rad", "newton": "n", "joule": "j",
    "watt": "w", "volt": "v", "ampere": "a amp", "ohm": "", "hertz": "hz", "pascal": "pa", "mole": "mol",
    "kelvin": "k", "celsius": "", "fahrenheit": "", "coulomb": "c", "square unit": "", "unit": "",
}  # fmt: skip
NAMES = {spelling: name for name, others in SPELLINGS.items() for spelling in (name, *others.split())}
"""The one name of every spelling of a measure."""
SPEEDS = {"mph": "mile / hour", "kph": "kilometer / hour", "kmh": "kilometer / hour", "kmph": "kilometer / hour"}
SCALES = {"c": "celsius", "f": "fahrenheit"}
FILLERS = frozenset({"a", "an", "the", "of", "each", "every", "in", "total", "exactly", "about", "unit", "square unit"})
COUNTS = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
"""Powers of ten that belong to the value."""
SHORT = frozenset({*NAMES, *SPEEDS, *FILLERS, "per", "sq", "cu", "to", "or"})
"""Words of one or two letters that are no product of variables."""
POWERS = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
RAISED = {"squared": 2, "cubed": 3}


class Unit(NamedTuple):
    """A unit: measures with their powers, and the words that are none."""

    measures: tuple[tuple[str, int], ...] = ()
    words: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.measures or self.words)


class Quantity(NamedTuple):
    """A value with the unit behind it, which is empty where there is none."""

    value: str
    unit: Unit


def quantity(text: str) -> Quantity:
    """A text in canonical notation as a value and its unit."""
    for pattern in (SIGN_UNIT, TEXT_UNIT, BARE_UNIT):
        found = pattern.search(text)
        if found is None or DENIAL.search(found[1]):
            continue
        value = text[: found.start()].rstrip()
        if pattern is SIGN_UNIT and TRIGONOMETRY.search(value):
            break
        if ENDS_A_VALUE.search(value) and (pattern is not BARE_UNIT or _is_word(found[1])):
            power = found[2] or "" if pattern is TEXT_UNIT else ""
            return _counted(value, unit_of(found[1] + power))
    return Quantity(text, Unit())


def _is_word(text: str) -> bool:
    """Whether what stands behind a value is a word, and no product of variables."""
    first = re.split(r"[^A-Za-z]", text, maxsplit=1)[0].lower()
    return first in SHORT or (len(first) > 2 and re.search(r"[aeiouy]", first) is not None)


def _counted(value: str, unit: Unit) -> Quantity:
    """The quantity with ``million`` made a part of its value."""
    counts = unit.words & COUNTS.keys()
    if not counts:
        return Quantity(value, unit)
    zeros = sum(COUNTS[count] for count in counts)
    return Quantity(f"({value})*10^{{{zeros}}}", Unit(unit.measures, unit.words - counts))


def unit_of(text: str) -> Unit:
    """The unit that words and signs name."""
    measures: dict[str, int] = {}
    words: set[str] = set()
    sign, ahead, last = 1, 1, ""
    for token in TOKEN.finditer(_spelled_out(text)):
        word = token[0]
        if token[1] or word in RAISED:
            if last in measures:
                power = int(token[1]) if token[1] else RAISED[word]
                measures[last] += (abs(measures[last]) // measures[last]) * (power - 1) if measures[last] else 0
        elif word in ("/", "per"):
            sign = -1
        elif word in POWERS:
            ahead = POWERS[word]
        else:
            last = _named(word)
            if last in SPELLINGS and last not in FILLERS:
                measures[last] = measures.get(last, 0) + sign * ahead
            elif last not in FILLERS:
                words.add(last)
            ahead = 1
    return Unit(tuple(sorted(measures.items())), frozenset(words))


def differ(first: Unit, second: Unit) -> bool:
    """Whether two units make two answers."""
    if first.measures and second.measures:
        return first.measures != second.measures
    return bool(first.words and second.words and not (first.measures or second.measures)) and not (
        first.words <= second.words or second.words <= first.words
    )


def _spelled_out(text: str) -> str:
    text = re.sub(r"\^\{\\circ ?\}", " degree ", text.lower())
    text = re.sub(r"degrees? *(celsius|fahrenheit)|degree *([cf])$", lambda found: found[1] or SCALES[found[2]], text)
    return re.sub(r"\b(?:mph|kph|kmh|kmph)\b", lambda found: SPEEDS[found[0]], text)


def _named(word: str) -> str:
    """One name for all spellings, in the singular."""
    if word in NAMES:
        return NAMES[word]
    single = word.removesuffix("s") if len(word) > 2 else word
    return NAMES.get(single, single)
