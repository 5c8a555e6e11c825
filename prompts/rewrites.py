"""Prompts that have a trace put into another form, and the conversation in which it is shown."""

from __future__ import annotations

from pathlib import Path

from ..pipeline.records import Message, Problem
from .fences import fenced
from .templates import PromptTemplate, load_frame


def load_rewrite(ref: str, base_dir: Path | None = None) -> PromptTemplate:
    """Read a prompt for rewriting by its id, such as ``rewrite-compact``, or by the path of a file.

    Raises:
        ConfigError: there is no such prompt, or it does not show question and trace; names the file and the line.
    """
    return load_frame(ref, "rewriting", "question", "trace", base_dir=base_dir)


def show_for_rewriting(
    prompt: PromptTemplate, problem: Problem, reasoning: str | None, response: str | None
) -> list[Message]:
    """The conversation that asks for a trace in another form; the reference is not in it."""
    trace = "\n\n".join(part for part in (reasoning, response) if part)
    return prompt.fill(question=fenced("TASK", problem.prompt), trace=fenced("SOLUTION", trace))
