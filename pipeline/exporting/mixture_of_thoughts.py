"""The shape of Mixture-of-Thoughts."""

from __future__ import annotations

import pyarrow as pa

from ..corpus import Row
from .base import CONTENT_FIRST, ExampleForm, strings

__all__ = ["MixtureOfThoughts"]


class MixtureOfThoughts(ExampleForm):
    """Conversations with their length and source."""

    description = "An example a row, in the shape of Mixture-of-Thoughts."
    schema = pa.schema([("messages", CONTENT_FIRST), ("num_tokens", pa.int64()), *strings("source")])

    def row(self, row: Row) -> Row:
        """The conversation; ``num_tokens`` counts the teacher's tokens, which are those of the answer."""
        return {
            "messages": self.context.turns(row),
            "num_tokens": row["completion_tokens"],
            "source": row["source"],
        }
