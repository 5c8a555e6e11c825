"""The shape of s1K."""

from __future__ import annotations

import pyarrow as pa

from ..corpus import Row
from ..records import canonical_json
from .base import TEXTS, ExampleForm, strings

__all__ = ["S1K"]


class S1K(ExampleForm):
    """Question, thinking and attempt apart; whoever trains on it puts them together."""

    description = "An example a row, thinking and answer apart, in the shape of s1K."
    schema = pa.schema(
        [
            *strings("question", "solution", "cot_type", "source_type", "metadata"),
            ("thinking_trajectories", TEXTS),
            *strings("attempt"),
        ]
    )

    def row(self, row: Row) -> Row:
        """The bare problem; ``solution`` is the reference answer, as far as one is known."""
        metadata = {name: row[name] for name in ("problem_id", "trace_id", "model", "license", "completion_tokens")}
        return {
            "question": row["prompt"],
            "solution": row["answer"],
            "cot_type": row["domain"],
            "source_type": row["source"],
            "metadata": canonical_json(metadata),
            "thinking_trajectories": [row["reasoning"] or ""],
            "attempt": row["response"],
        }
