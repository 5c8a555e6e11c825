"""The part of the configuration that says how the student is trained."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .concern import Concern, Prompts

DEFAULT_STUDENT_PROMPTS: Prompts = {"math": "math-cot", "code": "code-cot", "open": "open-cot"}
"""What a student is shown: the bare task, whatever its teacher was shown."""


class Lora(Concern):
    """The low-rank adapter (Hu et al. 2021, arXiv:2106.09685)."""

    r: int = Field(default=32, ge=1)
    """Rank."""
    alpha: int = Field(default=64, ge=1)
    """Scale; the update is multiplied by alpha / r."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Dropout on the adapter's input."""
    target_modules: str | list[str] = "all-linear"
    """Which layers get an adapter."""


class Train(Concern):
    """How the student is trained on the corpus."""

    model: str = Field(min_length=1)
    """Base model: a Hub name or a folder."""
    prompts: Prompts = DEFAULT_STUDENT_PROMPTS
    """The student's own prompt per domain, whatever the teacher was shown."""
    target: Literal["trace", "answer"] = "trace"
    """What the student learns to write: the whole trace, or its final answer alone."""
    max_tokens: int | None = Field(default=None, ge=1)
    """Trained tokens of all examples together at most, in one pass; the best of every problem come first."""
    max_problems: int | None = Field(default=None, ge=1)
    """Problems that are trained on at most."""
    lora: Lora = Lora()
    """The adapter."""
    epochs: float = Field(default=3, gt=0)
    """Passes over the examples."""
    learning_rate: float = Field(default=2e-4, gt=0)
    """Peak of the cosine schedule."""
    batch_size: int = Field(default=8, ge=1)
    """Examples per step."""
    warmup_steps: int = Field(default=5, ge=0)
    """Steps until the learning rate is at its peak."""
    max_length: int = Field(default=2048, ge=16)
    """Longest example in tokens; a longer one is left out and counted, never cut."""
    checkpoint_steps: int = Field(default=20, ge=1)
    """Steps between checkpoints, from which a stopped training goes on."""
    seed: int = Field(default=0, ge=0)
    """Seed of order and initial adapter."""
    report_to: str = "none"
    """Experiment tracker, as TRL knows it."""
