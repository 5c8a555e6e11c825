# ruff: noqa: RUF001 - minus signs and times signs as models write them
r"""Finds the numeric equalities in prose and LaTeX and works them out exactly: ``48/2 = 24``, ``3 x (4 + 5) = 27``.

Made to be right when it calls something wrong: whatever may mean more than it shows (a variable, a unit, a mixed
number, a remainder, a question, another base) is left out. One pass over the text with one linear pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from .exact_arithmetic import TooLarge, evaluate
from .rounding import MAX_BITS, Side, agree

MAX_LINE = 5_000
MAX_TOKENS = 200
"""Tokens of one chain; a longer one is no step that a person wrote."""

TOKEN = re.compile(
    r"(?P<number>(?:\d{1,3}(?:(?:,|\{,\})\d{3}){1,12}+(?!,?\d)|\d+)(?:\.\d+)?|\.\d+)"
    r"|(?P<other>[<>!=:]=+|=>|<<|>>|\*{2,}(?!\d)|(?<!\d)\*{2,})"
    r"|(?P<equals>=|≈|\\approx(?![A-Za-z]))"
    r"|(?P<operator>\*\*|[-−–+*/×÷·^]|\\(?:times|cdot|div)(?![A-Za-z])|(?<=[\d) ])[xX](?= ?[\d($]))"
    r"|(?P<bracket>[(){}]|\\[dt]?frac(?![A-Za-z]))"
    r"|(?P<percent>\\?%)"
    r"|(?P<space>[ \t]+|\\?[$£€]|\\(?:left|right|displaystyle)(?![A-Za-z])|\\[,;!:()\[\]])"
    r"|(?P<word>\\?[A-Za-z]+)|(?P<sign>.)",
    re.ASCII,
)
OPERATORS = {
    "×": "*", "·": "*", "x": "*", "X": "*", "\\times": "*", "\\cdot": "*", "÷": "/", "\\div": "/", "−": "-",
    "–": "-", "**": "^",
}  # fmt: skip
BULLET = re.compile(r"\s*(?:[-*+•]|\(?\d{1,3}[.)])\s+")
HYPOTHETICAL = re.compile(
    r"\b(?:if|suppose|assume|assuming|incorrect|wrong|false|not|isn't|doesn't|instead|mod|modulo|base|binary|hex)\b|≠|\\neq?\b|\\p?mod|\\equiv",
    re.IGNORECASE,
)
BINDS_TO_THE_RIGHT = re.compile(
    r"of|off|than|times|minus|plus|half|twice|thrice|double|triple|quarter|third|per|by|over|from|log|ln|sqrt|sin|cos|tan"
    r"|gcd|lcm|max|min|floor|round|less|more|squared|cubed|divided|multiplied|sum|difference|product",
    re.IGNORECASE,
)
"""Words before a chain that would be part of its first side."""
BINDS_TO_THE_LEFT = re.compile(
    r"r|rem|remainder|with|mod|modulo|hundreds?|thousands?|[mb]illions?|trillions?|dozens?|k|m|b|percent|cents?|am|pm|o"
    r"|and|pi|squared|cubed|times|plus|minus|of|base|in|pairs",
    re.IGNORECASE,
)
"""Words after a chain that change its last number."""
CONTINUED = re.compile(r"\d(?:,| and|, and) ?$|(?:^|\s)\. ?$", re.ASCII)
"""Before a chain: the number that it starts with began there (``1 and 1/4``, a list, a misplaced point)."""
UNIT_FACTORS = frozenset({2, 3, 4, 7, 8, 10, 12, 16, 24, 30, 36, 52, 60, 100, 144, 365, 1000, 3600, 5280})
"""Factors between units: ``30 * 2 = 1 hour`` is no mistake."""
ALLOWED_BEFORE = frozenset([*".,:;!?\"'([-–—>•~#|", "<<", ">>", "**"])
"""Signs before a chain that do not belong to its first side."""


class Equation(NamedTuple):
    """One equality with its place."""

    line: int
    text: str
    right: bool


@dataclass
class _Chain:
    """Arithmetic tokens in a row, with what stands around them."""

    start: int
    before: str
    glued_before: bool
    tokens: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    end: int = 0


def equations(text: str) -> Iterator[Equation]:
    """Every equality in a text that can be worked out."""
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) <= MAX_LINE and ("=" in line or "≈" in line or "\\approx" in line):
            bullet = BULLET.match(line)
            yield from _in_line(number, line[bullet.end() :] if bullet else line)


def _in_line(number: int, line: str) -> Iterator[Equation]:
    for chain in _chains(line):
        yield from _check(number, line, chain)


def _chains(line: str) -> Iterator[_Chain]:
    """Runs of arithmetic tokens that hold an equals sign."""
    chain: _Chain | None = None
    before, before_end = "", 0
    for match in TOKEN.finditer(line):
        kind, token = match.lastgroup or "", match[0]
        if kind == "space":
            continue
        if kind in ("word", "sign", "other"):
            if chain and _has_equals(chain):
                yield chain
            chain, before, before_end = None, token, match.end()
            continue
        if chain is None:
            chain = _Chain(match.start(), before, bool(before) and before_end == match.start())
        chain.tokens.append((kind, OPERATORS.get(token, token)))
        chain.end = match.end()
    if chain and _has_equals(chain):
        yield chain


def _has_equals(chain: _Chain) -> bool:
    return len(chain.tokens) <= MAX_TOKENS and any(kind == "equals" for kind, _ in chain.tokens)


def _check(number: int, line: str, chain: _Chain) -> Iterator[Equation]:
    sides, signs = _sides(chain)
    if not _stands_alone(chain) or CONTINUED.search(line[: chain.start]):
        sides[0] = None
    following = line[chain.end :]
    if not _ends_alone(following):
        sides[-1] = None
    doubtful = HYPOTHETICAL.search(_sentence_start(line[: chain.start])) or HYPOTHETICAL.search(following[:30])
    if sides[0] is not None and sides[0].is_number:
        sides[0] = None  # a lone number belongs to the words before it: "half of 40 = 20"
    for left, right, sign in zip(sides, sides[1:], signs, strict=False):
        if left is None or right is None or (left.is_number and right.is_number):
            continue
        agrees = agree(left, right, sign != "=")
        if not agrees and (doubtful or _explained(left, right, following)):
            continue
        yield Equation(number, f"{left.text} {sign} {right.text}".replace(" %", "%"), agrees)


def _sides(chain: _Chain) -> tuple[list[Side | None], list[str]]:
    groups: list[list[tuple[str, str]]] = [[]]
    signs: list[str] = []
    for kind, token in chain.tokens:
        if kind == "equals":
            signs.append("=" if token == "=" else "≈")
            groups.append([])
        else:
            groups[-1].append((kind, token))
    groups[0] = _balanced(groups[0], first=True)
    groups[-1] = _balanced(groups[-1], first=False)
    return [_side(group) for group in groups], signs


def _balanced(group: list[tuple[str, str]], *, first: bool) -> list[tuple[str, str]]:
    """Without the brackets around a whole chain, as in ``(3 + 4 = 7)``."""
    texts = [token for _, token in group]
    extra = texts.count("(") - texts.count(")")
    while first and extra > 0 and group and group[0][1] == "(":
        group, extra = group[1:], extra - 1
    while not first and extra < 0 and group and group[-1][1] == ")":
        group, extra = group[:-1], extra + 1
    return group


def _side(group: list[tuple[str, str]]) -> Side | None:
    kinds = [kind for kind, _ in group]
    if any(first == second == "number" for first, second in pairwise(kinds)):
        return None  # a mixed number or a list
    if any(kind == "number" and re.match(r"0\d", token) for kind, token in group):
        return None  # a time of day or a code
    tokens = [re.sub(r"[{},]", "", token) if kind == "number" else token for kind, token in group]
    text = " ".join(
        token.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac").replace("\\%", "%") for token in tokens
    )
    try:
        value = evaluate(text, MAX_BITS)
    except TooLarge:
        return None
    signed = kinds[1:] if kinds[:1] == ["operator"] else kinds
    return None if value is None else Side(text, value, signed in (["number"], ["number", "percent"]))


def _stands_alone(chain: _Chain) -> bool:
    """Whether nothing before the chain belongs to its first side."""
    before = chain.before
    first = chain.tokens[0][1]
    if first in ("+", "-") and before:
        return False
    if not before:
        return True
    if before[-1].isalpha():
        return not (chain.glued_before or before.startswith("\\") or (len(before) == 1 and before not in "aAI")) and (
            not BINDS_TO_THE_RIGHT.fullmatch(before)
        )
    return before in ALLOWED_BEFORE


def _ends_alone(following: str) -> bool:
    """Whether nothing after the chain belongs to its last side."""
    if re.match(r"[A-Za-z_²³°]|:\d|\.\d|,\d|!(?! |$)", following):
        return False
    word = re.match(r"[\s$\\(\[{-]*([A-Za-z]+)", following)
    return word is None or not BINDS_TO_THE_LEFT.fullmatch(word[1])


def _sentence_start(before: str) -> str:
    """What stands before the chain in its own sentence."""
    end = max(before.rfind(mark) for mark in (". ", "; ", "! ", "? "))
    return before[end + 1 :] if end >= 0 else before


def _explained(left: Side, right: Side, following: str) -> bool:
    """Whether a difference may be meant: a question, a change of unit, a running total, a range, a percentage."""
    if following.lstrip(" )").startswith("?"):
        return True
    if "%" in left.text and re.search(r"[+-]", left.text):
        return True  # "100 - 20%" may mean a fifth less
    if re.search(r"/ [\d.]+ /", left.text + " = " + right.text):
        return True  # "25 / 1/3" may mean 25 thirds of one
    if re.fullmatch(r"\d+ - \d+", left.text) and left.value < 0 < right.value:
        return True  # "weeks 1-2"
    first = re.match(r"[\d.]+", right.text)
    if not right.is_number and first and evaluate(first[0], MAX_BITS) == left.value:
        return True  # "5 + 3 = 8 * 2 = 16" runs on
    if re.match(r"\s*[A-Za-z]", following) and left.value and right.value:
        ratio = abs(left.value / right.value)
        return ratio in UNIT_FACTORS or (1 / ratio) in UNIT_FACTORS
    return False
