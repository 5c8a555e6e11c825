"""Reads a judge's reply: one JSON object, asked for by a schema, looked for with tolerance, and believed only whole.

A reply that cannot be read is never a pass. Nor is one that contradicts itself: a ``pass`` with a score below the
least good one fails.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal, NamedTuple

HIGHEST_SCORE = 10

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "reason": {"type": "string"},
        "score": {"type": "integer", "enum": list(range(HIGHEST_SCORE + 1))},
        "verdict": {"type": "string", "enum": ["pass", "fail", "unsure"]},
    },
    "required": ["reason", "score", "verdict"],
    "additionalProperties": False,
}
"""The form of a reply. The reason comes first: what is written before the verdict can still change it."""

REPAIR = (
    "Your last reply to this could not be read: {flaw}. Reply with one JSON object and nothing else, with the keys "
    '"reason" (text), "score" (a whole number from 0 to 10) and "verdict" ("pass", "fail" or "unsure").'
)
"""What a judge is told once when its reply cannot be read."""

LONGEST_REASON = 1000
"""Characters of a reason that are kept."""

_OBJECT = re.compile(r'\{\s*"')
"""How an object begins; a brace of LaTeX does not."""
_ESCAPE = re.compile(r'\\(["\\/nrt]|u[0-9a-fA-F]{4})?')


class Judgement(NamedTuple):
    """What one reply says."""

    verdict: Literal["pass", "fail", "unsure"]
    score: int
    """From 0 to 10."""
    reason: str


class UnreadableReply(ValueError):
    """A reply is not in the form that was asked for; says what is wrong with it."""


def read_reply(reply: str) -> Judgement:
    """The judgement that a reply ends with, as a JSON object.

    A think block, words before the object and a code fence round it are passed over; words after it are not, and
    neither is an object that breaks off or another one that disagrees: a judge that quotes a verdict out of the
    material, to refute it, must not be taken to give it.

    Raises:
        UnreadableReply: it does not end with such an object, or a value is not what it must be.
    """
    text = reply.rpartition("</think>")[2].rstrip("` \t\r\n")
    # LaTeX in a reason: a backslash that JSON does not know is one that was meant.
    text = _ESCAPE.sub(lambda found: found[0] if found[1] else r"\\", text)
    value: dict[str, Any] = {}
    verdicts: set[str] = set()
    position = 0
    while (start := _OBJECT.search(text, position)) is not None:
        try:
            value, position = _DECODER.raw_decode(text, start.start())
        except (ValueError, RecursionError) as error:
            raise UnreadableReply("a JSON object in it is broken") from error
        verdicts.add(str(value.get("verdict", "")))
    if position < len(text) or position == 0:
        raise UnreadableReply("it does not end with a JSON object")
    if len(verdicts) > 1:
        raise UnreadableReply("it holds several JSON objects that differ")
    return _judgement(value)


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key is given twice")
    return dict(pairs)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


_DECODER = json.JSONDecoder(strict=False, parse_constant=_no_number, object_pairs_hook=_each_key_once)


def _judgement(value: dict[str, Any]) -> Judgement:
    verdict, score, reason = value.get("verdict"), value.get("score"), value.get("reason", "")
    verdict = verdict.strip().lower() if isinstance(verdict, str) else verdict
    if verdict not in ("pass", "fail", "unsure"):
        raise UnreadableReply('verdict is not "pass", "fail" or "unsure"')
    if isinstance(score, float) and score.is_integer():
        score = int(score)
    if isinstance(score, bool) or not isinstance(score, int) or not 0 <= score <= HIGHEST_SCORE:
        raise UnreadableReply(f"score is not a whole number from 0 to {HIGHEST_SCORE}")
    if not isinstance(reason, str):
        raise UnreadableReply("reason is not text")
    return Judgement(verdict, score, " ".join(reason.split())[:LONGEST_REASON])
