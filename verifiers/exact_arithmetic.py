r"""Exact values of arithmetic written out: fractions in, a fraction out, and never an evaluation of text as code.

Understands numbers (``1.5``, ``.5``, ``2e-3``), ``+ - * / ^ !``, percent signs, brackets, ``\frac{a}{b}`` and
multiplication by juxtaposition of brackets. Every size is bounded, so hostile text costs microseconds.
"""

from __future__ import annotations

import functools
import math
import re
from fractions import Fraction

MAX_LENGTH = 2_000
MAX_DIGITS = 2_000
MAX_BITS = 40_000
MAX_DEPTH = 40

TOKEN = re.compile(r"\s*(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\\frac|[-+*/^!%(){}])", re.ASCII)
OPENING = {"(": ")", "{": "}"}


class TooLarge(Exception):
    """The value has more digits than anybody could check."""


class _NotArithmetic(Exception):
    """The text is something else."""


@functools.lru_cache(maxsize=512)
def evaluate(text: str, max_bits: int = MAX_BITS) -> Fraction | None:
    """The exact value, or null where the text is not plain arithmetic or divides by zero.

    Args:
        text: the arithmetic.
        max_bits: size of numerator and denominator together, of the value and of every step to it.

    Raises:
        TooLarge: it is arithmetic, but too long or too large to be worked out.
    """
    if len(text) > MAX_LENGTH:
        raise TooLarge
    try:
        return _Reader(_tokens(text), max_bits).read()
    except (_NotArithmetic, ZeroDivisionError):
        return None


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = TOKEN.match(text, position)
        if match is None:
            raise _NotArithmetic
        found.append(match[1])
        position = match.end()
    return found


class _Reader:
    """Recursive descent; the depth counts open brackets, powers and signs."""

    def __init__(self, tokens: list[str], max_bits: int) -> None:
        self._tokens = tokens
        self._max_bits = max_bits
        self._at = 0
        self._depth = 0

    def read(self) -> Fraction:
        value = self._sum()
        if self._at != len(self._tokens):
            raise _NotArithmetic
        return value

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        token = self._next()
        if token not in wanted:
            return ""
        self._at += 1
        return token

    def _sum(self) -> Fraction:
        self._deeper()
        value = self._product()
        while sign := self._take("+", "-"):
            term = self._product()
            value = self._bounded(value + term if sign == "+" else value - term)
        self._depth -= 1
        return value

    def _product(self) -> Fraction:
        value = self._signed()
        while True:
            if self._next() in OPENING or self._next() == "\\frac":
                value = self._bounded(value * self._power())
            elif not (sign := self._take("*", "/")):
                return value
            else:
                factor = self._signed()
                value = self._bounded(value * factor if sign == "*" else value / factor)

    def _signed(self) -> Fraction:
        negative = False
        while sign := self._take("+", "-"):
            negative ^= sign == "-"
        value = self._power()
        return -value if negative else value

    def _power(self) -> Fraction:
        value = self._postfix()
        if not self._take("^"):
            return value
        self._deeper()
        exponent = self._signed()
        self._depth -= 1
        return _power(value, exponent, self._max_bits)

    def _postfix(self) -> Fraction:
        value = self._atom()
        if self._take("!"):
            value = factorial_of(value, self._max_bits)
            if self._next() == "!":  # a double factorial is another function
                raise _NotArithmetic
        return value / 100 if self._take("%") else value

    def _atom(self) -> Fraction:
        if opening := self._take("(", "{"):
            return self._bracket(OPENING[opening])
        if self._take("\\frac"):
            return self._group() / self._group()
        token = self._next()
        if not (token[:1].isdigit() or token[:1] == "."):
            raise _NotArithmetic
        self._at += 1
        return number_of(token)

    def _group(self) -> Fraction:
        if not self._take("{"):
            raise _NotArithmetic
        return self._bracket("}")

    def _bracket(self, closing: str) -> Fraction:
        value = self._sum()
        if not self._take(closing):
            raise _NotArithmetic
        return value

    def _bounded(self, value: Fraction) -> Fraction:
        if value.numerator.bit_length() + value.denominator.bit_length() > self._max_bits:
            raise TooLarge
        return value

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TooLarge


def number_of(token: str) -> Fraction:
    """A number as it is written.

    Raises:
        TooLarge: it has too many digits.
    """
    digits, _, exponent = token.lower().partition("e")
    if len(digits) > MAX_DIGITS or len(exponent) > 6 or abs(int(exponent or 0)) > MAX_DIGITS:
        raise TooLarge
    return Fraction(token)


def _power(base: Fraction, exponent: Fraction, max_bits: int) -> Fraction:
    if exponent.denominator != 1:
        raise _NotArithmetic
    power = exponent.numerator
    if base in (0, 1):
        return base**power if power >= 0 or base else base / 0
    if max(base.numerator.bit_length(), base.denominator.bit_length()) * abs(power) > max_bits:
        raise TooLarge
    return base**power


def factorial_of(value: Fraction, max_bits: int) -> Fraction:
    """The factorial of a whole number.

    Raises:
        TooLarge: it has more than ``max_bits``.
    """
    if value.denominator != 1 or value < 0:
        raise _NotArithmetic
    if value > max_bits or math.lgamma(value + 1) / math.log(2) > max_bits:
        raise TooLarge
    return Fraction(math.factorial(value.numerator))
