"""Public sets by name: where each lies on the Hub, under which licence, and in which form it was published."""

from __future__ import annotations

from typing import Any

import msgspec

from ..config_evaluate import Benchmark, BenchmarkName, Evaluate
from ..config_problems import ProblemSet

__all__ = ["BENCHMARKS", "Published", "sets_of"]


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A public set as its makers gave it out."""

    hub: str
    """Its name on the Hub."""
    config: str | None
    """Its configuration there."""
    split: str = "test"
    license: str
    """As its card states it, as an SPDX expression."""
    reader: str
    """The problem source that knows its form."""
    options: dict[str, Any] = {}
    """Further options of that."""


BENCHMARKS: dict[BenchmarkName, Published] = {
    "gsm8k": Published(hub="openai/gsm8k", config="main", license="MIT", reader="gsm8k"),
    "math-500": Published(hub="HuggingFaceH4/MATH-500", config=None, license="MIT", reader="competition-math"),
    "humaneval": Published(hub="openai/openai_humaneval", config=None, license="MIT", reader="humaneval"),
    "mmlu": Published(hub="cais/mmlu", config="all", license="MIT", reader="multiple-choice"),
    "arc-challenge": Published(
        hub="allenai/ai2_arc",
        config="ARC-Challenge",
        license="CC-BY-SA-4.0",
        reader="multiple-choice",
        options={"columns": {"answer": "answerKey"}},
    ),
}


def sets_of(settings: Evaluate) -> list[ProblemSet]:
    """Everything that is measured on: the user's own sets, then the public ones."""
    return [*settings.problems, *map(_set_of, settings.benchmarks)]


def _set_of(benchmark: Benchmark) -> ProblemSet:
    found = BENCHMARKS[benchmark.name]
    on_hub = benchmark.path is None
    place = {"config": found.config, "split": found.split, "revision": benchmark.revision} if on_hub else {}
    return ProblemSet(
        path=found.hub if on_hub else benchmark.path,
        format=found.reader,
        source=benchmark.name,
        license=found.license,
        split="test",
        options={name: value for name, value in place.items() if value is not None} | found.options,
    )
