"""Prompts that ask for a new problem, and what the reply must be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..pipeline.records import Message
from .fences import fenced
from .templates import PromptTemplate, load_frame

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"problem": {"type": "string"}},
    "required": ["problem"],
    "additionalProperties": False,
}
"""The form of a reply."""


def load_synthesis(ref: str, base_dir: Path | None = None) -> PromptTemplate:
    """Read a prompt for new problems by its id, such as ``synthesize-math``, or by the path of a file.

    Raises:
        ConfigError: there is no such prompt, or it does not show topic and examples; names the file and the line.
    """
    return load_frame(ref, "synthesis", "topic", "examples", base_dir=base_dir)


def ask_for_problem(prompt: PromptTemplate, topic: str, examples: Sequence[str]) -> list[Message]:
    """The conversation that asks for one problem on a topic, after some examples."""
    shown = "\n\n".join(fenced("EXAMPLE", example) for example in examples)
    return prompt.fill(topic=fenced("TOPIC", topic), examples=shown or "There are no examples.")
