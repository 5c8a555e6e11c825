r"""Whether two answers are equal: by text and exact arithmetic, else part by part, else by the symbolic worker.

Conventions: lists and sets compare in any order, tuples and intervals in theirs and with their brackets; a unit, a
percent sign or ``x =`` may be missing on one side; a rounded decimal equals an irrational number that it gives to
ten digits or more, and never a fraction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .exact_arithmetic import TooLarge, evaluate
from .math_brackets import split_top
from .math_equivalence import DECIMAL, Conventions, exactly_equal, is_float, is_rounded, is_words, key, measured
from .math_identity import read, real_constant, same_relation, same_value
from .math_sets import MIRRORED, same_set
from .math_structure import Parts, chain_of, label_and_value, same_label, take_apart
from .math_tokens import PLAIN, NoFormula
from .math_worker import MathWorker, TooCostly

MAX_ITEMS = 64
MAX_QUESTIONS = 60
"""Comparisons that one pair of answers may put to the worker."""
MAX_EXPONENT = 1_000
APPLIED = re.compile(rf"(?<![A-Za-z])(?:{PLAIN})(?=\()")
"""Functions by the names that sympy prints."""
CONGRUENCE = re.compile(r"(.*?)\\equiv(?![A-Za-z])(.*?)\\pmod\{(\w+)\}\)?")
COLON = re.compile(r" *:(?!=) *")
EXPONENT = re.compile(r"\^\{([^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*)\}")


class UnreadableReference(ValueError):
    """The reference is no answer that this can compare with."""


class Comparison:
    """Compares one pair of answers in canonical notation.

    ``symbolic`` tells afterwards whether the worker was asked.
    """

    def __init__(self, worker: MathWorker, conventions: Conventions) -> None:
        self._worker = worker
        self._conventions = conventions
        self._questions = 0

    @property
    def symbolic(self) -> bool:
        """Whether the worker was asked."""
        return self._questions > 0

    def equal(self, reference: str, answer: str) -> bool:
        """Whether the answer is the reference.

        Raises:
            UnreadableReference: the reference is no formula and no word.
            TooCostly: a value is too large, or the worker passed its limits.
        """
        try:
            return self._equal(reference, answer)
        except TooLarge as error:
            raise TooCostly("a value is too large to be worked out") from error

    def _equal(self, reference: str, answer: str) -> bool:
        if not key(answer):
            return False
        if key(reference) == key(answer):
            return True
        if (same := same_set(reference, answer)) is not None:
            return same
        first, second = take_apart(reference), take_apart(answer)
        if first.kind == second.kind == "single":
            return self._same_single(first.items[0], second.items[0])
        if {first.kind, second.kind} & {"single"}:
            return self._same_mixed(first, second)
        return self._same_parts(first, second)

    def _same_mixed(self, first: Parts, second: Parts) -> bool:
        """A single item against a structure: it may be the structure under a label, or an inequality."""
        single, other = (first, second) if first.kind == "single" else (second, first)
        labelled = label_and_value(single.items[0])
        value = labelled[1] if labelled else interval_of(single.items[0])
        if value is None or value == single.items[0]:
            return False
        inner = take_apart(value)
        if inner.kind == "single":
            return False
        return self._same_parts(inner, other) if single is first else self._same_parts(other, inner)

    def _same_parts(self, first: Parts, second: Parts) -> bool:
        if len(first.items) != len(second.items) or len(first.items) > MAX_ITEMS:
            return False
        kinds = {first.kind, second.kind}
        if kinds in ({"list"}, {"set"}, {"list", "set"}, {"union"}):
            if self._labels_differ(first.items, second.items):
                return all(map(self._equal, first.items, second.items))
            return self._same_in_any_order(first.items, second.items)
        if kinds == {"tuple"}:
            # Two items in brackets may be an interval, where the brackets are part of the answer.
            if len(first.items) <= 2 and first.brackets != second.brackets:
                return False
            return all(map(self._equal, first.items, second.items))
        if kinds == {"tuple", "list"} or (kinds == {"matrix"} and first.rows == second.rows):
            return all(map(self._equal, first.items, second.items))
        if kinds == {"tuple", "matrix"}:
            return _is_vector(first) and _is_vector(second) and all(map(self._equal, first.items, second.items))
        return False

    def _labels_differ(self, first: list[str], second: list[str]) -> bool:
        """Whether one side names its values and the other does not: then only the order can match them."""
        return _distinct_labels(first) != _distinct_labels(second)

    def _same_in_any_order(self, first: list[str], second: list[str]) -> bool:
        left = list(second)
        for item in sorted(first, key=lambda item: key(item) not in map(key, second)):
            same = [key(other) == key(item) for other in left]
            place = same.index(True) if True in same else self._find(item, left)
            if place is None:
                return False
            left.pop(place)
        return True

    def _find(self, item: str, others: Iterable[str]) -> int | None:
        return next((place for place, other in enumerate(others) if self._equal(item, other)), None)

    def _same_single(self, reference: str, answer: str) -> bool:
        if (congruent := same_congruence(reference, answer)) is not None:
            return congruent
        first, second = label_and_value(reference), label_and_value(answer)
        if first is None or second is None:
            return self._same_relation(reference, answer)
        if first[0] and second[0] and not same_label(first[0], second[0]):
            return False
        if first[1] != reference or second[1] != answer:
            return self._equal(first[1], second[1])
        if (exact := exactly_equal(reference, answer, self._conventions)) is not None:
            return exact
        if (ratio := _same_ratio(reference, answer)) is not None:
            return ratio
        if is_text(reference) or is_text(answer):
            return False
        left, right = measured(reference, self._conventions), measured(answer, self._conventions)
        return self._same_formula([left.value], [right.value]) or self._is_rounded(left.value, right.value)

    def _is_rounded(self, reference: str, answer: str) -> bool:
        """Whether one side is a decimal that the other is rounded to."""
        for decimal, exact in ((reference, answer), (answer, reference)):
            if DECIMAL.fullmatch(decimal) and is_readable(exact) and (value := real_constant(exact)) is not None:
                return is_float(decimal, value) or is_rounded(decimal, value, self._conventions)
        return False

    def _same_relation(self, reference: str, answer: str) -> bool:
        first, second = _solutions(reference), _solutions(answer)
        if first and second:
            return self._equal(first, second)
        if (ordered := self._same_chain(reference, answer)) is not None:
            return ordered
        left, right = _one_relation(reference), _one_relation(answer)
        if left is None or right is None:
            return False
        for mirrored in (False, True):
            sides, sign = (right[0], right[1]) if not mirrored else (right[0][::-1], MIRRORED[right[1]])
            if sign == left[1] and self._same_formula(left[0], sides, relation="=" if sign in ("=", "\\ne") else "<"):
                return True
        return False

    def _same_chain(self, reference: str, answer: str) -> bool | None:
        """Chains of three sides or more, ``a < b < c``, read in the same direction; null where one is none."""
        first, second = _ascending(reference), _ascending(answer)
        if first is None or second is None:
            return None
        return first[1] == second[1] and all(map(self._equal, first[0], second[0]))

    def _same_formula(self, reference: list[str], answer: list[str], relation: str = "") -> bool:
        """Two formulas, or two relations by their sides; a reference with sums or integrals is the worker's."""
        if all(map(is_readable, reference)):
            if not all(map(is_readable, answer)):
                return False  # no formula, or one that is left to be worked out
            if relation:
                return same_relation((reference[0], reference[1]), (answer[0], answer[1]), directed=relation == "<")
            return same_value(reference[0], answer[0])
        self._questions += 1
        if self._questions > MAX_QUESTIONS or any(map(has_huge_power, [*reference, *answer])):
            raise TooCostly("too large to be compared")
        said = self._worker.compare(reference, answer, relation=relation)
        if said.unread == "reference":
            raise UnreadableReference("it is no formula that can be parsed")
        return said.equal is True


def is_readable(text: str) -> bool:
    """Whether a formula can be worked out here; not if it needs an algebra system.

    Raises:
        TooLarge: it is too long or too deep.
    """
    try:
        read(text)
    except NoFormula:
        return False
    return True


def interval_of(text: str) -> str | None:
    """An inequality in one variable as the interval it describes, else null."""
    sides, signs = chain_of(text)
    if not signs or "" in sides or any(sign not in ("<", ">", "\\le", "\\ge") for sign in signs):
        return None
    if signs[0] in (">", "\\ge"):
        sides, signs = sides[::-1], [MIRRORED[sign] for sign in reversed(signs)]
    if any(sign not in ("<", "\\le") for sign in signs):
        return None
    opening = ["(" if sign == "<" else "[" for sign in signs]
    closing = [")" if sign == "<" else "]" for sign in signs]
    names = [re.fullmatch(r"\\?[A-Za-z]+", side) is not None for side in sides]
    if names == [False, True, False]:
        return f"{opening[0]}{sides[0]},{sides[2]}{closing[1]}"
    if names == [True, False]:
        return f"(-\\infty,{sides[1]}{closing[0]}"
    return f"{opening[0]}{sides[0]},\\infty)" if names == [False, True] else None


def is_text(answer: str) -> bool:
    """Whether an answer holds words, which no formula does."""
    bare = APPLIED.sub(" ", re.sub(r"\\[A-Za-z]+", " ", answer))
    return is_words(answer) or re.search(r"[A-Za-z]{4}|[A-Za-z]{2} [A-Za-z]{2}|['\"@#]", bare) is not None


def has_huge_power(text: str) -> bool:
    """Whether a power in it is too large to be handed to an algebra system."""
    for match in EXPONENT.finditer(text):
        try:
            value = evaluate(match[1])
        except TooLarge:
            return True
        if value is not None and abs(value) > MAX_EXPONENT:
            return True
    return "!" in text and re.search(r"\d{4,}\)*!|!\s*!", text) is not None


def _is_vector(parts: Parts) -> bool:
    """A tuple in round brackets, or a matrix of one row or one column."""
    return parts.brackets == "()" if parts.kind == "tuple" else parts.rows in (1, len(parts.items))


def _solutions(text: str) -> str | None:
    """The interval of an inequality in one variable, or the value behind a label."""
    labelled = label_and_value(text)
    return labelled[1] if labelled else interval_of(text)


def _one_relation(text: str) -> tuple[list[str], str] | None:
    sides, signs = chain_of(text)
    return (sides, signs[0]) if len(signs) == 1 and "" not in sides and signs[0] in MIRRORED else None


def _distinct_labels(items: list[str]) -> bool:
    found = [label_and_value(item) for item in items]
    labels = {label[0] for label in found if label and label[0]}
    return len(labels) > 1 and len(labels) == len(items)


def _ascending(text: str) -> tuple[list[str], list[str]] | None:
    sides, signs = chain_of(text)
    if len(signs) < 2 or "" in sides or not all(sign in MIRRORED for sign in signs):
        return None
    if signs[0] in (">", "\\ge"):
        return sides[::-1], [MIRRORED[sign] for sign in reversed(signs)]
    return sides, signs


def same_congruence(reference: str, answer: str) -> bool | None:
    r"""``n \equiv 1 \pmod{4}`` against another; null where the reference is none."""
    first, second = CONGRUENCE.fullmatch(reference), CONGRUENCE.fullmatch(answer)
    if first is None:
        return None
    if second is None or first[1].strip() != second[1].strip() or first[3] != second[3]:
        return False
    residues, modulus = [evaluate(found[2]) for found in (first, second)], evaluate(first[3])
    if residues[0] is None or residues[1] is None or not modulus:
        return key(first[2]) == key(second[2])
    return (residues[0] - residues[1]) % modulus == 0


def _same_ratio(reference: str, answer: str) -> bool | None:
    """Ratios of two or more numbers, ``3:2``; null where the reference is none."""
    first, second = (split_top(text, COLON) for text in (reference, answer))
    if len(first) < 2 or not all(map(is_readable, first)):
        return None
    if not all(map(is_readable, second)):
        return False
    if len(first) != len(second):
        return len(first) == 2 and len(second) == 1 and same_value(f"({first[0]})/({first[1]})", answer)
    return all(
        same_value(f"({one})*({second[0]})", f"({other})*({first[0]})")
        for one, other in zip(first, second, strict=True)
    )
