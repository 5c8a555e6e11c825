"""The operations and functions of formulas on single values: exact fractions where they stay so, else 60 digits."""

from __future__ import annotations

import importlib
import math
import operator
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .exact_arithmetic import TooLarge, factorial_of
from .math_tokens import HYPERBOLIC, TRIGONOMETRIC

DIGITS = 60
TOLERANCE = Fraction(1, 10**45)
NOISE = Fraction(1, 10**50)
"""What is left of a sum, relative to its terms, when they cancel."""
MAX_BITS = 4_096
"""Size of an exact value; a larger one goes on with 60 digits."""
MAX_MAGNITUDE = 100_000
"""Of the binary logarithm of a value."""
Value = Any
"""A Fraction, or a real or complex number of mpmath."""


class Undefined(ArithmeticError):
    """The formula has no value at this point."""


_local = threading.local()


def context() -> Any:
    """The arithmetic of this thread: mpmath's contexts are not to be shared."""
    if not hasattr(_local, "mp"):
        _local.mp = importlib.import_module("mpmath").MPContext()
        _local.mp.dps = DIGITS
    return _local.mp


def is_real(value: Value) -> bool:
    """Whether a value has no imaginary part."""
    return isinstance(value, Fraction | context().mpf)


def wide_of(value: Value) -> Any:
    """A fraction as a number of 60 digits."""
    if isinstance(value, Fraction):
        mp = context()
        return mp.mpf(value.numerator) / value.denominator
    return value


def moderate(value: Value) -> Any:
    """An argument that a function works out in a moment.

    Raises:
        TooLarge: it is none.
    """
    wide = wide_of(value)
    if wide and context().mag(wide) > 400:
        raise TooLarge
    return wide


def _add(left: Value, right: Value) -> Value:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left + right
    left, right = wide_of(left), wide_of(right)
    total = left + right
    return Fraction(0) if abs(total) <= wide_of(NOISE) * max(abs(left), abs(right)) else total


def _multiply(left: Value, right: Value) -> Value:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left * right
    return Fraction(0) if left == 0 or right == 0 else wide_of(left) * wide_of(right)


def ratio_of(left: Value, right: Value) -> Value:
    """The quotient of two values.

    Raises:
        Undefined: the divisor is zero.
    """
    if right == 0:
        raise Undefined
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left / right
    return Fraction(0) if left == 0 else wide_of(left) / wide_of(right)


def _power(base: Value, exponent: Value) -> Value:
    if base == 0:
        if not is_real(exponent) or exponent <= 0:
            raise Undefined
        return Fraction(0)
    if isinstance(exponent, Fraction):
        if exponent.denominator == 1:
            return _whole_power(base, exponent.numerator)
        if is_real(base) and exponent.denominator % 2 and base < 0:
            # The real root, as schools take it, and not the principal one.
            root = _power(-base, exponent)
            return -root if exponent.numerator % 2 else root
        if isinstance(base, Fraction) and (exact := _exact_root(base, exponent.denominator)) is not None:
            return _whole_power(exact, exponent.numerator)
    mp = context()
    wide, power = wide_of(base), wide_of(exponent)
    if mp.mag(power) > 40 or abs(mp.mag(wide) * abs(power)) > 2 * MAX_MAGNITUDE:
        raise TooLarge
    return mp.power(wide, power)


def _whole_power(base: Value, power: int) -> Value:
    if isinstance(base, Fraction):
        if abs(base) == 1:
            return base if power % 2 else Fraction(1)
        if max(base.numerator.bit_length(), base.denominator.bit_length()) * abs(power) <= MAX_BITS:
            return base**power
    mp = context()
    wide = wide_of(base)
    if abs(power) > 4 * MAX_MAGNITUDE or abs(mp.mag(wide) * power) > 2 * MAX_MAGNITUDE:
        raise TooLarge
    return wide**power


def _exact_root(value: Fraction, degree: int) -> Fraction | None:
    """The root where it is rational."""
    if value < 0 or degree > 64:
        return None
    roots: list[int] = []
    for whole in (value.numerator, value.denominator):
        root = math.isqrt(whole) if degree == 2 else int(context().nint(context().root(whole, degree)))
        if root**degree != whole:
            return None
        roots.append(root)
    return Fraction(roots[0], roots[1])


def _root(value: Value, degree: Value) -> Value:
    return _power(value, ratio_of(Fraction(1), degree))


def ln(value: Value) -> Value:
    """The natural logarithm, complex for a negative value.

    Raises:
        Undefined: the value is zero.
    """
    if value == 0:
        raise Undefined
    return Fraction(0) if value == 1 else context().ln(wide_of(value))


def _exp(value: Value) -> Value:
    wide = wide_of(value)
    if wide and context().mag(wide) > 16:
        raise TooLarge
    return context().exp(wide)


def periodic(name: str, value: Value) -> Value:
    """A trigonometric function; what is left at its zeros is zero, and at its poles it has no value."""
    if value == 0 and name in ("sin", "tan"):
        return Fraction(0)
    found = getattr(context(), name)(moderate(value))
    if abs(found) > 1 / wide_of(NOISE):
        raise Undefined
    return Fraction(0) if abs(found) < wide_of(NOISE) and abs(value) > TOLERANCE else found


def _whole(value: Value) -> int:
    """A value as the whole number that it is.

    Raises:
        Undefined: it is none.
    """
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    if is_real(value) and not isinstance(value, Fraction):
        nearest = context().nint(moderate(value))
        if abs(value - nearest) <= wide_of(TOLERANCE) * max(1, abs(value)):
            return int(nearest)
    raise Undefined


def _floor(value: Value) -> Value:
    if not is_real(value):
        raise Undefined
    if isinstance(value, Fraction):
        return Fraction(math.floor(value))
    try:
        return Fraction(_whole(value))
    except Undefined:
        return Fraction(int(context().floor(moderate(value))))


def _factorial(value: Value) -> Value:
    if isinstance(value, Fraction) and value.denominator == 1:
        if value < 0:
            raise Undefined
        return factorial_of(value, 40_000)
    return _gamma(_add(value, Fraction(1)))


def _double_factorial(value: Value) -> Value:
    whole = _whole(value)
    if not 0 <= whole <= 2_000:
        raise Undefined if whole < 0 else TooLarge
    return Fraction(math.prod(range(whole, 0, -2)))


def _gamma(value: Value) -> Value:
    wide = wide_of(value)
    if context().mag(wide) > 14:
        raise TooLarge
    return context().gamma(wide)


def _binomial(top: Value, bottom: Value) -> Value:
    try:
        n, k = _whole(top), _whole(bottom)
    except Undefined:
        return context().binomial(moderate(top), moderate(bottom))
    if n < 0 or k < 0:
        raise Undefined
    if min(k, n - k) > 5_000 or n > 10**9:
        raise TooLarge
    return Fraction(math.comb(n, k))


def _modulo(value: Value, modulus: Value) -> Value:
    return Fraction(_whole(value) % _whole(modulus))


def _sign(value: Value) -> Value:
    if not is_real(value):
        raise Undefined
    return Fraction((value > 0) - (value < 0))


def _percent(value: Value) -> Value:
    return ratio_of(value, Fraction(100))


def _cube_root(value: Value) -> Value:
    return _power(value, Fraction(1, 3))


def _common_log(value: Value) -> Value:
    return ratio_of(ln(value), ln(Fraction(10)))


def _ceiling(value: Value) -> Value:
    return -_floor(-value)


def _real_part(value: Value) -> Value:
    return value if is_real(value) else value.real


def _imaginary_part(value: Value) -> Value:
    return Fraction(0) if is_real(value) else value.imag


def _conjugate(value: Value) -> Value:
    return value if is_real(value) else value.conjugate()


def _of_reals(choose: Callable[..., Value]) -> Callable[..., Value]:
    def chosen(*values: Value) -> Value:
        if not all(map(is_real, values)):
            raise Undefined
        return choose(values, key=wide_of)

    return chosen


def _of_wholes(choose: Callable[..., int]) -> Callable[..., Value]:
    return lambda *values: Fraction(choose(*map(_whole, values)))


OPERATIONS: dict[str, Callable[..., Value]] = {
    "+": _add,
    "*": _multiply,
    "/": ratio_of,
    "^": _power,
    "neg": operator.neg,
    "%": _percent,
    "!": _factorial,
    "!!": _double_factorial,
    "root": _root,
    "cbrt": _cube_root,
    "exp": _exp,
    "ln": ln,
    "lg": _common_log,
    "abs": abs,
    "floor": _floor,
    "ceil": _ceiling,
    "gamma": _gamma,
    "binom": _binomial,
    "mod": _modulo,
    "sign": _sign,
    "re": _real_part,
    "im": _imaginary_part,
    "conjugate": _conjugate,
    "max": _of_reals(max),
    "min": _of_reals(min),
    "gcd": _of_wholes(math.gcd),
    "lcm": _of_wholes(math.lcm),
}
PERIODIC = frozenset(TRIGONOMETRIC)
NAMES_IN_MPMATH = {
    **{f"arc{name}": f"a{name}" for name in (*TRIGONOMETRIC, *HYPERBOLIC)},
    **{name: name for name in (*HYPERBOLIC, "coth", "sech", "csch")},
}
"""Functions of mpmath that need no care, by their names here."""
