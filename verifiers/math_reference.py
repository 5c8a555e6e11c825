"""Whether a reference can be compared with at all: found out before anything is paid for."""

from __future__ import annotations

from .exact_arithmetic import TooLarge
from .math_brackets import split_top
from .math_choice import same_choice
from .math_comparison import COLON, CONGRUENCE, UnreadableReference, is_readable, is_text
from .math_equivalence import Conventions, is_words, key, measured
from .math_sets import MIRRORED, subset
from .math_structure import chain_of, label_and_value, take_apart
from .math_worker import MathWorker, TooCostly

MAX_DEPTH = 8


def check_reference(reference: str, worker: MathWorker) -> None:
    """Read a reference in canonical notation through all its parts.

    Raises:
        UnreadableReference: a part of it is nothing that an answer can be held against.
        TooCostly: a part of it is too large to be worked out.
    """
    try:
        _check(reference, worker, 0)
    except TooLarge as error:
        raise TooCostly("a value is too large to be worked out") from error


def _check(text: str, worker: MathWorker, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise TooCostly("nested too deeply")
    if same_choice(text, "") is not None or is_words(text) or is_text(text) or subset(text) is not None:
        return
    parts = take_apart(text)
    if parts.kind != "single":
        for item in parts.items:
            _check(item, worker, depth + 1)
        return
    item = parts.items[0]
    if CONGRUENCE.fullmatch(item):
        return
    labelled = label_and_value(item)
    if labelled is not None and labelled[1] != item:
        _check(labelled[1], worker, depth + 1)
        return
    sides = split_top(item, COLON) if labelled else chain_of(item).sides
    if labelled is None and not set(chain_of(item).signs) <= MIRRORED.keys():
        return
    for side in sides:
        _check_formula(measured(side, Conventions()).value, worker)


def _check_formula(text: str, worker: MathWorker) -> None:
    if not key(text):
        raise UnreadableReference("a part of it is empty")
    if not is_readable(text) and worker.compare([text], ["0"]).unread == "reference":
        raise UnreadableReference(f"{text[:60]!r} is no formula that can be parsed")
