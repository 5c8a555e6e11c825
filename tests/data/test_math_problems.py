"""Works out the answers of data/problems/math.jsonl a second time, by other means where there are any."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import combinations, count, permutations, product
from math import gcd, lcm
from pathlib import Path

import pytest
import sympy
from sympy.abc import x, y

LINES = (Path(__file__).parents[2] / "data/problems/math.jsonl").read_text(encoding="utf-8").splitlines()
ANSWERS = {row["id"].removeprefix("math-"): row["answer"] for row in map(json.loads, LINES)}
DICE = list(product(range(1, 7), repeat=2))
PAIRS = list(permutations("RRRRRBBB", 2))

WORKED_OUT = {
    "product-near-square": 47 * 53,
    "order-of-operations": 18 - 3 * (7 - 2) + 4**2,
    "percent-of": Fraction(15, 100) * 240,
    "journey-minutes": (13 * 60 + 20) - (9 * 60 + 45),
    "sum-of-fractions": Fraction(2, 3) + Fraction(3, 4) - Fraction(1, 6),
    "recipe": Fraction(450, 6) * 10,
    "price-rise": Fraction(92 - 80, 80) * 100,
    "fraction-of-a-tank": 60 / (Fraction(5, 8) - Fraction(1, 4)),
    "linear-equation": sympy.solve(5 * x - 7 - (3 * x + 11), x)[0],
    "consecutive-evens": next(n for n in count(2, 2) if n + (n - 2) + (n - 4) == 78),
    "positive-root": max(sympy.solve(x**2 - 5 * x - 24, x)),
    "product-from-sum-and-difference": sympy.prod(sympy.solve([x + y - 11, x - y - 5], [x, y]).values()),
    "cancel-a-factor": sympy.cancel((x**2 - 9) / (x - 3)),
    "expand-a-product": sympy.expand((2 * x - 3) * (x + 4)),
    "function-value": 3 * (-2) ** 2 - 2 * -2 + 1,
    "absolute-value": sympy.prod(n for n in range(-20, 20) if abs(2 * n - 3) == 7),
    "logarithms": sympy.log(32, 2) + sympy.log(sympy.Rational(1, 9), 3),
    "hypotenuse": sympy.sqrt(9**2 + 12**2),
    "rectangle-from-perimeter": next(w * (w + 5) for w in count(1) if 2 * (w + w + 5) == 46),
    "circle-area": sympy.Circle((0, 0), 6).area,
    "octagon-angle": sympy.deg(sympy.RegularPolygon((0, 0), 1, 8).interior_angle),
    "cube-volume": next(side**3 for side in count(1) if 6 * side**2 == 150),
    "square-diagonal": sympy.Point(0, 0).distance(sympy.Point(5, 5)),
    "triangle-area": sympy.Triangle(sss=(13, 14, 15)).area,
    "distance-of-points": sympy.Point(1, 2).distance(sympy.Point(5, 10)),
    "arrange-letters": len(set(permutations("LEVEL"))),
    "committee": len(list(combinations(range(8), 3))),
    "sum-of-two-dice": Fraction(sum(a + b == 9 for a, b in DICE), len(DICE)),
    "two-red-balls": Fraction(sum(pair == ("R", "R") for pair in PAIRS), len(PAIRS)),
    "odd-digits-only": sum(set(str(n)) <= set("13579") for n in range(100, 1000)),
    "multiples-of-seven": sum(n % 7 == 0 for n in range(100, 1000)),
    "paths-on-a-grid": len(set(permutations("RRRRUUU"))),
    "greatest-common-divisor": gcd(252, 198),
    "least-common-multiple": lcm(12, 18, 20),
    "power-remainder": pow(7, 100, 5),
    "number-of-divisors": sum(360 % n == 0 for n in range(1, 361)),
    "three-remainders": next(n for n in count(1) if (n % 4, n % 5, n % 7) == (1, 2, 3)),
    "last-digit": pow(3, 2025, 10),
    "binary": int(f"{45:b}"),
    "term-of-a-sequence": range(4, 10_000, 7)[24],
    "sum-without-multiples": sum(n for n in range(1, 61) if n % 3),
    "geometric-series": sympy.summation(sympy.Rational(1, 3) ** y, (y, 0, sympy.oo)),
    "missing-number": 5 * 14 - (9 + 12 + 15 + 20),
    "average-speed": 120 / (Fraction(60, 40) + Fraction(60, 60)),
    "two-pipes": 1 / (Fraction(1, 6) + Fraction(1, 3)),
}


def test_every_problem_is_worked_out() -> None:
    assert WORKED_OUT.keys() == ANSWERS.keys()


@pytest.mark.parametrize("name", ANSWERS)
def test_the_reference_is_what_comes_out(name: str) -> None:
    expected = sympy.sympify(WORKED_OUT[name])
    written = ANSWERS[name]
    if expected.is_Integer:
        assert written == str(expected)
    elif expected.is_Rational:
        assert written == rf"\frac{{{expected.p}}}{{{expected.q}}}"
    elif expected.free_symbols:
        assert written == str(expected).replace("**", "^").replace("*", "")
    else:
        assert written == sympy.latex(expected).replace(" ", "")
