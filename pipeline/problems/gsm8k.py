"""Word problems in the form of GSM8K: a question, and a worked answer that ends in ``#### RESULT``.

Cobbe et al. 2021, Training Verifiers to Solve Math Word Problems, arXiv:2110.14168.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import ProblemError
from .base import ProblemSource, Row, SourceOptions
from .json_lines import json_lines

__all__ = ["Gsm8k"]

_MARK = "####"


class Gsm8k(ProblemSource[SourceOptions]):
    """JSONL with question and answer; the reference is what follows the last ``####``, without its commas."""

    Options = SourceOptions

    def rows(self) -> Iterator[Row | ProblemError]:
        """Every line that is not blank."""
        return map(_problem_row, json_lines(self.file()))


def _problem_row(row: Row | ProblemError) -> Row | ProblemError:
    if isinstance(row, ProblemError):
        return row
    worked: Any = row.values.get("answer")
    if not isinstance(worked, str) or _MARK not in worked:
        return ProblemError(f"{row.where}: answer: has no {_MARK}; end it with a line `{_MARK} RESULT`")
    answer = worked.rpartition(_MARK)[2].strip().replace(",", "")
    if not answer:
        return ProblemError(f"{row.where}: answer: nothing follows {_MARK}; put the result there")
    if "question" not in row.values:
        return ProblemError(f"{row.where}: question: is missing; this form has the keys question and answer")
    return Row(row.where, {"prompt": row.values["question"], "answer": answer, "domain": "math"})
