"""The words of a text without what does not change its meaning: what two texts are compared by."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .notation import plain
from .quantities import is_quantity, with_plain_quantities

__all__ = ["NORMALISATION", "numbers", "words"]

NORMALISATION = 1
"""Version of the rules; hashes that were made under another one do not fit."""

_ROUNDS = 4
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d]|,\d)")
_BARE_POINT = re.compile(r"(?<![\d.\w])\.(?=\d)")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_HYPHEN = re.compile(r"(?<=[^\W\d])-(?=[^\W\d])|(?<=\d)-(?=[^\W\d]{2})|(?<=[^\W\d]{2})-(?=\d)")
"""A hyphen, which is no minus: 120-page, well-known, covid-19."""
_TIMES = re.compile(r"(?<=\d) ?x ?(?=\d)")
_WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+|<=|>=|!=|[-+*/=<>^%|()\[\]]")


def words(text: str) -> list[str]:
    """The words, numbers and signs of a text, in order; punctuation, layout and spelling of quantities are gone.

    Giving the words, parted by spaces, again gives the same words.
    """
    text = plain(text)
    if "'" in text:
        text = _APOSTROPHE.sub("", text)
    if "," in text:
        text = _GROUPED.sub(lambda found: found[0].replace(",", ""), text)
    if "." in text:
        text = _BARE_POINT.sub("0.", text)
    if "-" in text:
        text = _HYPHEN.sub(" ", text)
    if "x" in text:
        text = _TIMES.sub(" * ", text)
    found = _WORD.findall(text)
    # A step can make room for another: "(twenty) m" has a bracket less, then a number, then a unit.
    for _ in range(_ROUNDS):
        simpler = with_plain_quantities(_without_idle_brackets(found))
        if simpler == found:
            break
        found = simpler
    return found


def numbers(found: Sequence[str]) -> str:
    """The quantities among the words of a text, each as often as it stands there, whatever their order."""
    return " ".join(sorted(filter(is_quantity, found)))


def _without_idle_brackets(found: Sequence[str]) -> list[str]:
    """Without brackets that hold one word or nothing."""
    if "(" not in found:
        return list(found)
    kept: list[str] = []
    for word in found:
        if word == ")" and kept and kept[-1] == "(":
            kept.pop()
        elif word == ")" and len(kept) > 1 and kept[-2] == "(":
            del kept[-2]
        else:
            kept.append(word)
    return kept
