# ruff: noqa: RUF001 - answers are written in many alphabets
"""What counts as the same answer: a specification by example, in cases of our own."""

from __future__ import annotations

import itertools
import json
import re
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tracestill.pipeline.records import Problem
from tracestill.verifiers.base import Candidate


def table(rows: str) -> list[tuple[str, str]]:
    """Pairs of a reference and an answer: a row is a reference with answers behind it."""
    pairs: list[tuple[str, str]] = []
    for row in rows.strip().splitlines():
        reference, *answers = row.strip().split(" ~ ")
        pairs += [(reference, answer) for answer in answers]
    return pairs


EQUAL = table(
    r"""
    17 ~ 17 ~ +17 ~ 017 ~ 17.0 ~ 17. ~ １７ ~ $17$ ~ \(17\) ~ \[17\] ~ **17** ~ \boxed{17} ~ \text{17}
    -17 ~ −17 ~ -17.
    52000 ~ 52,000 ~ 52{,}000 ~ 52\,000 ~ 52 000 ~ 52,\!000 ~ 5.2\times10^4 ~ 5.2e4
    3/8 ~ \frac{3}{8} ~ \dfrac38 ~ 0.375 ~ .375 ~ 6/16 ~ 3⁄8 ~ ⅜ ~ (3)/(8) ~ \frac{3}8
    7/4 ~ 1\frac{3}{4} ~ 1 3/4 ~ 1¾ ~ 1.75
    -7/4 ~ -1\frac34 ~ -\frac{7}{4} ~ \frac{-7}{4}
    2^{20} ~ 1048576 ~ 2**20 ~ 2^20 ~ 1,048,576
    0.00032 ~ 3.2\times 10^{-4} ~ 3.2e-4 ~ 3.2 \cdot 10^{-4}
    120 ~ 5! ~ 2×60 ~ 100+20
    \frac{1}{40!} ~ 1/40!
    \frac{\frac{1}{3}}{2} ~ 1/6

    12.50 ~ \$12.50 ~ $12.50 ~ 12.5 dollars
    30\% ~ 30 ~ 30% ~ 30 percent ~ 30 pct
    17 ~ 17 apples ~ 17\text{ cm} ~ 17 \mathrm{~cm} ~ \text{17} cm
    17 \mathrm{~cm} ~ 17 centimeters ~ 17
    40^\circ ~ 40 degrees ~ 40° ~ 40
    9\text{ m}^2 ~ 9 \text{ square meters} ~ 9

    \sqrt{7} ~ sqrt(7) ~ √7 ~ \sqrt7 ~ 7^{1/2}
    \sqrt{18} ~ 3\sqrt2 ~ 3*sqrt(2) ~ 3√2
    288pi ~ 288\pi ~ 288*pi ~ 288π ~ 288 \pi
    \frac{\sqrt{6}}{2} ~ \sqrt{\frac{3}{2}} ~ \frac{3}{\sqrt{6}}
    \sqrt{11} ~ 3.3166247903554
    2\pi ~ 6.283185307179586
    x^2-1 ~ (x-1)(x+1) ~ -1+x² ~ x**2 - 1
    3*sin(pi*t/4)-2 ~ 3\sin\left(\frac{\pi t}{4}\right)-2
    a+b ~ b+a
    \cot x ~ \frac{\cos x}{\sin x}
    \ln(a^2) ~ 2\ln|a|
    \log_2 8 ~ 3
    2i+5 ~ 5+2i
    (1+i)^2 ~ 2i
    n(n+1)/2 ~ \frac{n^2+n}{2}
    \infty ~ ∞
    e^{2x} ~ \exp(2x)

    5 ~ x=5 ~ 5 = x ~ x \approx 5 ~ AB = 5 ~ f(2) = 5
    y = 2 ~ 2 ~ 2 = y
    8 ~ 2^3 = 8
    f(x)=3x ~ 3x
    2x+3y=6 ~ 4x+6y-12=0 ~ -2x = 3y - 6
    y=2x+1 ~ y = 1 + 2x ~ 1 + 2x
    x<3 ~ 3>x ~ (-\infty,3) ~ x \lt 3
    x \ge 2 ~ 2\le x ~ [2,\infty) ~ x >= 2 ~ x≥2
    -x<4 ~ x>-4
    0\le x<1 ~ [0,1) ~ x\in[0,1) ~ 1>x\ge0
    (-\infty,1)\cup[3,5) ~ [3,5)\cup(-\infty,1) ~ x \in (-∞,1) ∪ [3,5)
    [2,7] ~ [2.0, 7]
    (2,12)\cup(12,102) ~ (2,12) \cup (12,102)

    1, 5 ~ 5, 1 ~ 1 and 5 ~ 1 or 5 ~ 1;5 ~ 1 \text{ and } 5 ~ \{1,5\} ~ x=1, x=5
    \{1,5\} ~ {5,1} ~ 5, 1
    \pm 3 ~ 3, -3 ~ \{-3,3\} ~ ±3
    2\pm\sqrt{3} ~ 2-\sqrt3, 2+\sqrt3
    (1,5) ~ (1, 5.0) ~ (1;5) ~ (x,y)=(1,5) ~ \left(1,5\right)
    (2,-3,1) ~ \begin{pmatrix}2\\-3\\1\end{pmatrix} ~ \langle 2,-3,1\rangle
    (1,2),(3,4) ~ (3,4),(1,2) ~ (1,2) \text{ and } (3,4)
    x=1,y=5 ~ y=5,x=1 ~ 1,5
    \begin{pmatrix}1&2\\3&4\end{pmatrix} ~ \begin{bmatrix} 1 & 2 \\ 3 & \frac{8}{2} \end{bmatrix}

    \frac{2}{11} ~ 0.\overline{18}
    \frac{7}{30} ~ 0.2\overline{3} ~ {7 \over 30}
    \sqrt[3]{5} ~ ∛5 ~ 5^{1/3}
    9!! ~ 945
    83 125 ~ 83125
    \tan 60^\circ ~ \sqrt{3}
    \frac{1}{3}\arctan x ~ atan(x)/3 ~ \frac13\tan^{-1} x
    C_1 e^{2x} ~ C1*exp(2*x)
    (-1)^n ~ \cos(n\pi)
    \binom{m}{2} ~ \frac{m(m-1)}{2}
    \frac{x^3}{3}+C ~ \int x^2\,dx = \frac{x^3}{3}+C

    70 \text{ km/h} ~ 70 km/h ~ 70 kilometers per hour ~ 70
    4.5\ \mathrm{m/s^2} ~ 4.5 m/s^2 ~ 4.5 meters per second squared
    €30 ~ 30 euros ~ 30
    2.5 \text{ million} ~ 2500000
    6 eggs ~ 6 eggs per day
    4:45 PM ~ 4:45 p.m. ~ 4:45 \text{ PM}
    4:6 ~ 2:3
    May 4 ~ May 4th
    seven ~ 7
    no ~ No.

    \mathbb{R} ~ (-\infty,\infty) ~ \text{all real numbers}
    \emptyset ~ \{\} ~ \text{no solution}
    x\ne 4 ~ \mathbb{R}\setminus\{4\} ~ (-\infty,4)\cup(4,\infty)
    |x|\le 3 ~ [-3,3] ~ -3\le x\le 3
    (-3,3) ~ \{x \mid -3<x<3\} ~ \{x\in\mathbb{R} : |x|<3\}
    [0,5] ~ [0,2]\cup[2,5] ~ Interval(0, 5)
    x<1 \text{ or } x>6 ~ (-\infty,1)\cup(6,\infty)
    a<b<c ~ c>b>a
    n\equiv 2 \pmod 5 ~ n \equiv 7 \ (\mathrm{mod}\ 5)
    \begin{pmatrix}1&2\\3&4\end{pmatrix} ~ [[1,2],[3,4]] ~ Matrix([[1, 2], [3, 4]])
    \begin{pmatrix}3&6\end{pmatrix} ~ 3\begin{pmatrix}1&2\end{pmatrix}
    2\mathbf{i}-5\mathbf{j} ~ (2,-5) ~ 2\hat{i}-5\hat{j}
    (4,7) ~ P(4,7)
    y(x)=2x ~ y=2x

    \text{hyperbola} ~ Hyperbola ~ hyperbola.
    \text{no solution} ~ No solution.
    \text{(B)} ~ B ~ (B)
    110_2 ~ 110_{2}
    """
)

ONE_WAY = table(
    r"""
    B ~ b ~ (B) 12 ~ \textbf{(B)} ~ B. It is blue ~ B) 12 ~ I think it is (B).
    300, 400 ~ 300,400
    x > 4 ~ So $x > 4$ is the solution.
    \sum_{k=1}^{n} k^2 ~ \frac{n(n+1)(2n+1)}{6}
    \int_0^1 x^2 dx ~ \frac13
    12 ~ \text{(C) } 12 ~ \text{The length is } 12
    \textbf{(D)}\ 12 ~ 12 ~ D ~ (D)
    B ~ Option B
    No ~ No, it is not possible.
    \text{even} ~ even function
    """
)

DIFFERENT = table(
    r"""
    17 ~ 71 ~ -17 ~ 17x ~ 1,7 ~ [17,18] ~ 17.01 ~ 1.7e2
    1234 ~ 12,34 ~ 1, 234
    3/8 ~ 3/7 ~ 8/3 ~ 0.38
    1/3 ~ 0.33 ~ 0.3333333333
    0.5 ~ 0.05 ~ 5
    7/4 ~ 1\frac{1}{4}
    \pi ~ 3.14 ~ 22/7
    \sqrt{2} ~ 1.41421356 ~ 2 ~ -\sqrt{2}

    1/2004! ~ 1/2006!
    2^{-99} ~ 2^{-98} ~ 0
    1e-7 ~ 2e-7
    10^{30} ~ 10^{30}+1
    3^{2000} ~ 3^{2001}
    \sqrt{10^{20}+1} ~ \sqrt{10^{20}}
    \frac{\pi}{10^{9}} ~ \frac{e}{10^{9}}
    1/0 ~ 1 ~ 0
    \infty ~ 1/0 ~ -\infty
    nan ~ 0

    4 ~ 4\sqrt(2) ~ 3 \approx 4
    3 ~ \pm 3 ~ 3 or 4 ~ x ~ {3 ~ \frac{3}
    0 ~ payload or 0 ~ (lambda: 1)() or 0
    2 ~ eval('1+1') ~ __import__('os').getpid()
    5 \text{ cm} ~ 5 \text{ m} ~ 5 \text{ cm}^2
    x ~ y ~ X
    x^2-1 ~ x^2+1 ~ x^2 ~ 1-x^2
    \sqrt{x^2} ~ x
    2k ~ 2 ~ k
    \sin x=\frac12 ~ \cos x=\frac12
    x=3 ~ y=3
    2x+z=1 ~ 1
    x<3 ~ x>3 ~ x\le 3 ~ (-\infty,3] ~ 3
    -x<4 ~ x<-4
    2x+3y=6 ~ 2x+3y=7 ~ 6
    (0,1) ~ [0,1] ~ (0,1] ~ (1,0)
    1, 5 ~ 1 ~ 1, 5, 5 ~ 1, 6 ~ 1, 5, 6
    (1,5) ~ (5,1) ~ \{1,5\}
    x=1,y=5 ~ x=5,y=1 ~ 5,1
    (1,2),(3,4) ~ (1,3),(2,4) ~ 1,2,3,4
    \begin{pmatrix}1&2\\3&4\end{pmatrix} ~ \begin{pmatrix}1&3\\2&4\end{pmatrix}
    \begin{pmatrix}1&2\end{pmatrix} ~ \begin{pmatrix}1\\2\end{pmatrix}

    (1,5) ~ \begin{pmatrix}5\\1\end{pmatrix}
    \sum_{k=1}^{9} k ~ 44
    70 km/h ~ 70 mph
    5 hours ~ 5 minutes
    75 cents ~ \$75
    3 xy ~ 3
    1:2:3 ~ 1:3:2
    n\equiv 2 \pmod 5 ~ n\equiv 3 \pmod 5 ~ n\equiv 2 \pmod 7
    a<b<c ~ a<c<b
    |x|\le 3 ~ (-3,3) ~ |x|<3
    x\ne 4 ~ x=4 ~ x\ne -4
    (-\infty,4)\cup(4,\infty) ~ (-\infty,\infty)
    \emptyset ~ 0
    42 ~ __import__('os').system('echo 42') ~ (lambda: 42)()
    45 ~ 45 \text{ is wrong} ~ \text{not }45
    \text{hyperbola} ~ parabola
    B ~ A ~ A or B ~ B, C ~ 1.2
    110_2 ~ 110_3
    tac ~ cat
    evil ~ live
    25 ~ ٢٦
    x+1 ~ х+2
    """
)


@pytest.mark.parametrize(("reference", "answer"), EQUAL)
def test_is_the_same_answer_both_ways(judge, reference, answer):
    for first, second in ((reference, answer), (answer, reference), (answer, answer)):
        assert judge.grade_answer(first, second).finding.outcome == "pass"


@pytest.mark.parametrize(("reference", "answer"), ONE_WAY)
def test_is_the_reference(judge, reference, answer):
    assert judge.grade_answer(reference, answer).finding.outcome == "pass"


@pytest.mark.parametrize(("reference", "answer"), DIFFERENT)
def test_is_another_answer_both_ways(judge, reference, answer):
    for first, second in ((reference, answer), (answer, reference)):
        assert judge.grade_answer(first, second).finding.outcome != "pass"


def test_an_answer_that_is_left_to_be_worked_out_is_not_right(judge):
    assert judge.grade_answer("\\frac13", "\\int_0^1 x^2 dx").finding.outcome == "fail"


@pytest.mark.parametrize("answer", ["", "  ", "$$", "\\boxed{}", "\\text{}", "."])
def test_an_empty_answer_is_never_right(judge, answer):
    for reference in ("3", "", answer):
        assert judge.grade_answer(reference, answer).finding.outcome != "pass"


@pytest.mark.parametrize("reference", [None, "", " ", "{3", "\\frac{3}", "nan", "7" * 3000, "\\sum_{k=1}^{"])
def test_an_unreadable_reference_is_undecided(judge, reference):
    for graded in (judge.grade(reference, "It is \\boxed{3}"), judge.grade(reference, "no idea")):
        assert graded.finding.outcome == "undecided"
        assert graded.finding.reason.startswith("the reference cannot be read: ")


def test_what_is_too_large_is_undecided_and_never_right(judge):
    for answer in ("9^{9^{9^9}}", "2^{2^{2^{2^{9}}}}-1", "7^{10^{18}} \\bmod 10"):
        finding = judge.grade_answer("9^{9^{9^8}}", answer).finding
        assert finding.outcome == "undecided"
        assert "too costly" in finding.reason


def test_a_finding_holds_what_was_compared(judge):
    problem = Problem(problem_id="p", domain="math", prompt="What is 3/8?", answer="3/8")
    candidate = Candidate(trace_id="t", reasoning="3 of 8", response="So \\boxed{0.375}", finish_reason="stop")
    finding = judge.verify(problem, candidate)
    assert finding.outcome == "pass"
    assert json.loads(finding.details) == {
        "extracted": "0.375",
        "reference": "3/8",
        "tier": "exact",
        "method": "boxed",
    }


# A reference may be a worked solution.
@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("We have $2x = 10$ and thus $x = \\boxed{5}$.", "5"),
        ("Adding up gives \\boxed{1} and \\boxed{2}.", "1, 2"),
        ("First we double 4 to get 8. " * 6 + "The final answer is $9$.", "9"),
    ],
)
def test_a_reference_may_be_a_solution(judge, reference, answer):
    assert judge.grade_answer(reference, answer).finding.outcome == "pass"


# Properties.

values = st.fractions(max_denominator=10**6).filter(lambda value: abs(value) < 10**9)


def notations(value: Fraction) -> list[str]:
    """Ways of writing a rational number."""
    top, bottom = value.numerator, value.denominator
    sign, size = ("-" if value < 0 else ""), abs(top)
    found = [
        f"{top}/{bottom}",
        f"\\frac{{{top}}}{{{bottom}}}",
        f"{sign}\\dfrac{{{size}}}{{{bottom}}}",
        f"$({3 * top})/({3 * bottom})$",
        f"\\boxed{{{sign}{size:,}/{bottom}}}",
    ]
    whole, rest = divmod(size, bottom)
    if whole and rest:
        found += [f"{sign}{whole}\\frac{{{rest}}}{{{bottom}}}", f"{sign}{whole} {rest}/{bottom}"]
    if 10**12 % bottom == 0:
        decimal = f"{sign}{whole}.{rest * (10**12 // bottom):012d}"
        found += [decimal, f"{sign}{whole:,}.{rest * (10**12 // bottom):012d}".rstrip("0"), decimal + "e0"]
    if bottom == 1:
        found += [str(top), f"{top:,}", f"x = {top}", f"{top} cm", f"{top}."]
    return found


@given(values)
def test_a_value_equals_itself_in_every_notation(judge, value):
    written = notations(value)
    pairs = [pair for other in written for pair in ((written[0], other), (other, written[0]), (other, other))]
    for reference, answer in [*pairs, *itertools.pairwise(written)]:
        assert judge.grade_answer(reference, answer).finding.outcome == "pass", (reference, answer)


@given(values, st.fractions(min_value=Fraction(1, 10**12), max_value=10**6, max_denominator=10**12), st.booleans())
def test_a_perturbed_value_is_another_in_every_notation(judge, value, difference, up):
    other = value + difference if up else value - difference
    for reference in notations(value)[:4] + notations(value)[-2:]:
        for answer in notations(other)[1:]:
            assert judge.grade_answer(reference, answer).finding.outcome == "fail", (reference, answer)


@settings(max_examples=300)
@given(
    st.text(
        alphabet="0123456789.,/%$\\\\{}[]()^_*+-=<> frac sqrt text box abx\u00bd\u221a\u00b2\u0662\ud800", max_size=40
    )
)
def test_no_text_raises_and_none_is_right_by_accident(judge, text):
    finding = judge.grade("123456789123456789", text).finding
    assert finding.outcome in ("fail", "undecided", "pass")
    assert finding.outcome != "pass" or "123456789123456789" in re.sub(r"[^0-9]", "", text)
