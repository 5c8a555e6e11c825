"""An accepted trace a row, as a conversation, with what is known of it."""

from __future__ import annotations

import pyarrow as pa

from ..corpus import Row
from .base import MESSAGES, ExampleForm, strings

__all__ = ["Sft"]

_TAKEN = ("answer", "reasoning", "response", "source", "domain", "problem_id", "finish_reason", "score", "license")


class Sft(ExampleForm):
    """What a student is trained on.

    The problem's text is ``problem`` and not ``prompt``: TRL takes a column ``prompt`` for one half of a pair, and
    would look for its completion in place of ``messages``.
    """

    description = "An example a row: a problem and the trace that was chosen for it, as a conversation."
    schema = pa.schema(
        [
            ("messages", MESSAGES),
            *strings("problem", "answer", "reasoning", "response", "source", "domain", "uuid", "problem_id"),
            *strings("teacher_model", "teacher_license", "license", "finish_reason"),
            ("num_tokens", pa.int64()),
            ("score", pa.float64()),
            *strings("outcome", "verifier", "policy_decision", "policy_verdict"),
        ]
    )

    def row(self, row: Row) -> Row:
        """The conversation, its parts, and who said that it may be used and that it is right."""
        return {name: row[name] for name in _TAKEN} | {
            "messages": self.context.turns(row),
            "problem": row["prompt"],
            "uuid": row["trace_id"],
            "teacher_model": row["model"],
            "teacher_license": self.context.licence(row["policies"]),
            "num_tokens": row["completion_tokens"],
            "outcome": row["outcome"],
            "verifier": row["deciding_verifier"] or row["proven_by"],
            "policy_decision": row["decision_id"],
            "policy_verdict": row["policy_verdict"],
        }
