"""A project that trains and measures a model of a few thousand weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from teacher_server import TeacherServer

Project = Callable[..., Path]


def training_project(project: Project, server: TeacherServer, model: Path, problems: int = 8, **train: Any) -> Path:
    """A configuration that trains the tiny model, with terms that say whose it is."""
    folder = model.parent
    (folder / "terms").mkdir(exist_ok=True)
    terms = {
        "schema": 1, "id": "tiny", "name": "A model made for a test", "kind": "model-licence", "like": "smollm2",
        "matches": {"models": [str(model)]},
    }  # fmt: skip
    (folder / "terms" / "tiny.yaml").write_text(yaml.safe_dump(terms))
    held_out = [
        {"id": f"h{n}", "domain": "math", "prompt": f"What is {n} + 100?", "answer": str(n + 100), "split": "test"}
        for n in range(3)
    ]
    (folder / "held_out.jsonl").write_text("".join(json.dumps(line) + "\n" for line in held_out))
    return project(
        server.url,
        problems=problems,
        k=1,
        policy={"terms": "terms"},
        train={
            "model": str(model), "epochs": 2, "batch_size": 2, "warmup_steps": 1, "checkpoint_steps": 2,
            "lora": {"r": 4, "alpha": 8},
        } | train,
        evaluate={
            "problems": [{"path": "held_out.jsonl", "source": "held-out", "license": "own", "split": "test"}],
            "sampling": {"k": 2, "max_tokens": 8},
            "contestants": [{"id": "base-few-shot", "prompts": {"math": "math-cot-few-shot"}}],
            "bootstrap": 100,
        },
    )  # fmt: skip
