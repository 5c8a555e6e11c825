"""The part of the configuration file about rewriting accepted traces."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from .concern import Concern
from .config_teacher import Teacher


class Rewrite(Concern):
    """A model that puts accepted traces into another form; docs/rewriting.md says what becomes of them."""

    teacher: Teacher
    """Who rewrites; described as a teacher is."""
    prompt: str = "rewrite-compact"
    """What is asked for: rewrite-compact, rewrite-steps, rewrite-think, or the path of a file."""
    min_tokens: int = Field(default=256, ge=0)
    """Traces of fewer completion tokens stay as they are."""

    @model_validator(mode="after")
    def _rewrites_once(self) -> Self:
        for name in {"k", "stop_after", "n"} & self.teacher.sampling.model_fields_set:
            raise ValueError(f"teacher.sampling.{name}: every trace is rewritten once; leave it out")
        if "prompts" in self.teacher.model_fields_set:
            raise ValueError("teacher.prompts: what is asked for is `prompt`; leave it out")
        return self
