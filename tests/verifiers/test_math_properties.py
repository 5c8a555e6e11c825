"""What must hold for all formulas, sets and quantities: equal in every way of writing, and unequal when perturbed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

numbers = st.integers(-50, 50)
positive = st.integers(1, 60)


def outcome(judge, reference: str, answer: str) -> str:
    return judge.grade_answer(reference, answer).finding.outcome


def polynomial(first: int, second: int, scale: int) -> list[str]:
    """A quadratic by its zeros, in several ways of writing."""
    middle, last = -scale * (first + second), scale * first * second
    return [
        f"{scale}(x-({first}))(x-({second}))",
        f"{scale}x^2+({middle})x+({last})",
        f"{scale}*x**2 + {middle}*x + {last}",
        f"({last}) + x\\left({scale}x + {middle}\\right)",
        f"{scale}x² + \\frac{{{2 * middle}x}}{{2}} + {last}",
    ]


@given(numbers, numbers, positive)
def test_a_polynomial_equals_itself_in_every_form(judge, first, second, scale):
    forms = polynomial(first, second, scale)
    for reference in forms:
        for answer in forms:
            assert outcome(judge, reference, answer) == "pass", (reference, answer)


@given(numbers, numbers, positive, st.integers(1, 10**9))
def test_a_perturbed_polynomial_is_another(judge, first, second, scale, change):
    reference = polynomial(first, second, scale)[0]
    for answer in (
        f"{reference}+{change}/1000000000",
        f"{reference}-x/{change}",
        polynomial(first, second, scale + change)[1],
    ):
        assert outcome(judge, reference, answer) == outcome(judge, answer, reference) == "fail", answer


@given(positive, positive, positive)
def test_a_surd_equals_itself_in_every_form(judge, outside, inside, below):
    forms = [
        f"\\frac{{{outside}\\sqrt{{{inside}}}}}{{{below}}}",
        f"{outside}*sqrt({inside})/{below}",
        f"\\sqrt{{\\frac{{{outside**2 * inside}}}{{{below**2}}}}}",
        f"\\frac{{{outside * inside}}}{{{below}\\sqrt{{{inside}}}}}",
        f"{outside}√{inside}/{below}",
    ]
    for answer in forms:
        assert outcome(judge, forms[0], answer) == outcome(judge, answer, forms[0]) == "pass", answer
        assert outcome(judge, forms[0], f"{answer}+10^{{-30}}") == "fail", answer


@given(numbers, positive, st.booleans(), st.booleans())
def test_an_interval_equals_itself_in_every_form_and_no_other(judge, low, width, opened, closed):
    high, middle = low + width, f"\\frac{{{2 * low + width}}}{{2}}"
    first, last = ("(" if opened else "["), ("]" if closed else ")")
    less, most = ("<" if opened else "\\le"), ("\\le" if closed else "<")
    interval = f"{first}{low},{high}{last}"
    forms = [
        f"x\\in {interval}",
        f"{low} {less} x {most} {high}",
        f"\\{{x \\mid {low} {less} x {most} {high}\\}}",
        f"{first}{low},{middle}]\\cup({middle},{high}{last}",
        f"x {'>' if opened else '>='} {low} \\text{{ and }} x {'<=' if closed else '<'} {high}",
    ]
    for answer in forms:
        assert outcome(judge, forms[1], answer) == outcome(judge, answer, forms[1]) == "pass", answer
    others = [f"{'[' if opened else '('}{low},{high}{last}", f"{first}{low},{high + 1}{last}"]
    for other in others:
        assert outcome(judge, forms[1], other) == "fail", other


@given(positive, st.sampled_from(["cm", "km", "m/s", "hours", "kg", "square meters"]))
def test_a_unit_may_be_missing_and_may_not_be_another(judge, value, unit):
    assert outcome(judge, f"{value} \\text{{ {unit}}}", f"{value} {unit}") == "pass"
    assert outcome(judge, f"{value} {unit}", f"{value}") == "pass"
    assert outcome(judge, f"{value} {unit}", f"{value} gallons") == "fail"
    assert outcome(judge, f"{value} {unit}", f"{value + 1} {unit}") == "fail"


texts = st.text(alphabet="0123456789xyn.,:;%$€\\{}[]()|<>=!^_*+-/ abcinfsqrtpmodcup∅≤½²", max_size=30)


@settings(max_examples=400)
@given(texts, texts)
def test_equality_is_symmetric_and_reflexive_whatever_the_text(judge, first, second):
    one, other = outcome(judge, first, second), outcome(judge, second, first)
    assert {one, other} != {"pass", "fail"}, (first, second)
    assert outcome(judge, first, first) != "fail" or not first.strip()
