"""Values of formulas at a point: exact fractions as long as they stay rational, else 60 digits. Bounded and pure.

No value is rounded to an absolute size: two are the same when they are the same fraction, or agree in 45 digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from .exact_arithmetic import TooLarge
from .math_functions import (
    MAX_BITS,
    MAX_MAGNITUDE,
    NAMES_IN_MPMATH,
    NOISE,
    OPERATIONS,
    PERIODIC,
    TOLERANCE,
    Undefined,
    Value,
    context,
    ln,
    moderate,
    periodic,
    ratio_of,
    wide_of,
)
from .math_tree import Call, Node, Number, Symbol

MAX_OPERATIONS = 20_000


def close(left: Value, right: Value) -> bool:
    """Whether two values are equal, relative to their size."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left == right
    left, right = wide_of(left), wide_of(right)
    return bool(abs(left - right) <= wide_of(TOLERANCE) * max(abs(left), abs(right)))


def fraction_of(value: Value) -> Fraction:
    """A real value as an exact fraction."""
    if isinstance(value, Fraction):
        return value
    mantissa, exponent = context().frexp(value)
    return Fraction(int(mantissa * 2**256)) * Fraction(2) ** (int(exponent) - 256)


class Evaluator:
    """Works out formulas at one point."""

    def __init__(self, point: Mapping[str, Fraction], log_base: int | None = None) -> None:
        self._point = point
        self._log_base = log_base
        self._mp = context()
        self._left = MAX_OPERATIONS

    def value(self, node: Node) -> Value:
        """The value.

        Raises:
            Undefined: there is none, such as at a pole.
            TooLarge: it has too many digits.
        """
        if isinstance(node, Number):
            return node.value
        if isinstance(node, Symbol):
            return self._symbol(node.name)
        self._left -= 1
        if self._left < 0:
            raise TooLarge
        values = [self.value(child) for child in node.of]
        try:
            return self._bounded(self._apply(node, values))
        except (ZeroDivisionError, ValueError, OverflowError) as error:
            raise Undefined from error

    def _symbol(self, name: str) -> Value:
        if name in self._point:
            return self._point[name]
        if name == "i":
            return self._mp.mpc(0, 1)
        return +self._mp.pi if name == "\\pi" else +self._mp.e

    def _apply(self, node: Call, values: list[Value]) -> Value:
        if node.name == "log":
            return self._log(*values)
        if node.name in OPERATIONS:
            return OPERATIONS[node.name](*values)
        if node.name in PERIODIC:
            return periodic(node.name, values[0])
        return getattr(self._mp, NAMES_IN_MPMATH[node.name])(moderate(values[0]))

    def _log(self, value: Value, base: Value | None = None) -> Value:
        if base is None:
            return ln(value) if self._log_base is None else ratio_of(ln(value), ln(Fraction(self._log_base)))
        return ratio_of(ln(value), ln(base))

    def _bounded(self, value: Value) -> Value:
        if isinstance(value, Fraction):
            return value if _bits(value) <= MAX_BITS else wide_of(value)
        if isinstance(value, self._mp.mpc):
            if abs(value.imag) <= abs(value.real) * wide_of(NOISE):
                value = value.real
            elif abs(value.real) <= abs(value.imag) * wide_of(NOISE):
                value = self._mp.mpc(0, value.imag)
        if not self._mp.isfinite(value):
            raise Undefined
        if value and abs(self._mp.mag(value)) > MAX_MAGNITUDE:
            raise TooLarge
        return value


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()
