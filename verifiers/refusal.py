"""Whether the model or its provider refused, or the model gave up, and no answer was given."""

from __future__ import annotations

import re

from ..pipeline.records import Finding, Problem
from .base import Candidate, Settings, Verifier, failed, passed
from .quoting import quoted
from .refusal_phrases import GIVING_UP, REFUSALS
from .thinking import without_thinking

__all__ = ["Refusal"]

REFUSED = {
    "refusal": "the model refused",
    "content_filter": "the provider's filter cut the answer off",
    "safety": "the provider's filter cut the answer off",
    "prohibited_content": "the provider's filter cut the answer off",
}
"""Finish reasons of answers that were not to be given."""
OPENING = 300
"""Characters at the beginning of an answer in which it says that it refuses."""
CLOSING = 300
"""Characters at the end of an answer in which it says that it gives up."""
FINAL_ANSWER = re.compile(r"\\boxed|####|<answer>")
PLAIN = str.maketrans({"\u2019": "'", "\u02bc": "'", "\u00a0": " ", "\n": " ", "*": "", "_": ""})
"""Straight apostrophes, and neither markup nor line ends between the words."""


class RefusalSettings(Settings):
    """What counts as a refusal."""

    giving_up: bool = True
    """Whether an answer that says it could not find one counts too."""


class Refusal(Verifier[RefusalSettings]):
    """Passes an answer that does not open with a refusal and does not close with giving up."""

    version = "1"
    cost = 10
    Settings = RefusalSettings

    def verify(self, problem: Problem, candidate: Candidate) -> Finding:
        """Fail a refusal by finish reason or by words; the reason quotes them."""
        if why := REFUSED.get((candidate.finish_reason or "").lower()):
            return failed(f"finish_reason {candidate.finish_reason}: {why}")
        answer = (without_thinking(candidate.response or "") or "").strip()
        opening = answer[:OPENING].translate(PLAIN)
        if found := REFUSALS.search(opening):
            return failed(f"refuses: {quoted(opening[found.start() :])}")
        if self.settings.giving_up and not FINAL_ANSWER.search(answer):
            closing = answer[-CLOSING:].translate(PLAIN)
            if found := GIVING_UP.search(closing):
                return failed(f"gives up: {quoted(closing[found.start() :])}")
        return passed("answers")
