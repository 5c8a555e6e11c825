"""The shape of SYNTHETIC-1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from ..conversation import answer_text
from ..corpus import Row
from ..records import canonical_json
from .base import CONTENT_FIRST, Form, strings

__all__ = ["Synthetic1"]

_TASKS = {
    "math": "verifiable_math",
    "code": "verifiable_code",
    "open": "llm_judgeable_groundtruth_similarity",
}


class Synthetic1(Form):
    """Right and wrong answers, each with a score and what it was held against."""

    scope = "completions"
    description = "An answer a row, right or wrong, in the shape of SYNTHETIC-1."
    schema = pa.schema(
        [
            *strings("response_id", "problem_id", "source", "in_source_id", "hf_dataset_name", "task_type", "prompt"),
            *strings("gold_standard_solution", "llm_response", "verification_info"),
            ("score", pa.float64()),
            *strings("verification_result_info", "metadata"),
            ("messages", CONTENT_FIRST),
        ]
    )

    def rows(self, samples: Sequence[Row]) -> Iterable[Row]:
        """A row for each answer; what has no column of its own is JSON text, as there."""
        return map(self._row, samples)

    def _row(self, row: Row) -> Row:
        held_against = {"ground_truth": row["answer"], "test_cases": row["tests"]}
        result = {"outcome": row["outcome"], "reason": row["outcome_reason"], "verifier": row["deciding_verifier"]}
        made_by = {name: row[name] for name in ("model", "license", "prompt_id", "finish_reason", "completion_tokens")}
        return {
            "response_id": row["trace_id"],
            "problem_id": row["problem_id"],
            "source": row["source"],
            "in_source_id": row["problem_id"],
            "hf_dataset_name": self.context.hub_names.get(row["source"]),
            "task_type": _TASKS[row["domain"]],
            "prompt": row["prompt"],
            "gold_standard_solution": row["answer"],
            "llm_response": answer_text(row["reasoning"], row["response"]),
            "verification_info": canonical_json({key: one for key, one in held_against.items() if one is not None}),
            "score": row["score"],
            "verification_result_info": canonical_json(result),
            "metadata": canonical_json(made_by),
            "messages": self.context.turns(row),
        }
