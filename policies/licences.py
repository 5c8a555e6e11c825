"""SPDX licence expressions of data, resolved to the licence ids that have to be judged."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, cast

from license_expression import ExpressionError, get_spdx_licensing  # pyright: ignore[reportMissingTypeStubs]

from .creative_commons import creative_commons

OWN = "own"
"""What a problem set of the user's own says instead of a licence."""
UNSTATED = "none"
"""What stands for a problem set whose licence nobody named."""


def alternatives(expression: str | None) -> list[frozenset[str]]:
    """The ways to comply with a licence expression: each is a set of licence ids that apply together.

    ``A AND (B OR C)`` gives ``{A, B}`` and ``{A, C}``. A licence ``WITH`` an exception is a licence of its own,
    since some exceptions take rights away. ``own`` and a missing licence stand for themselves.

    Raises:
        ValueError: it is no SPDX expression, or names a licence that SPDX does not know.
    """
    text = (expression or "").strip() or UNSTATED
    if text.casefold() in {OWN, UNSTATED, "noassertion"}:
        return [frozenset({OWN if text.casefold() == OWN else UNSTATED})]
    return _expanded(_parsed(text).simplify())


def check_spdx(expression: str) -> None:
    """Refuses what is no SPDX licence expression.

    Raises:
        ValueError: it cannot be parsed, or names a licence that SPDX does not know.
    """
    _parsed(expression)


def is_non_commercial(outbound: str) -> bool:
    """Whether every way to read the outbound expression keeps to non-commercial purposes."""
    try:
        options = alternatives(outbound)
    except ValueError:
        return False
    known = [[found for licence in option if (found := creative_commons(licence))] for option in options]
    return all(any(one.non_commercial for one in found) for found in known)


def joined(licences: Iterable[str]) -> str:
    """One expression that asks for all of these licences, each named once, in an order of its own."""
    return _licensing().parse(" AND ".join(sorted(licences))).simplify().render()


@cache
def _licensing() -> Any:
    # Built from an index of 2,000 licences, so it is built once. The library has no type hints.
    return cast(Any, get_spdx_licensing)()


def _parsed(text: str) -> Any:
    try:
        return _licensing().parse(text, validate=True)
    except ExpressionError as error:
        raise ValueError(f"{text!r} is no SPDX licence expression: {error}") from error


def _expanded(node: Any) -> list[frozenset[str]]:
    operator = getattr(node, "operator", "").strip()
    if operator == "OR":
        return [option for part in node.args for option in _expanded(part)]
    if operator == "AND":
        options: list[frozenset[str]] = [frozenset()]
        for part in node.args:
            options = [left | right for left in options for right in _expanded(part)]
        return options
    return [frozenset({str(node.render())})]
