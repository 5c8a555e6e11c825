"""Names of others (models, problem sets) as text that cannot pose as anything else in a file of ours."""

from __future__ import annotations

MAX_NAME = 200


def one_line(text: str, longest: int | None = MAX_NAME) -> str:
    """The text on one line: blanks joined, what does not print or turns the direction of writing replaced, cut off."""
    joined = " ".join(text.split())
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in joined)[:longest]
