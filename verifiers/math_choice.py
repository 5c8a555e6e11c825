r"""Multiple choice: the letter that an answer names, with or without the value that stands at it."""

from __future__ import annotations

import re

from .math_notation import MAX_ANSWER

WANTED = re.compile(r"\(? *(?:\\text\{ *)?\(?([A-J])[).]?(?: *\})? *\)?")
WANTED_WITH_VALUE = re.compile(r"(?:\\text\{ *)?\(([A-J])\)(?: *\})? *(\S.*)", re.DOTALL)
LEAD = r"(?i:(?:the )?(?:correct |right |best )?(?:option|choice|answer)(?: is)?:? *)?"
GIVEN = re.compile(rf"\W*{LEAD}\W*(?:([A-Ja-j])|([A-J])[).:,].*|([B-H])\s.*)\W*", re.DOTALL)
SEVERAL = re.compile(r"\W*[A-J]\W{0,3}(?:,|and|or|&|/)\W{0,3}[A-J]\b")
MARKED = re.compile(r"\(([A-J])\)")
LABEL = re.compile(r"^[\s$*]*(?:\\text[a-z]*\s*\{\s*\(([A-J])\)\s*\}|\(([A-J])\))[\s\\$:~]*(?=\S)")


def same_choice(reference: str, raw: str) -> bool | None:
    r"""Whether an answer names the reference's letter; null where the reference is no letter, or neither names one.

    Args:
        reference: in canonical notation: ``B``, ``\text{(B)}`` or ``\text{(B)} 12``.
        raw: the answer as it was written.
    """
    wanted = WANTED.fullmatch(reference)
    valued = None if wanted else WANTED_WITH_VALUE.fullmatch(reference)
    letter = (wanted or valued or [None, None])[1]
    if letter is None:
        return None
    if len(raw) > MAX_ANSWER:
        return False
    raw = re.sub(r"\\text[a-z]*\s*\{([^{}]*)\}", r"\1", raw).replace("$", " ").strip()
    if SEVERAL.match(raw):
        return False
    if given := GIVEN.fullmatch(raw):
        return (given[1] or given[2] or given[3]).upper() == letter
    if marked := MARKED.findall(raw):
        return marked[-1] == letter
    return None if valued else False


def letter_of(raw: str) -> str | None:
    """The letter of the choice that an answer names; null where it names none."""
    return next((letter for letter in "ABCDEFGHIJ" if same_choice(letter, raw)), None)


def without_label(text: str) -> str:
    r"""An answer without the letter of its choice: ``\text{(C) } 12`` is 12."""
    return LABEL.sub("", text)
