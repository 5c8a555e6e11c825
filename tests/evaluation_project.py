"""Measuring without a training: a student is put on record, and a server answers for it and for its base."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from teacher_server import TeacherServer
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.evaluating.results import Evaluated
from tracestill.pipeline.stages.evaluate import evaluate
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop

BASE_MODEL = "HuggingFaceTB/SmolLM2-135M"


def served(server: TeacherServer, name: str, model: str, **keys: Any) -> dict[str, Any]:
    return {
        "id": name, "provider": "openai-chat", "base_url": server.url, "model": model, "self_hosted": True,
        "limits": {"concurrency": 8}, "retries": {"max_attempts": 1},
    } | keys  # fmt: skip


def train_again(config: Path, train_id: str) -> None:
    """Puts on record that a student was trained."""
    known = {"base": "b", "examples": 1, "trained_tokens": 1, "steps": 1, "loss": 1.0, "too_long": 0, "not_raw": 0}
    with start(open_plan(config, ()), Stop()) as job:
        job.event("trained", train_id, **known | {"train_id": train_id})


def change(config: Path, **evaluation: Any) -> None:
    data = yaml.safe_load(config.read_text())
    data["evaluate"] |= evaluation
    config.write_text(yaml.safe_dump(data, sort_keys=False))


def run(config: Path, *sets: str, **options: Any) -> Evaluated:
    with start(open_plan(config, sets), Stop()) as job:
        return evaluate(job, **options)
