r"""What the worker process of math_worker runs: symbolic comparison of two formulas, one JSON line each way.

The LaTeX goes through the ANTLR grammar that math-verify uses, never through an evaluating parser. Formulas are
held against each other by exact substitution and 60 digits, relative to their size, and never by an absolute
difference. Run as ``python -m tracestill.verifiers.math_symbolic MEGABYTES SECONDS``; ends when its input does.
"""

from __future__ import annotations

import functools
import importlib
import json
import logging
import re
import resource
import sys
from typing import Any

DIGITS = 60
TOLERANCE = 1e-45
POINTS = ("0.73205", "1.61043", "2.27118", "-0.58917", "-1.83311", "3.14771", "9.42663", "-7.21945")
"""Where formulas with variables are compared; each variable takes a different point."""
MAX_SYMBOLS = 12


def main() -> None:
    """Answer requests until the input ends."""
    limit = int(sys.argv[1]) << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    logging.disable(logging.CRITICAL)
    out, sys.stdout = sys.stdout, sys.stderr
    _libraries()
    out.write('{"ready": true}\n')
    out.flush()
    for line in sys.stdin:
        _limit_cpu(int(sys.argv[2]))
        try:
            answer = _answer(json.loads(line))
        except (Exception, MemoryError, RecursionError) as error:  # noqa: BLE001 - whatever sympy meets in hostile text
            answer = {"equal": None, "unread": None, "why": type(error).__name__}
        out.write(json.dumps(answer) + "\n")
        out.flush()


def _limit_cpu(seconds: int) -> None:
    """Have the kernel end this process if its parent is killed in the middle of an endless comparison."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds + 2
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    formulas: dict[str, list[Any]] = {}
    for side in ("reference", "answer"):
        try:
            formulas[side] = [_formula(text) for text in request[side]]
        except Exception as error:  # noqa: BLE001 - the grammar raises whatever it likes
            return {"equal": None, "unread": side, "why": type(error).__name__}
    first, second = formulas["reference"], formulas["answer"]
    if request["relation"]:
        equal = _same_relation(first[0] - first[1], second[0] - second[1], request["relation"])
    else:
        equal = _same_value(first[0], second[0], request["digits"])
    return {"equal": equal, "unread": None, "why": None}


@functools.cache
def _libraries() -> tuple[Any, Any, Any]:
    """Sympy, mpmath and the LaTeX grammar: imported late, since they take a second, and without types."""
    names = ("sympy", "mpmath", "latex2sympy2_extended.latex2sympy2")
    sympy, mpmath, grammar = (importlib.import_module(name) for name in names)
    return sympy, mpmath, grammar


def _formula(text: str) -> Any:
    sympy, _, grammar = _libraries()
    config = grammar.ConversionConfig(lowercase_symbols=False)
    parsed = grammar.latex2sympy(_latex(text), is_real=None, normalization_config=None, conversion_config=config)
    if not isinstance(parsed, sympy.Expr) or parsed.has(sympy.Integral, sympy.Sum, sympy.Product, sympy.Derivative):
        raise TypeError("no formula")
    exact = {number: sympy.Rational(str(number)) for number in parsed.atoms(sympy.Float)}
    return parsed.xreplace({**exact, sympy.Symbol("i"): sympy.I})


def _latex(text: str) -> str:
    text = re.sub(r"\\text\{([^{}]*)\}", r" \1 ", text)
    return text.replace("*", r" \cdot ")


def _same_value(first: Any, second: Any, digits: int | None) -> bool | None:
    """Equal at every point where both have a value; constants may be given by ``digits`` correct digits."""
    symbols = sorted((first.free_symbols | second.free_symbols), key=str)
    if not symbols:
        left, right = _number(first), _number(second)
        tolerance = TOLERANCE if digits is None else 10.0 ** (1 - digits)
        return left is not None and right is not None and _close(left, right, tolerance)
    values = _values([first, second], symbols)
    if not values:
        return None
    return all(_close(left, right, TOLERANCE) for left, right in values)


def _same_relation(first: Any, second: Any, sign: str) -> bool | None:
    """One side minus the other differs by a constant factor only, positive where the sign has a direction."""
    symbols = sorted((first.free_symbols | second.free_symbols), key=str)
    values = _values([first, second], symbols)
    if not values or any(abs(right) == 0 or abs(left) == 0 for left, right in values):
        return None
    ratios = [left / right for left, right in values]
    constant = all(_close(ratio, ratios[0], TOLERANCE) for ratio in ratios)
    return constant and (sign == "=" or ratios[0].real > 0)


def _values(formulas: list[Any], symbols: list[Any]) -> list[list[Any]]:
    """Values of the formulas at the points where all of them are real, or where all are finite if none is."""
    sympy = _libraries()[0]
    if len(symbols) > MAX_SYMBOLS:
        return []
    found: list[list[Any]] = []
    for shift in range(len(POINTS)):
        points = {
            symbol: sympy.Rational(POINTS[(shift + place) % len(POINTS)]) + sympy.Rational(place, 7)
            for place, symbol in enumerate(symbols)
        }
        numbers = [_number(formula.xreplace(points)) for formula in formulas]
        if None not in numbers:
            found.append(numbers)
    real = [numbers for numbers in found if all(number.imag == 0 for number in numbers)]
    return real or found


def _number(expression: Any) -> Any:
    """The complex value to 60 digits, or null where it has none."""
    sympy, mpmath, _ = _libraries()
    value = sympy.N(expression, DIGITS, maxn=400)
    if not value.is_number or value.has(sympy.zoo, sympy.nan, sympy.oo):
        return None
    with mpmath.workdps(DIGITS):
        real, imaginary = value.as_real_imag()
        return mpmath.mpc(str(real), str(imaginary))


def _close(left: Any, right: Any, tolerance: float) -> bool:
    return abs(left - right) <= tolerance * max(abs(left), abs(right))


if __name__ == "__main__":
    main()
