"""The shape of OpenThoughts-114k, which is sharegpt's with markers round thought and solution."""

from __future__ import annotations

import pyarrow as pa

from ..corpus import Row
from .base import ExampleForm, strings

__all__ = ["OpenThoughts"]

SYSTEM = (
    "Work on the problem in two parts. First think at length: explore it, try ways that may lead somewhere, check what "
    "you find and go back where it does not hold. Write all of that between <|begin_of_thought|> and "
    "<|end_of_thought|>, one thought after the other. Then give the solution that you have come to, complete and in "
    "order, between <|begin_of_solution|> and <|end_of_solution|>."
)
"""What asks for the markers. Ours: the words of the original are its makers'."""


class OpenThoughts(ExampleForm):
    """``system`` stands beside the conversation; a system turn of the prompt follows ours there."""

    description = "An example a row, in the shape of OpenThoughts-114k (sharegpt)."
    schema = pa.schema(
        [
            *strings("system"),
            ("conversations", pa.list_(pa.struct([("from", pa.string()), ("value", pa.string())]))),
        ]
    )

    def row(self, row: Row) -> Row:
        """The question's turns and the answer in its two marked parts."""
        asked = self.context.question(row)
        system = [turn["content"] for turn in asked if turn["role"] == "system"]
        turns = [turn for turn in asked if turn["role"] != "system"]
        answer = {"role": "assistant", "content": _marked(row["reasoning"], row["response"])}
        return {
            "system": "\n\n".join([SYSTEM, *system]),
            "conversations": [{"from": turn["role"], "value": turn["content"]} for turn in [*turns, answer]],
        }


def _marked(reasoning: str | None, response: str | None) -> str:
    solution = f"<|begin_of_solution|>\n\n{(response or '').strip()}\n\n<|end_of_solution|>"
    return f"<|begin_of_thought|>\n\n{(reasoning or '').strip()}\n\n<|end_of_thought|>\n\n{solution}"
