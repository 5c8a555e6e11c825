"""A problem a row, with every answer that counts in lists that are aligned: OpenR1's shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from ..conversation import answer_text
from ..corpus import Row
from .base import MESSAGES, TEXTS, TRUTHS, Context, Form, strings

__all__ = ["Generations"]


class Generations(Form):
    """All samples of a problem side by side. A list of correctness is null where its verifier judged none of them."""

    scope = "completions"
    description = "A problem a row, with every answer that counts and what verifiers said of it."

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        # One list of correctness for each verifier that proves.
        self.schema = pa.schema(
            [
                *strings("problem", "answer", "problem_type", "source", "uuid"),
                *((name, TEXTS) for name in ("trace_ids", "generations", "finish_reasons", "teacher_models")),
                *((name, TRUTHS) for name in ("is_reasoning_complete", "correctness")),
                *((_column(prover), TRUTHS) for prover in context.provers),
                ("accepted", TRUTHS),
                ("correctness_count", pa.int64()),
                ("messages", MESSAGES),
            ]
        )

    def rows(self, samples: Sequence[Row]) -> Iterable[Row]:
        """One row; ``messages`` is the best example, and null where none was chosen."""
        samples = in_order(samples)
        best = best_of(samples)
        correctness = [truth(sample["proof"]) for sample in samples]
        yield {
            "problem": samples[0]["prompt"],
            "answer": samples[0]["answer"],
            "problem_type": samples[0]["domain"],
            "source": samples[0]["source"],
            "uuid": samples[0]["problem_id"],
            "trace_ids": [sample["trace_id"] for sample in samples],
            "generations": [answer_text(sample["reasoning"], sample["response"]) for sample in samples],
            "finish_reasons": [sample["finish_reason"] for sample in samples],
            "teacher_models": [sample["model"] for sample in samples],
            "is_reasoning_complete": [is_complete(sample) for sample in samples],
            "correctness": correctness,
            **{_column(prover): said_by(prover, samples) for prover in self.context.provers},
            "accepted": [sample["outcome"] == "accepted" for sample in samples],
            "correctness_count": correctness.count(True),
            "messages": None if best is None else self.context.turns(best),
        }


def in_order(samples: Sequence[Row]) -> list[Row]:
    """Samples as lists hold them: by teacher, then as they were drawn."""
    return sorted(samples, key=lambda sample: (sample["teacher_id"], sample["sample_index"], sample["trace_id"]))


def best_of(samples: Sequence[Row]) -> Row | None:
    """The example that stands first, where one was chosen."""
    return next((sample for sample in samples if sample["rank"] == 1), None)


def truth(outcome: str | None) -> bool | None:
    """Null, not false, where a verifier has not said."""
    return {"pass": True, "fail": False}.get(outcome or "")


def said_by(verifier: str, samples: Sequence[Row]) -> list[bool | None] | None:
    """What one verifier says of each sample; null where it has run on none of them."""
    outcomes = [{one["verifier"]: one["outcome"] for one in sample["proofs"] or ()}.get(verifier) for sample in samples]
    return None if all(outcome is None for outcome in outcomes) else [truth(outcome) for outcome in outcomes]


def is_complete(sample: Row) -> bool:
    """Whether an answer ended by itself."""
    return sample["incomplete"] is None and sample["finish_reason"] != "length"


def _column(prover: str) -> str:
    return f"correctness_{prover.replace('-', '_')}"
