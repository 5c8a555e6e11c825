"""A project whose base and student are served, without a training."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from evaluation_project import BASE_MODEL, served, train_again
from teacher_server import TeacherServer


@pytest.fixture
def measured(project: Callable[..., Path], teacher: TeacherServer, tmp_path: Path) -> Callable[..., Path]:
    """Writes a project whose base and student are served; gives its configuration."""

    def write(problems: list[dict[str, Any]] | None = None, k: int = 4, **evaluation: Any) -> Path:
        lines = problems or [{"id": f"h{n}", "prompt": f"What is {n} + 100?", "answer": str(n + 100)} for n in range(8)]
        (tmp_path / "held_out.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        config = project(
            teacher.url,
            train={"model": BASE_MODEL, "prompts": {"math": "math-cot"}},
            evaluate={
                "problems": [{"path": "held_out.jsonl", "source": "held-out", "license": "own", "split": "test"}],
                "sampling": {"k": k, "max_tokens": 64},
                "models": [served(teacher, "base", "plain"), served(teacher, "student", "tuned")],
                "bootstrap": 200,
            } | evaluation,
        )  # fmt: skip
        train_again(config, "student-1")
        return config

    return write
