"""Word problems of one or two steps, made up from a seed: for a first run, a small model, or a test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from random import Random

from pydantic import Field

from ..errors import ProblemError
from .arithmetic_held_out import HELD_OUT
from .arithmetic_templates import TRAINING, Draw
from .base import ProblemSource, Row, SourceOptions

__all__ = ["Arithmetic"]


class ArithmeticOptions(SourceOptions):
    """Which problems are made up, and how many."""

    seed: int = Field(default=0, ge=0, lt=2**31)
    """The same seed gives the same problems; a larger count only adds to them."""
    count: int = Field(default=200, ge=1, le=100_000)
    """Number of problems."""
    held_out: bool = False
    """Use the wordings that are kept for measuring; none of them is among those to train on."""


class Arithmetic(ProblemSource[ArithmeticOptions]):
    """Generated problems, no two alike, whose answers are positive whole numbers. It needs no path."""

    Options = ArithmeticOptions

    def rows(self) -> Iterator[Row | ProblemError]:
        """The problems in order; the wordings take turns."""
        part = "heldout" if self.options.held_out else "train"
        for number, (prompt, answer) in enumerate(self._problems(), start=1):
            problem_id = f"arithmetic-{part}-{self.options.seed}-{number:04}"
            values = {
                "id": problem_id,
                "domain": "math",
                "prompt": prompt,
                "answer": str(answer),
                "source": "tracestill-arithmetic",
                "license": "Apache-2.0",
            }
            yield Row(problem_id, values)

    def _problems(self) -> Iterator[tuple[str, int]]:
        draw = Draw(Random(self.options.seed))
        seen: set[str] = set()
        # It ends: the wordings give many times more problems than the largest count.
        for wording in cycle(HELD_OUT if self.options.held_out else TRAINING):
            if len(seen) == self.options.count:
                return
            prompt, answer = wording(draw)
            if prompt not in seen:
                seen.add(prompt)
                yield prompt, answer
