r"""Whether the final answer of a math trace is the reference: the verdict that proves a trace right.

The answer is found in the response, put into one notation, and compared in three tiers: text and exact arithmetic,
part by part, and a symbolic worker process. Whatever is too costly to compare is undecided, never a pass.
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import Literal, NamedTuple

from pydantic import Field

from ..pipeline.records import Finding, Problem, valid_unicode
from .answer_extraction import boxes, extract
from .answer_prose import has_prose, without_introduction, without_prose
from .base import Candidate, Settings, Verifier, failed, passed, undecided
from .math_arguments import Unreadable
from .math_choice import WANTED, same_choice, without_label
from .math_comparison import Comparison, UnreadableReference
from .math_equivalence import Conventions, is_words, key
from .math_notation import canonical
from .math_reference import check_reference
from .math_structure import take_apart
from .math_units import quantity
from .math_worker import MathWorker, TooCostly

__all__ = ["MathAnswer"]

SHOWN = 200
"""Characters of an answer that a finding shows."""
LONG_REFERENCE = 120
"""A reference that is longer and has no box is a worked solution; its answer is looked for."""


YES_OR_NO = frozenset({"yes", "no", "true", "false"})
SAID = re.compile(r"\W*(yes|no|true|false)\b(?=\W*$|[,.;:!(\u2014])", re.IGNORECASE)


class MathAnswerSettings(Settings):
    """Conventions where graders differ, and limits of the symbolic comparison."""

    percent: Literal["ignore", "value"] = "ignore"
    """ignore: 10% equals 10; value: it equals 0.1."""
    units: Literal["optional", "required"] = "optional"
    """optional: a unit may be missing on either side; required: both have the same one or none."""
    decimals: Literal["exact", "rounded"] = "exact"
    """exact: 0.33 is not 1/3; rounded: a decimal of two digits or more equals what rounds to it."""
    timeout_s: float = Field(default=0.5, gt=0, le=300)
    """Seconds of processor time that one symbolic comparison may take."""
    memory_mb: int = Field(default=2048, ge=512)
    """How much memory the symbolic worker may have."""


class Graded(NamedTuple):
    """A finding, and the answer it is about."""

    finding: Finding
    extracted: str | None


class MathAnswer(Verifier[MathAnswerSettings]):
    """Passes a trace whose final answer equals the reference."""

    version = "2"
    cost = 30
    proves = True
    uses_reference = True
    appealable = True
    Settings = MathAnswerSettings

    def __init__(self, settings: MathAnswerSettings) -> None:
        super().__init__(settings)
        self._worker = MathWorker(settings.timeout_s, settings.memory_mb)
        self._conventions = Conventions(settings.percent, settings.units, settings.decimals)

    def verify(self, problem: Problem, candidate: Candidate) -> Finding:
        """Find the answer and hold it against the reference."""
        response = candidate.response or ""
        return self.grade(problem.answer, response, problem.prompt, candidate.reasoning or "").finding

    def unjudgeable(self, problem: Problem) -> str | None:
        """Why the reference cannot be compared with."""
        if unread := _unread(problem.answer):
            return unread.reason
        try:
            check_reference(canonical(without_introduction(_answer_of(problem.answer or ""))), self._worker)
        except UnreadableReference as error:
            return f"the reference cannot be read: {error}"
        except TooCostly as error:
            return f"too costly to compare: {error}"
        return None

    def grade(self, reference: str | None, response: str, prompt: str = "", reasoning: str = "") -> Graded:
        """Judge a whole response."""
        found = extract(response, prompt, reasoning, in_words=_is_in_words(reference or ""))
        if found.answer is None:
            if unread := _unread(reference):
                return Graded(unread, None)
            return Graded(failed(found.refusal or "no answer found"), None)
        return Graded(self._finding(reference, found.answer, found.method), _shown(found.answer))

    def grade_answer(self, reference: str | None, answer: str) -> Graded:
        """Judge a bare answer."""
        found = extract(answer) if boxes(answer) else None
        if found is not None and found.answer is None:
            return Graded(failed(found.refusal or "no answer found"), None)
        bare = found.answer if found and found.answer else answer
        return Graded(self._finding(reference, bare, "boxed" if found else "bare"), _shown(bare))

    def warm(self) -> None:
        """Have the symbolic worker ready, so that the first answer does not wait for it."""
        self._worker.warm()

    def close(self) -> None:
        """End the worker."""
        self._worker.close()

    def _finding(self, reference: str | None, answer: str, method: str) -> Finding:
        if unread := _unread(reference):
            # Kept all the same: where several traces agree, it may become the reference.
            return undecided(unread.reason, _details(answer, reference or "", "none", method))
        wanted = _answer_of(reference or "")
        comparison = Comparison(self._worker, self._conventions)
        try:
            equal = _equal(comparison, wanted, answer)
        except UnreadableReference as error:
            return undecided(f"the reference cannot be read: {error}", _details(answer, wanted, "symbolic", method))
        except TooCostly as error:
            return undecided(f"too costly to compare: {error}", _details(answer, wanted, "symbolic", method))
        details = _details(answer, wanted, "symbolic" if comparison.symbolic else "exact", method)
        if equal:
            return passed("the answer is the reference", 1.0, details)
        return failed(f"the answer is {_shown(answer)}, the reference {_shown(wanted)}", 0.0, details)


def _equal(comparison: Comparison, reference: str, answer: str) -> bool:
    wanted = canonical(reference)
    if (chosen := same_choice(wanted, answer)) is not None:
        return chosen
    if key(wanted) in YES_OR_NO and (said := SAID.match(answer)):
        return said[1].casefold() == key(wanted)
    wanted = canonical(without_introduction(without_label(reference)))
    is_list = take_apart(wanted).kind == "list"
    return any(comparison.equal(wanted, given) for given in _readings(answer, is_list=is_list))


def _is_in_words(reference: str) -> bool:
    try:
        wanted = canonical(reference)
    except Unreadable:
        return False
    return is_words(wanted) and not WANTED.fullmatch(wanted)


def _readings(answer: str, *, is_list: bool) -> list[str]:
    """What an answer may mean: the whole of it, or only the formula in a sentence; ``3,400`` is also a list."""
    found: list[str] = []
    texts = [without_introduction(without_label(answer))]
    with contextlib.suppress(Unreadable):
        amount = quantity(canonical(texts[0]))
        if not amount.unit or has_prose(amount.value):
            texts.append(without_prose(texts[0]))
    for text in texts:
        for grouped in (True, False) if is_list else (True,):
            with contextlib.suppress(Unreadable):
                found.append(canonical(text, grouped=grouped))
    return list(dict.fromkeys(found))


def _unread(reference: str | None) -> Finding | None:
    try:
        wanted = canonical(_answer_of(reference or ""))
    except Unreadable as error:
        return undecided(f"the reference cannot be read: {error}")
    if not key(wanted):
        return undecided("the reference cannot be read: it is empty")
    if wanted.casefold() == "nan":
        return undecided("the reference cannot be read: NaN is no number")
    return None


def _answer_of(reference: str) -> str:
    """The answer within a reference that is a worked solution."""
    if boxes(reference) or len(reference) > LONG_REFERENCE:
        found = extract(reference).answer
        return without_prose(found) if found else reference
    return without_prose(reference) if len(reference.split()) > 6 and "$" in reference else reference


def _shown(answer: str) -> str:
    return valid_unicode(answer.strip()[:SHOWN])


def _details(answer: str, reference: str, tier: str, method: str) -> str:
    found = {"extracted": _shown(answer), "reference": _shown(reference), "tier": tier, "method": method}
    return json.dumps(found, ensure_ascii=False)
