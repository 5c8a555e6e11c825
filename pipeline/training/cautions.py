"""What a person should know before training and what is no reason to refuse it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...policies.ancestry import depth_of
from ..config_train import Train
from ..job import Plan
from ..parentage import parents_of
from ..printable import printable
from .prepared import Rows

FAR_APART = 10
"""Times a teacher's size from which small students learn long reasoning worse than from a smaller teacher
(Li et al. 2025, "Small Models Struggle to Learn from Strong Reasoners", arXiv:2502.12143)."""
MANY_TOO_LONG = 0.1
"""Share of the examples."""
_SIZE = re.compile(r"(?<![A-Za-z0-9.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![A-Za-z0-9])", re.IGNORECASE)
_UNITS = {"m": 1e6, "b": 1e9}


def cautions(plan: Plan, train: Train, rows: Rows, teachers: set[str], student_size: float | None) -> list[str]:
    """Sentences for a person, each with what can be done.

    Args:
        plan: what the configuration describes.
        train: how the student is trained.
        rows: on what.
        teachers: ids of those who wrote it.
        student_size: parameters of the student; null where they are not known.
    """
    found = [*_far_apart(plan, teachers, student_size), *_synthetic(plan, train, teachers)]
    longer = rows.left_out.too_long
    if longer > MANY_TOO_LONG * (rows.examples + rows.held_out + longer):
        found.append(
            f"{longer} of {rows.examples + rows.held_out + longer} examples are longer than train.max_length "
            f"({train.max_length} tokens) and left out, and these are the longest chains of thought; raise it if "
            "memory allows"
        )
    return found


def size_in_name(model: str) -> float | None:
    """Parameters of a model as its name gives them, such as ``Qwen3-8B``; null where it gives none."""
    sizes = [int(times or 1) * float(number) * _UNITS[unit.lower()] for times, number, unit in _SIZE.findall(model)]
    return max(sizes, default=None)


def _far_apart(plan: Plan, teachers: set[str], student_size: float | None) -> Iterator[str]:
    for teacher in plan.config.teachers:
        size = size_in_name(teacher.model)
        if teacher.id in teachers and size and student_size and size > FAR_APART * student_size:
            yield (
                f"teacher {teacher.id} ({printable(teacher.model)}) is {size / student_size:.0f} times as large as the "
                "student by their names and weights; a small student often learns more from a teacher of its "
                "neighbourhood, or from both mixed (arXiv:2502.12143)"
            )


def _synthetic(plan: Plan, train: Train, teachers: set[str]) -> Iterator[str]:
    for teacher in plan.config.teachers:
        if teacher.id in teachers and depth_of(teacher.lineage):
            yield (
                f"synthetic upon synthetic: teacher {teacher.id} learnt from generated data itself, so its errors and "
                "its obligations add up; keep text by people in the blend (train.mix)"
            )
    if depth_of(parents_of(train.model, plan.base_dir)):
        yield (
            f"synthetic upon synthetic: the base model {printable(train.model)} was trained on generated data before, "
            "so errors add up over the generations; starting from its own base is the safer way"
        )
