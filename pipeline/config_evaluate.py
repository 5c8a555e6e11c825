"""The part of the configuration that says how the student is measured."""

from __future__ import annotations

from pydantic import Field, field_validator

from .concern import Concern, Name, Prompts
from .config_problems import ProblemSet
from .config_teacher import Sampling


class Contestant(Concern):
    """A model that is measured beside the student and its base."""

    id: Name
    """Its name in the report."""
    prompts: Prompts
    """The prompt per domain that it is shown."""


class Evaluate(Concern):
    """How base and student are compared on held-out problems."""

    problems: list[ProblemSet] = Field(min_length=1)
    """Problem sets that nothing was trained on."""
    sampling: Sampling = Sampling(k=4, max_tokens=512)
    """Samples per problem, for every contestant alike."""
    contestants: list[Contestant] = []
    """The base model with other prompts, such as the one the teacher was shown."""
    concurrency: int = Field(default=64, ge=1)
    """Completions in flight at most."""
    bootstrap: int = Field(default=2000, ge=100)
    """Resamplings of the problems behind every interval."""

    @field_validator("sampling")
    @classmethod
    def _asks_for_all(cls, sampling: Sampling) -> Sampling:
        if sampling.stop_after is not None:
            raise ValueError("stop_after has no place here: pass@k cannot be told from samples that stop at a success")
        return sampling
