"""The shape of AM-DeepSeek-R1-Distilled."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from ..corpus import Row
from .base import ExampleForm, strings

__all__ = ["AM"]

_INFO = ("source", "reference_answer", "test_case", "think_content", "answer_content")


class AM(ExampleForm):
    """What is known of a turn stands in the turn: of the question its reference, of the answer its two parts."""

    description = "An example a row, thinking and answer in tags, in the shape of AM-DeepSeek-R1-Distilled."
    schema = pa.schema(
        [
            (
                "messages",
                pa.list_(pa.struct([*strings("role", "content"), ("info", pa.struct(strings(*_INFO)))])),
            )
        ]
    )

    def row(self, row: Row) -> Row:
        """The conversation with its notes."""
        think, answer = (row["reasoning"] or "").strip(), (row["response"] or "").strip()
        *before, asked = self.context.question(row)
        content = f"<think>{think}</think><answer>{answer}</answer>"
        return {
            "messages": [
                *(turn | {"info": _info(row)} for turn in before),
                asked | {"info": _info(row, reference_answer=row["answer"], test_case=row["tests"])},
                {"role": "assistant", "content": content}
                | {"info": _info(row, think_content=think, answer_content=answer)},
            ]
        }


def _info(row: Row, **known: Any) -> dict[str, Any]:
    return dict.fromkeys(_INFO) | {"source": row["source"]} | known
