"""What the server says: the part of its behaviour that all protocols share."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class Answer:
    """A completion in its protocol's words: one JSON body, or the frames of a stream."""

    body: dict[str, Any]
    frames: list[bytes] | None = None


@dataclass
class Voice:
    """Set any of these, also while the server runs.

    Attributes:
        answer: from the request's body to the assistant's message; null solves sums. In chat completions the message
            may also hold a ``finish_reason`` and ``completion_tokens`` of its own.
        answer_chars: length that answers are filled up to; null leaves them as they are.
        finish_reason: what every answer ends with, in the words of chat completions.
        served_model: the name it answers as; null takes the one that was asked for.
        routed_to: provider that it says has answered, as aggregators do; null says nothing.
        takes_n: whether ``n`` is honoured; some servers answer one choice and say nothing.
        redacted: whether Anthropic's thinking comes as ``redacted_thinking``.
        checks_thinking: whether thinking's budget and its quarrel with ``temperature`` are checked as Anthropic does.
    """

    answer: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    answer_chars: int | None = None
    finish_reason: str = "stop"
    served_model: str | None = None
    routed_to: str | None = None
    takes_n: bool = True
    redacted: bool = False
    checks_thinking: bool = False
    _numbers: int = field(default=0, init=False)

    def message(self, body: dict[str, Any]) -> dict[str, Any]:
        """The assistant's message for a body in the form of chat completions."""
        message = (self.answer or solve)(body)
        if self.answer_chars is not None:
            return message | {"content": filler(self.answer_chars, message.get("content") or "")}
        return message

    def model(self, body: dict[str, Any]) -> str:
        """The model that an answer names."""
        return self.served_model or body["model"]

    def tokens(self, default: int) -> int:
        """Tokens of one answer."""
        return default if self.answer_chars is None else max(1, self.answer_chars // CHARACTERS_PER_TOKEN)

    def number(self) -> int:
        """A new number for an id."""
        self._numbers += 1
        return self._numbers


def text_of(content: Any) -> str:
    """A turn's text, whether it is a string or a list of parts."""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in content or [] if isinstance(part, dict))


def solve(body: dict[str, Any]) -> dict[str, Any]:
    """The right answer to the sum in the last turn."""
    numbers = [int(number) for number in re.findall(r"\d+", text_of(body["messages"][-1]["content"]))]
    total = sum(numbers)
    steps = " + ".join(map(str, numbers))
    return {"content": f"{steps} = {total}\nThe answer is \\boxed{{{total}}}."}


def filler(characters: int, end: str) -> str:
    """Plain sentences of this length in all, ending in ``end``."""
    sentence = "First I write down what is known, then I work through it in small steps and check each one. "
    room = max(0, characters - len(end))
    return (sentence * (room // len(sentence) + 1))[:room] + end
