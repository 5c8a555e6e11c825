"""Rubrics: what a judge goes by, and the conversation in which it is shown one trace.

A rubric's file is its criteria as plain text. How the judge is asked, what it is told about hostile texts, and the
form of its reply are the same for all of them (judging.md), so that a rubric of one's own cannot leave them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from ..pipeline.records import Message, Problem, short_hash
from .fences import fenced
from .front_matter import flaw, read_prompt_file
from .templates import PromptTemplate, load_frame


@dataclass(frozen=True, slots=True)
class Rubric(PromptTemplate):
    """What a judge goes by."""

    shows: Literal["trace", "answer"] = "trace"
    """What of a trace the judge is shown: all of it, or no reasoning that stands apart from the answer."""

    def show(
        self, problem: Problem, reasoning: str | None, response: str | None, *, reference_first: bool
    ) -> list[Message]:
        """The conversation that shows one trace to a judge: nothing in it tells who wrote the trace.

        Args:
            problem: the problem, with its reference, tests and rubric as far as it has them.
            reasoning: of the trace, where it stands apart.
            response: of the trace.
            reference_first: whether the reference comes before the trace; a judge may favour a place.
        """
        thought = reasoning if self.shows == "trace" or not response else None
        texts = [fenced("ANSWER", "\n\n".join(part for part in (thought, response) if part))]
        if reference := problem.answer or problem.tests:
            texts.insert(0 if reference_first else 1, fenced("REFERENCE", reference))
        if problem.rubric:
            texts.insert(0, fenced("RUBRIC", problem.rubric))
        return self.fill(question=fenced("TASK", problem.prompt), texts="\n\n".join(texts))


def load_rubric(ref: str, base_dir: Path | None = None) -> Rubric:
    """Read a rubric by its id, such as ``judge-math-correctness``, or by the path of a file.

    Raises:
        ConfigError: there is no such rubric, or the file is none; names the file and the line or key.
    """
    file = read_prompt_file(ref, base_dir or Path(), "rubric")
    head, criteria = file.head, "\n".join(file.body).strip()
    if not criteria:
        raise flaw(file.path, file.body_line, "the rubric is empty; write what a good answer has, as plain text")
    frame, domain = _frame(), head.domain or "open"
    digest = short_hash(["rubric", head.id, head.version, domain, head.shows, criteria, frame.hash])
    given = (("criteria", criteria),)
    return Rubric(
        head.id, head.version, domain, digest, file.text, file.path, frame.turns, frame.needed, given, head.shows
    )


@lru_cache(maxsize=1)
def _frame() -> PromptTemplate:
    return load_frame("judging", "judging", "criteria", "question", "texts")
