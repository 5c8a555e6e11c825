"""The part of the configuration file about having new problems written."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from .concern import Concern, Name
from .config_problems import ProblemSet
from .config_teacher import Teacher


class Synthesize(Concern):
    """A model that writes new problems from topics and examples; docs/synthesis.md says how."""

    teacher: Teacher
    """Who writes them; described as a teacher is."""
    path: str = Field(min_length=1)
    """The file of problems that is written, as JSON lines; name it under `problems` too, with `source`."""
    source: Name = "synthetic"
    """Name of that set."""
    domain: Literal["math", "open"] = "math"
    """Domain of the problems."""
    topics: list[str] = Field(min_length=1)
    """What they are about; they take turns."""
    seeds: list[ProblemSet] = []
    """Sets from which problems are shown as examples of form and difficulty; none shows none."""
    count: int = Field(default=100, ge=1)
    """Problems that are asked for; fewer are kept."""
    prompt: str | None = None
    """What is asked for: synthesize-math, synthesize-open, or the path of a file; null goes by the domain."""
    likeness: float = Field(default=0.6, gt=0, le=1)
    """Share of words, numbers apart, from which on a problem is no news beside another one."""
    seed: int = Field(default=0, ge=0)
    """Of the choice of examples."""

    @model_validator(mode="after")
    def _asks_once(self) -> Self:
        for name in {"k", "stop_after", "n"} & self.teacher.sampling.model_fields_set:
            raise ValueError(f"teacher.sampling.{name}: `count` says how many problems are asked for; leave it out")
        if "prompts" in self.teacher.model_fields_set:
            raise ValueError("teacher.prompts: what is asked for is `prompt`; leave it out")
        return self

    @property
    def prompt_ref(self) -> str:
        """The prompt's id or path."""
        return self.prompt or f"synthesize-{self.domain}"
