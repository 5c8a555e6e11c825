"""Pairs of a right and a wrong answer to one problem, for preference training."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from ..conversation import answer_text
from ..corpus import Row
from .base import MESSAGES, Form, strings
from .generations import is_complete

__all__ = ["Dpo"]


class Dpo(Form):
    """Each example that is accepted, with a wrong answer to the same problem; a wrong answer is used once.

    Wrong is what was found to be: a verifier that proves failed it, or a judge in the place of one. An answer that
    was cut off, or rejected for its form alone, says nothing about which answer is better. Only examples are chosen,
    so nothing that curation left out comes back.
    """

    scope = "completions"
    description = "A pair a row: an example, and an answer to the same problem that was found to be wrong."
    schema = pa.schema(
        [
            ("prompt", MESSAGES),
            ("chosen", MESSAGES),
            ("rejected", MESSAGES),
            *strings("problem_id", "source", "chosen_trace_id", "rejected_trace_id", "rejected_by", "rejected_reason"),
        ]
    )

    def rows(self, samples: Sequence[Row]) -> Iterable[Row]:
        """A row for each example, the best first, as long as there are wrong answers."""
        chosen = [one for one in samples if one["rank"] is not None and one["outcome"] == "accepted"]
        wrong = [one for one in samples if _is_wrong(one)]
        for example in sorted(chosen, key=lambda one: one["rank"]):
            if not wrong:
                return
            other = min(wrong, key=lambda one: _distance(example, one))
            wrong.remove(other)
            yield self._pair(example, other)

    def _pair(self, example: Row, other: Row) -> Row:
        *prompt, answer = self.context.turns(example)
        return {
            "prompt": prompt,
            "chosen": [answer],
            "rejected": self.context.turns(other)[-1:],
            "problem_id": example["problem_id"],
            "source": example["source"],
            "chosen_trace_id": example["trace_id"],
            "rejected_trace_id": other["trace_id"],
            "rejected_by": other["proven_by"] if other["proof"] == "fail" else other["deciding_verifier"],
            "rejected_reason": other["proof_reason"] if other["proof"] == "fail" else other["outcome_reason"],
        }


def _is_wrong(sample: Row) -> bool:
    if sample["outcome"] != "rejected" or not is_complete(sample) or not (sample["response"] or "").strip():
        return False
    return sample["proof"] == "fail" or sample["deciding_verifier"] == "judge"


def _distance(example: Row, other: Row) -> tuple[bool, int, str]:
    """A wrong answer of the same teacher and of about the same length differs in little but being wrong."""
    lengths = [len(answer_text(one["reasoning"], one["response"])) for one in (example, other)]
    return example["teacher_id"] != other["teacher_id"], abs(lengths[0] - lengths[1]), other["trace_id"]
