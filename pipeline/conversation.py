"""How a curated trace becomes the conversation that a student is trained on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..prompts.templates import PromptTemplate, load_prompt
from .concern import Prompts
from .records import Message, Problem


def load_prompts(prompts: Prompts, base_dir: Path) -> dict[str, PromptTemplate]:
    """The prompt of each domain."""
    return {domain: load_prompt(ref, base_dir) for domain, ref in prompts.items()}


def conversation(row: Mapping[str, Any], prompts: Mapping[str, PromptTemplate]) -> list[Message]:
    """The prompt's turns, then the assistant's with its reasoning inline.

    Args:
        row: a row of the view ``curated``.
        prompts: the student's prompt per domain; a domain without one asks the bare problem.
    """
    prompt = prompts.get(row["domain"])
    if prompt is None:
        turns = [Message(role="user", content=row["prompt"])]
    else:
        turns = prompt.render(Problem(problem_id=row["problem_id"], domain=row["domain"], prompt=row["prompt"]))
    return [*turns, Message(role="assistant", content=answer_text(row["reasoning"], row["response"]))]


def answer_text(reasoning: str | None, response: str | None) -> str:
    """Reasoning and response as one text, the reasoning in the think block that most chat templates keep."""
    if not reasoning:
        return response or ""
    return f"<think>\n{reasoning.strip()}\n</think>\n\n{(response or '').strip()}"
