"""What a workspace holds, read in this process: a process per question would take most of the tests' time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.corpus import query
from tracestill.pipeline.workspace import Workspace


def rows(config: Path, sql: str, *sets: str) -> list[dict[str, Any]]:
    """The answer to ``sql`` as ``tracestill query --output json`` gives it."""
    plan = open_plan(config, [text for text in sets if text != "--set"])
    return query(Workspace.open(plan.workspace_path), plan.view(), sql)
