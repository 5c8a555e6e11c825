"""A sample a row: everything that was sampled, with what became of it and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from ..corpus import Row
from .base import Form, strings

__all__ = ["Traces"]


class Traces(Form):
    """The whole ledger of the present configuration, but for text in quarantine."""

    scope = "everything"
    description = "A sample a row, rejects included, with what became of it and why."
    schema = pa.schema(
        [
            *strings("trace_id", "problem_id", "domain", "prompt", "answer"),
            ("consensus_share", pa.float64()),
            *strings("source", "license", "teacher_id", "provider", "host", "model", "served_model"),
            *strings("prompt_id", "prompt_hash"),
            *((name, pa.int64()) for name in ("sample_index", "attempt")),
            *((name, pa.float64()) for name in ("temperature", "top_p")),
            *((name, pa.int64()) for name in ("max_tokens", "seed")),
            *strings("extra", "reasoning", "response", "reasoning_kind", "reasoning_source", "finish_reason"),
            *((name, pa.int64()) for name in ("prompt_tokens", "completion_tokens", "reasoning_tokens")),
            ("cost_usd", pa.float64()),
            *strings("error", "error_detail", "quarantine", "parent_id", "decision_id", "policy_digest"),
            *strings("outcome", "outcome_reason", "deciding_verifier", "reject_reason"),
            ("score", pa.float64()),
        ]
    )

    def rows(self, samples: Sequence[Row]) -> Iterable[Row]:
        """A row for each sample."""
        for sample in samples:
            rejected = sample["outcome"] == "rejected"
            yield sample | {"reject_reason": sample["outcome_reason"] if rejected else None}
