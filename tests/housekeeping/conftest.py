"""A workspace of several nights, and time that passes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from teacher_server import TeacherServer

Sample = Callable[..., dict[str, Any]]


@pytest.fixture
def nights(teacher: TeacherServer, project: Callable[..., Path], sample: Sample) -> Callable[..., Path]:
    """Samples one more trace of each problem a night, each in segments of its own."""

    def run(count: int = 3, **changes: Any) -> Path:
        config = project(teacher.url, problems=4, verify={"workers": 1, "math": {"math-answer": {}}}, **changes)
        for k in range(1, count + 1):
            sample(config, f"teachers.0.sampling.k={k}")
            minutes_later(config)
        return config

    return run


def minutes_later(config: Path) -> None:
    """Make everything in the ledger two minutes older, so that what waits for a minute is due."""
    past = time.time() - 120
    for path in (config.parent / "ws" / "ledger").rglob("*"):
        os.utime(path, (past, past))


@pytest.fixture
def later() -> Callable[[Path], None]:
    return minutes_later
