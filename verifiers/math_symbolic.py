r"""What the worker process of math_worker runs: formulas that need an algebra system, one JSON line each way.

The LaTeX goes through the ANTLR grammar that math-verify uses, never through an evaluating parser; sums, products,
limits and integrals are worked out, and the formulas held against each other at points, to 60 digits and relative
to their size. The process imports sympy once and answers from a fork of itself. The kernel ends the fork when it has
used up its time, and the next one is there in a millisecond. Run as ``python -m tracestill.verifiers.math_symbolic
MEGABYTES SECONDS``; ends when its input does.
"""

from __future__ import annotations

import functools
import importlib
import json
import logging
import os
import re
import resource
import signal
import sys
from collections.abc import Sequence
from typing import Any, TextIO

DIGITS = 60
TOLERANCE = 1e-45
POINTS = ("5/7", "29/18", "25/11", "22/7", "-10/17", "-31/17", "66/7", "-36/5")
"""Where formulas with variables are compared; each variable takes a different point."""
WHOLE_POINTS = ("7", "3", "5", "2", "9", "4")
"""The same where something is summed or multiplied up to a variable."""
ENOUGH = 4
MAX_SYMBOLS = 12


def main() -> None:
    """Answer requests until the input ends."""
    logging.disable(logging.CRITICAL)
    out, sys.stdout = sys.stdout, sys.stderr
    _libraries()
    _say(out, {"ready": True})
    while (child := os.fork()) != 0:
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) == 0:
            return
        _say(out, {"equal": None, "unread": None, "why": "killed"})
    _serve(out, megabytes=int(sys.argv[1]), seconds=float(sys.argv[2]))


def _serve(out: TextIO, megabytes: int, seconds: float) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    for line in sys.stdin:
        # No handler: the kernel ends the process, wherever it is.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            answer = _answer(json.loads(line))
        except (Exception, MemoryError, RecursionError) as error:  # noqa: BLE001 - whatever sympy meets in hostile text
            answer = {"equal": None, "unread": None, "why": type(error).__name__}
        signal.setitimer(signal.ITIMER_PROF, 0)
        _say(out, answer)


def _say(out: TextIO, answer: dict[str, Any]) -> None:
    out.write(json.dumps(answer) + "\n")
    out.flush()


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
        equal = _same_value(first[0], second[0])
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
    if not isinstance(parsed, sympy.Expr):
        raise TypeError("no formula")
    exact = {number: sympy.Rational(str(number)) for number in parsed.atoms(sympy.Float)}
    return parsed.xreplace({**exact, sympy.Symbol("i"): sympy.I})


def _latex(text: str) -> str:
    text = re.sub(r"\\text\{([^{}]*)\}", r" \1 ", text)
    return text.replace("*", r" \cdot ")


def _same_value(first: Any, second: Any) -> bool | None:
    """Equal at every point where both have a value."""
    values = _values([first, second])
    return all(_close(left, right) for left, right in values) if values else None


def _same_relation(first: Any, second: Any, sign: str) -> bool | None:
    """One side minus the other differs by a constant factor only, positive where the sign has a direction."""
    values = _values([first, second])
    if not values or any(abs(right) == 0 or abs(left) == 0 for left, right in values):
        return None
    ratios = [left / right for left, right in values]
    constant = all(_close(ratio, ratios[0]) for ratio in ratios)
    return constant and (sign == "=" or ratios[0].real > 0)


def _values(formulas: list[Any]) -> list[list[Any]]:
    """Values of the formulas at the points where all of them are real, or where all are finite if none is."""
    sympy = _libraries()[0]
    free: set[Any] = {symbol for formula in formulas for symbol in formula.free_symbols}
    symbols = sorted(free, key=str)
    if len(symbols) > MAX_SYMBOLS:
        return []
    stepwise = any(formula.has(sympy.Sum, sympy.Product, sympy.factorial, sympy.binomial) for formula in formulas)
    found: list[list[Any]] = []
    for point in _points(symbols, WHOLE_POINTS if stepwise else POINTS):
        numbers = [_number(formula.xreplace(point)) for formula in formulas]
        if None not in numbers:
            found.append(numbers)
        if len(found) == ENOUGH or not symbols:
            break
    real = [numbers for numbers in found if all(number.imag == 0 for number in numbers)]
    return real or found


def _points(symbols: Sequence[Any], points: Sequence[str]) -> list[dict[Any, Any]]:
    rational = _libraries()[0].Rational
    return [
        {symbol: rational(points[(shift + place) % len(points)]) for place, symbol in enumerate(symbols)}
        for shift in range(len(points))
    ]


def _number(expression: Any) -> Any:
    """The complex value to 60 digits, or null where it has none."""
    sympy, mpmath, _ = _libraries()
    value = sympy.N(expression.doit(), DIGITS, maxn=400)
    if not value.is_number or value.has(sympy.zoo, sympy.nan, sympy.oo):
        return None
    with mpmath.workdps(DIGITS):
        real, imaginary = value.as_real_imag()
        return mpmath.mpc(str(real), str(imaginary))


def _close(left: Any, right: Any) -> bool:
    return abs(left - right) <= TOLERANCE * max(abs(left), abs(right))


if __name__ == "__main__":
    main()
