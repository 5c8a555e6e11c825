"""Questions with answers to choose from, shown with letters; the reference is the letter of the right one.

Reads the forms of MMLU (Hendrycks et al. 2020, arXiv:2009.03300: a list of choices and the place of the right one) and
of ARC (Clark et al. 2018, arXiv:1803.05457: choices with labels, and the label of the right one).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from .huggingface import HubOptions
from .published import Published

__all__ = ["MultipleChoice"]

LETTERS = "ABCDEFGHIJ"
"""The letters that the verifier of answers tells from words."""
TASK = "{question}\n\n{choices}\n\nAnswer with one letter."

Column = Literal["id", "question", "choices", "answer", "difficulty"]


class MultipleChoiceOptions(HubOptions):
    """Which columns hold what."""

    columns: dict[Column, str] = {}  # noqa: RUF012 - pydantic copies a default
    """Columns with other names, such as ``answer: answerKey``."""


class MultipleChoice(Published[MultipleChoiceOptions]):
    """Two to ten choices; the answer is a letter, a choice's label, or its place, counted from 0."""

    Options = MultipleChoiceOptions
    needed = ("question", "choices", "answer")
    useful = ("id", "difficulty")

    def columns(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The columns by the names that the options give them."""
        return tuple(map(self._named, self.needed)), tuple(map(self._named, self.useful))

    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The question with its choices below it; its reference is a letter."""
        question, given, answer = (values.get(self._named(name)) for name in self.needed)
        if not isinstance(question, str) or not question.strip():
            raise ValueError("question: is missing or no text; give the question without its choices")
        texts, labels = _choices(given)
        place = _place(answer, labels, len(texts))
        shown = "\n".join(f"({letter}) {text}" for letter, text in zip(LETTERS, texts, strict=False))
        return {
            "id": values.get(self._named("id")),
            "domain": "math",  # a letter is compared as other exact answers are
            "prompt": TASK.format(question=question.strip(), choices=shown),
            "answer": LETTERS[place],
            "difficulty": values.get(self._named("difficulty")),
        }

    def _named(self, name: str) -> str:
        return cast("dict[str, str]", self.options.columns).get(name, name)


def _choices(given: object) -> tuple[list[str], list[str]]:
    """The texts of the choices, and their labels where they have any."""
    if isinstance(given, str):
        try:
            given = cast("object", json.loads(given))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"choices: not JSON ({error}); give a list of texts") from error
    labels: object = []
    if isinstance(given, dict):
        both = cast("dict[str, object]", given)
        given, labels = both.get("text"), both.get("label")
    if not (_is_texts(given) and _is_texts(labels)):
        raise ValueError("choices: must be a list of texts, or `{text: [...], label: [...]}`")
    texts, labels = list(cast("Sequence[str]", given)), list(cast("Sequence[str]", labels))
    if not 2 <= len(texts) <= len(LETTERS) or len(labels) not in (0, len(texts)):
        raise ValueError(f"choices: {len(texts)} of them with {len(labels)} labels; 2 to {len(LETTERS)} can be shown")
    return texts, labels


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in cast("Sequence[object]", value))


def _place(answer: object, labels: Sequence[str], count: int) -> int:
    """Where the right choice stands, from 0. A label outranks a letter, and a letter a number."""
    text = answer.strip() if isinstance(answer, str) else ""
    place = -1
    if text in labels:
        place = labels.index(text)
    elif len(text) == 1 and text.upper() in LETTERS:
        place = LETTERS.index(text.upper())
    elif text.isdecimal():
        place = int(text)
    elif isinstance(answer, int) and not isinstance(answer, bool):
        place = answer
    if not 0 <= place < count:
        raise ValueError(f"answer: {answer!r:.60} is none of the {count} choices; give a letter, a label or a place")
    return place
