"""``tracestill view``: the page over a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import MissingExtra
from ..workspace import Workspace
from .opening import open_plan


def view(config: Path, sets: Sequence[str] | None, host: str, port: int, *, read_only: bool) -> None:
    """Serve the page until it is told to stop.

    Raises:
        MissingExtra: the view extra is not installed.
    """
    plan = open_plan(config, sets)
    workspace = Workspace.open(plan.workspace_path)
    try:
        from ..viewing.serving import serve
    except ImportError as error:
        raise MissingExtra(f"the page needs the view extra: pip install 'tracestill[view]' ({error})") from error
    serve(workspace, plan.view(), host, port, read_only=read_only)
