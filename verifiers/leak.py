"""Whether a trace gives away secrets or personal data that do not stand in its problem."""

from __future__ import annotations

import json

from pydantic import Field

from ..pipeline.records import Finding, Problem
from .base import Candidate, Settings, Verifier, failed, passed
from .leak_detectors import DETECTORS, Kind, find_leaks, plain

__all__ = ["Leak"]

MAX_CHARACTERS = 2_000_000
MAX_LISTED = 20
"""Leaks that a finding lists."""


class LeakSettings(Settings):
    """What counts."""

    kinds: list[Kind] = Field(default=list(DETECTORS), min_length=1)
    """Kinds of secrets and personal data that a trace may not hold."""


class Leak(Verifier[LeakSettings]):
    """Passes a trace without secrets and personal data of its own; the score is how many there are.

    The finding never repeats one: it names kind and line, and shows four characters at most.
    """

    version = "1"
    cost = 10
    Settings = LeakSettings

    def verify(self, problem: Problem, candidate: Candidate) -> Finding:
        """Look through reasoning and response."""
        text = candidate.text[:MAX_CHARACTERS]
        given = plain("\n".join(filter(None, (problem.prompt, problem.answer, problem.tests, problem.rubric))))
        leaks = [
            leak
            for leak in find_leaks(text, frozenset(self.settings.kinds))
            if plain(text[leak.start : leak.end]) not in given
        ]
        if not leaks:
            return passed("nothing leaks", 0.0)
        listed = [
            {
                "kind": leak.kind,
                "line": text.count("\n", 0, leak.start) + 1,
                "masked": masked(text[leak.start : leak.end]),
            }
            for leak in leaks[:MAX_LISTED]
        ]
        first = listed[0]
        reason = f"{len(leaks)} found, first in line {first['line']}: {first['kind']} {first['masked']}"
        return failed(reason, float(len(leaks)), json.dumps({"leaks": listed}))


def masked(secret: str) -> str:
    """The first four characters of a secret, or fewer of a short one, and its length."""
    shown = "".join(sign if sign.isprintable() else "�" for sign in secret[: min(4, len(secret) // 3)])
    return f"{shown}… ({len(secret)} characters)"
