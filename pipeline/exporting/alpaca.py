"""Stanford Alpaca's shape."""

from __future__ import annotations

import pyarrow as pa

from ..conversation import answer_text
from ..corpus import Row
from .base import ExampleForm, strings

__all__ = ["Alpaca"]


class Alpaca(ExampleForm):
    """Text in, text out, without turns."""

    description = "An example a row, as instruction and output, in the shape of Alpaca."
    schema = pa.schema(strings("instruction", "input", "output"))

    def row(self, row: Row) -> Row:
        """All that is asked is the instruction, what the prompt says to the system first; ``input`` stays empty."""
        return {
            "instruction": "\n\n".join(turn["content"] for turn in self.context.question(row)),
            "input": "",
            "output": answer_text(row["reasoning"], row["response"]),
        }
