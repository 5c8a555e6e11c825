"""Turns the fields of a row into a Problem: what they must be, and what stands in where one is missing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..config_problems import ProblemSet
from ..records import DOMAINS, Domain, Problem, short_hash, valid_unicode
from .unit_tests import tests_text

__all__ = ["problem_of"]


def problem_of(values: Mapping[str, Any], problem_set: ProblemSet) -> Problem | None:
    """The problem that a row holds, or None where it belongs to another split.

    A null or blank value counts as missing. What a row does not say comes from its set; an id is a hash of the domain
    and the prompt.

    Raises:
        ValueError: a field is missing or wrong; names it and says what to do.
    """
    split = _text(values, "split") or problem_set.split
    if split != problem_set.split:
        return None
    domain = _domain(values) or problem_set.domain
    prompt = _text(values, "prompt")
    if prompt is None:
        raise ValueError("prompt: is missing or blank; give the text of the problem")
    tests = values.get("tests")
    return Problem(
        problem_id=_number_or_text(values, "id") or short_hash([domain, prompt]),
        domain=domain,
        prompt=prompt,
        answer=_number_or_text(values, "answer"),
        tests=None if tests in (None, "") else valid_unicode(tests_text(tests)),
        rubric=_text(values, "rubric"),
        source=_text(values, "source") or problem_set.source,
        license=_text(values, "license") or problem_set.license,
        split=split,
        difficulty=_number_or_text(values, "difficulty"),
    )


def _text(values: Mapping[str, Any], key: str) -> str | None:
    value = values.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"{key}: must be text, not {value!r:.60}; put it in quotes")  # noqa: TRY004
    return valid_unicode(value) if value.strip() else None


def _domain(values: Mapping[str, Any]) -> Domain | None:
    value = _text(values, "domain")
    if value is None:
        return None
    for domain in DOMAINS:
        if value == domain:
            return domain
    raise ValueError(f"domain: {value!r:.60} is none; use one of {', '.join(DOMAINS)}")


def _number_or_text(values: Mapping[str, Any], key: str) -> str | None:
    """Text as it is; a number as one would write it: 5.0 is ``5``, 1e-07 is ``0.0000001``."""
    value = values.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return _text(values, key)
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        raise ValueError(f"{key}: {value} is no number to compare with; give a finite one or text")
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    written = f"{exact:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
