"""The difference between two traces, line by line and word by word within a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

MAX_WORDS = 6000
"""Of both texts together; beyond it whole lines are compared, which is quick."""

Kind = Literal["same", "removed", "added"]


class Piece(NamedTuple):
    """A stretch of text that is in both, or in one of them."""

    kind: Kind
    text: str


def differences(one: str, other: str) -> list[Piece]:
    """What changes from one text to the other; put together, the pieces that are not added give the first."""
    words = _split(one), _split(other)
    if len(words[0]) + len(words[1]) > MAX_WORDS:
        words = one.splitlines(keepends=True), other.splitlines(keepends=True)
    return list(_pieces(*words))


def _split(text: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", text)


def _pieces(mine: Sequence[str], theirs: Sequence[str]) -> Iterator[Piece]:
    for kind, first, last, start, end in SequenceMatcher(None, mine, theirs, autojunk=len(mine) > 400).get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(mine[first:last]))
            continue
        if first < last:
            yield Piece("removed", "".join(mine[first:last]))
        if start < end:
            yield Piece("added", "".join(theirs[start:end]))
