"""Word problems in the form of GSM8K: a question, and a worked answer that ends in ``#### RESULT``.

Cobbe et al. 2021, Training Verifiers to Solve Math Word Problems, arXiv:2110.14168.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .huggingface import HubOptions
from .published import Published

__all__ = ["Gsm8k"]

_MARK = "####"


class Gsm8k(Published[HubOptions]):
    """Question and answer; the reference is what follows the last ``####``, without its commas."""

    Options = HubOptions
    needed = ("question", "answer")

    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The question with the result as its reference."""
        worked = values.get("answer")
        if not isinstance(worked, str) or _MARK not in worked:
            raise ValueError(f"answer: has no {_MARK}; end it with a line `{_MARK} RESULT`")
        answer = worked.rpartition(_MARK)[2].strip().replace(",", "")
        if not answer:
            raise ValueError(f"answer: nothing follows {_MARK}; put the result there")
        if "question" not in values:
            raise ValueError("question: is missing; this form has the keys question and answer")
        return {"prompt": values["question"], "answer": answer, "domain": "math"}
