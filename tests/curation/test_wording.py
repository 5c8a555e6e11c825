# ruff: noqa: RUF001 - the characters in question are what this is about
"""Spellings of one text have the same words, and texts that mean different things have not."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tracestill.pipeline.curation.wording import numbers, words

SAME = [
    [r"Find $\frac{1}{2}+x$", "find 1/2 + x", r"Find \(\tfrac12 + x\)", "Find ½ + x", r"find \dfrac{1}{2}+x."],
    [r"Compute $3 \cdot 4$", "compute 3 × 4", r"Compute \[3\times 4\]", "compute 3*4", "Compute 3 x 4"],
    ["at 60 km/h.", "at 60 kilometers per hour", "at 60 kph", "at 60 kmh", "at 60km/h", "at 60 kilometres per hour"],
    ["costs $5.", "costs 5 dollars", r"costs \$5", "costs $5.00", "costs 5 USD", "costs US$5", r"costs $\$5$"],
    [r"$\left( x+1 \right)^{2}=9$ \text{and} y", "(x+1)^2 = 9 and y", "(x+1)² = 9 and y", "(x+1)**2=9 and y"],
    ["a 120-page book", "a  120 page\nbook"],
    ["twenty-five apples", "25 apples", "Twenty five apples"],
    ["1,000,000 m", "1000000 meters", "one million metres", "1{,}000{,}000 m"],
    ["50%", "50 percent", "50 per cent", r"$50\%$"],
    ["12 m^2", "12 square meters", "12 sq m", "12 m²"],
    [r"$x \leq \sqrt{2}$", "x ≤ √2", "x <= sqrt(2)"],
    ["$2 and $5 for $x$ of them", "2 dollars and 5 dollars for x of them"],
    ["2½ hours", "2 1/2 hrs"],
    ["don’t", "don't"],
]
DIFFERENT = [
    ("three times as many", "four times as many"),
    ("half as many", "twice as many"),
    ("3 + 4", "3 - 4"),
    ("x^2", "x2"),
    ("(3+4)*5", "3+4*5"),
    ("$5", "5 euros"),
    ("5 km", "5 m"),
    ("1.5", "15"),
    ("12 hours", "12 minutes"),
    ("1/2", "1 2"),
    ("[0,1]", "(0,1)"),
    ("5 * m + 1", "5 meters + 1"),
]


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_spellings_of_one_text_have_the_same_words(spellings: list[str]):
    assert {spelling: words(spelling) for spelling in spellings} == dict.fromkeys(spellings, words(spellings[0]))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_texts_keep_different_words(one: str, other: str):
    assert words(one) != words(other)


PIECES = (
    "1 2 0.5 .5 007 1,000 twenty five hundred per cent % $ $5 \\$ ( ) [ ] { } ^ 2 3 km m h / sq square x - + * = <= "
    "\\frac{1}{2} \\sqrt{ } \\left( \\right) \\text{m} ² ½ ° , . ' a half"
)
QUANTITIES = "one two m s ( ) ^ 2 / per cent twenty sq hundred 5 %"
SENTENCE = "how many apples 5 12 0.5 half of the km are left"
NOTATION = st.lists(st.sampled_from(PIECES.split()), max_size=12).map("".join)
SPACED = st.lists(st.sampled_from(QUANTITIES.split()), max_size=12).map(" ".join)


@settings(max_examples=600)
@given(st.text(max_size=40) | NOTATION | SPACED)
@example("(twenty) five m")
@example("(two) hundred (m) ^ (2)")
def test_the_words_of_the_words_are_the_words(text: str):
    once = words(text)
    assert words(" ".join(once)) == once


@given(st.lists(st.sampled_from(SENTENCE.split()), max_size=20), st.randoms())
def test_layout_and_case_change_no_word(parts: list[str], draw: random.Random):
    spaced = "".join(f"{part.upper() if draw.random() < 0.5 else part}{draw.choice(' ')}{' ' * draw.randint(0, 2)}\n"
                     for part in parts)  # fmt: skip
    assert words(spaced) == words(" ".join(parts))


@given(st.lists(st.sampled_from(["a", "5", "12", "twice", "of", "12", "half", "b"]), max_size=12), st.randoms())
def test_numbers_do_not_depend_on_order(parts: list[str], draw: random.Random):
    shuffled = draw.sample(parts, len(parts))
    assert numbers(shuffled) == numbers(parts)
    assert numbers([*parts, "5"]) != numbers(parts)


def test_numbers_count_as_often_as_they_stand_there():
    assert numbers(words("He has 5 and 5 more, and half of 1,000.")) == "1000 5 5 half"


def test_a_very_long_run_of_digits_is_left_as_it_is():
    digits = "0" * 5000 + "7"
    assert words(f"x {digits} million") == ["x", digits, "million"]
