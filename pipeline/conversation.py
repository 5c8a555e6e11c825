"""How a curated trace becomes the conversation that a student is trained on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..prompts.templates import PromptTemplate, load_prompt
from ..verifiers.answer_extraction import extract
from ..verifiers.code_extraction import LANGUAGES, program_of
from ..verifiers.thinking import without_thinking
from .concern import Prompts
from .records import Message, Problem

ANSWER_LINE = re.compile(r"^[*#_ \t]*answer[*_ \t]*:[*_ \t]*", re.IGNORECASE | re.MULTILINE)
"""The line, or its beginning, after which the answer to an open question stands."""


def load_prompts(prompts: Prompts, base_dir: Path) -> dict[str, PromptTemplate]:
    """The prompt of each domain."""
    return {domain: load_prompt(ref, base_dir) for domain, ref in prompts.items()}


def conversation(row: Mapping[str, Any], prompts: Mapping[str, PromptTemplate]) -> list[Message]:
    """The prompt's turns, then the assistant's with its reasoning inline.

    Args:
        row: a row of the view ``curated``.
        prompts: the student's prompt per domain; a domain without one asks the bare problem.
    """
    return [*question(row, prompts), Message(role="assistant", content=answer_text(row["reasoning"], row["response"]))]


def question(row: Mapping[str, Any], prompts: Mapping[str, PromptTemplate]) -> list[Message]:
    """What the student is asked: the prompt's turns."""
    prompt = prompts.get(row["domain"])
    if prompt is None:
        return [Message(role="user", content=row["prompt"])]
    return prompt.render(Problem(problem_id=row["problem_id"], domain=row["domain"], prompt=row["prompt"]))


def final_answer(row: Mapping[str, Any]) -> str | None:
    """The trace's own final answer alone, in the form that the prompt of its domain asks for; null where it gives none.

    Mathematics: a sentence with the answer in a box. Code: the final block. Else: what follows the line "Answer:".
    """
    return _FINAL[row["domain"]](row["response"] or "", row["prompt"], row["reasoning"] or "")


def _boxed(response: str, problem: str, reasoning: str) -> str | None:
    found = [extract(response, problem, reasoning, in_words=in_words).answer for in_words in (False, True)]
    answer = " ".join((found[0] or found[1] or "").split())
    return f"The final answer is \\boxed{{{answer}}}." if answer and answer.count("{") == answer.count("}") else None


def _program(response: str, problem: str, reasoning: str) -> str | None:
    for language in LANGUAGES:
        code = program_of(response, language).code
        if code and code.strip():
            return f"```{language}\n{code.strip()}\n```"
    return None


def _below_the_line(response: str, problem: str, reasoning: str) -> str | None:
    _, *parts = ANSWER_LINE.split(without_thinking(response) or "")
    return parts[-1].strip() or None if parts else None


_FINAL = {"math": _boxed, "code": _program, "open": _below_the_line}


def answer_text(reasoning: str | None, response: str | None) -> str:
    """Reasoning and response as one text, the reasoning in the think block that most chat templates keep."""
    if not reasoning:
        return response or ""
    return f"<think>\n{reasoning.strip()}\n</think>\n\n{(response or '').strip()}"
