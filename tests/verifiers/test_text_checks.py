"""Code tests, and the speed of the checks that look at the text alone, or at nothing yet."""

from __future__ import annotations

import time

from tracestill.verifiers.format import Format
from tracestill.verifiers.length import Length
from tracestill.verifiers.repetition import Repetition

STEPS = " ".join(f"Step {n}: we add {n} to {n * n} and get {n + n * n}, which is even." for n in range(60))


def test_the_text_checks_are_fast_on_a_megabyte(math_problem, candidate):
    started = time.monotonic()
    for text in (STEPS * 250, "a" * 1_000_000, "<think>" * 140_000, "a " * 500_000):
        for verifier in (Format(Format.Settings()), Length(Length.Settings()), Repetition(Repetition.Settings())):
            verifier.verify(math_problem, candidate(text))
    assert time.monotonic() - started < 15
