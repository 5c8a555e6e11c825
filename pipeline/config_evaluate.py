"""The part of the configuration that says how the student is measured."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from .concern import Concern, Name, Prompts
from .config_problems import ProblemSet
from .config_teacher import Sampling, Teacher

BASE, STUDENT = "base", "student"
"""The two that are always measured."""
BenchmarkName = Literal["gsm8k", "math-500", "humaneval", "mmlu", "arc-challenge"]


class Benchmark(Concern):
    """A public set that is known by name; `name` alone may stand for it."""

    name: BenchmarkName
    """Which one; docs/evaluation.md says where each comes from."""
    path: str | None = None
    """A file that holds it in its published form; null takes it from the Hub."""
    revision: str | None = None
    """Commit of the data set on the Hub; name one to measure on the same rows every time."""


class Contestant(Concern):
    """The base model with other prompts, measured beside the student."""

    id: Name
    """Its name in the report."""
    prompts: Prompts
    """The prompt per domain that it is shown."""


class Evaluate(Concern):
    """How base and student are compared on held-out problems."""

    problems: list[ProblemSet] = []
    """Problem sets of your own that nothing was trained on."""
    benchmarks: list[Benchmark] = []
    """Public sets by name, or as `{name, path, revision}`."""
    safety: bool | str = False
    """Measure what base and student refuse: on the prompts that ship, or on a file of your own in their form."""
    sampling: Sampling = Sampling(k=4, max_tokens=512)
    """How base and student are drawn; k and seed hold for every contestant."""
    contestants: list[Contestant] = []
    """The base model with other prompts, such as the one the teacher was shown."""
    teachers: list[Name] = []
    """Ids of configured teachers that are measured too, each with its own prompts and sampling."""
    models: list[Teacher] = []
    """Further models; one with the id `base` or `student` says where that is served, instead of in this process."""
    concurrency: int = Field(default=64, ge=1)
    """Completions in flight at most, of what runs in this process."""
    bootstrap: int = Field(default=2000, ge=100)
    """Resamplings of the problems behind every interval."""

    @field_validator("benchmarks", mode="before")
    @classmethod
    def _name_stands_for_it(cls, benchmarks: Any) -> Any:
        if not isinstance(benchmarks, list):
            return benchmarks
        return [{"name": one} if isinstance(one, str) else one for one in benchmarks]  # pyright: ignore[reportUnknownVariableType]

    @field_validator("sampling")
    @classmethod
    def _asks_for_all(cls, sampling: Sampling) -> Sampling:
        if sampling.stop_after is not None:
            raise ValueError("stop_after has no place here: pass@k cannot be told from samples that stop at a success")
        return sampling

    @model_validator(mode="after")
    def _is_measured_on_something(self) -> Self:
        if not (self.problems or self.benchmarks):
            raise ValueError("give problems, benchmarks, or both: there is nothing to measure on")
        return self

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        named = [*(one.id for one in self.contestants), *self.teachers]
        if reserved := sorted({BASE, STUDENT} & set(named)):
            raise ValueError(f"{reserved[0]!r} is always measured; give the other contestant another id")
        ids = [*named, *(one.id for one in self.models)]
        if repeated := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"two contestants are called {repeated[0]!r}; give one of them another id")
        if local := [one.id for one in self.models if one.id in (BASE, STUDENT) and one.server is None]:
            raise ValueError(f"models: {local[0]!r} is in this process anyway; leave it out, or say where it is served")
        return self
