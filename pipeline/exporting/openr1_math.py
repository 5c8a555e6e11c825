"""The shape of OpenR1-Math-220k."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from ..conversation import answer_text
from ..corpus import Row
from .base import CONTENT_FIRST, TEXTS, TRUTHS, Form, strings
from .generations import best_of, in_order, is_complete, said_by, truth

__all__ = ["OpenR1Math"]


class OpenR1Math(Form):
    """Its two lists of correctness stand for the exact check and for a judge, whoever these are here.

    Each of its problems has an answer to train on, as there.
    """

    scope = "completions"
    description = "A problem that was solved a row, with all answers to it, in the shape of OpenR1-Math-220k."
    schema = pa.schema(
        [
            *strings("problem", "solution", "answer", "problem_type", "question_type", "source", "uuid"),
            ("is_reasoning_complete", TRUTHS),
            ("generations", TEXTS),
            ("correctness_math_verify", TRUTHS),
            ("correctness_llama", TRUTHS),
            ("finish_reasons", TEXTS),
            ("correctness_count", pa.int64()),
            ("messages", CONTENT_FIRST),
        ]
    )

    def rows(self, samples: Sequence[Row]) -> Iterable[Row]:
        """One row, or none where no example was chosen."""
        samples = in_order(samples)
        best = best_of(samples)
        if best is None:
            return
        exact = [truth(sample["proof"]) for sample in samples]
        judged = said_by("judge", samples)
        yield {
            "problem": best["prompt"],
            "solution": None,  # a worked solution beside the answer is not known here
            "answer": best["answer"],
            "problem_type": best["domain"],
            "question_type": None,
            "source": best["source"],
            "uuid": best["problem_id"],
            "is_reasoning_complete": [is_complete(sample) for sample in samples],
            "generations": [answer_text(sample["reasoning"], sample["response"]) for sample in samples],
            "correctness_math_verify": exact if any(sample["proof"] for sample in samples) else None,
            "correctness_llama": judged,
            "finish_reasons": [sample["finish_reason"] for sample in samples],
            "correctness_count": sum(True in said for said in zip(exact, judged or exact, strict=True)),
            "messages": self.context.turns(best),
        }
