"""Commands that keep a workspace in order: compact, verify-workspace, backup, restore."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from ..errors import WorkspaceError
from ..housekeeping.checking import check
from ..housekeeping.compacting import compact as merge_segments
from ..housekeeping.copying import Backup, back_up
from ..housekeeping.copying import restore as fetch_back
from ..progress import Progress
from ..starting import start
from ..stopping import stop_on_signals
from ..workspace import Workspace
from .opening import open_plan, print_result

Sets = Sequence[str] | None


def compact(config: Path, sets: Sets, output: str) -> None:
    """Merge small segments."""
    plan = open_plan(config, sets)
    with stop_on_signals() as stop, start(plan, stop) as job:
        done = merge_segments(job.workspace, stop)
    lines = [f"{kind}: {one.before} segments before, {one.after} now" for kind, one in done.kinds.items() if one.merged]
    print_result(done, output, "\n".join(lines) or "there was nothing to merge")


def verify_workspace(config: Path, sets: Sets, output: str) -> None:
    """Look for damage.

    Raises:
        WorkspaceError: there is some; it was printed.
    """
    plan = open_plan(config, sets)
    workspace = Workspace.open(plan.workspace_path)
    with Progress("verify-workspace", "files", None, "") as progress:
        result = check(workspace, plan.view(), progress)
    rows = ", ".join(f"{count} {kind}" for kind, count in result.rows.items())
    lines = [f"{one.where}: {one.problem}\n  what to do: {one.mend}" for one in result.damage]
    lines.append(f"{result.segments} segments and {result.journals} journals hold {rows}")
    if not result.damage:
        lines.append("nothing is damaged, missing or twice" + ("; the manifest holds" if result.manifest else ""))
    print_result(result, output, "\n".join(lines))
    if result.damage:
        raise WorkspaceError(f"{workspace.path}: {len(result.damage)} things are not as they should be; they are above")


def backup(target: str, config: Path, sets: Sets, output: str) -> None:
    """Bring a copy of the workspace up to date."""
    plan = open_plan(config, sets)
    workspace = Workspace.open(plan.workspace_path)
    with stop_on_signals() as stop, Progress("backup", "files", None, "") as progress:
        done = back_up(workspace, target, progress, stop)
    print_result(done, output, _sentence(done, f"{target} is the workspace as it is now"))


def restore(source: str, config: Path, sets: Sets, output: str) -> None:
    """Make the workspace from a copy."""
    plan = open_plan(config, sets)
    with stop_on_signals() as stop, Progress("restore", "files", None, "") as progress:
        done = fetch_back(source, plan.workspace_path, progress, stop)
    print_result(done, output, _sentence(done, f"{plan.workspace_path} is what the backup held"))


def _sentence(done: Backup, first: str) -> str:
    facts = ", ".join(f"{count} {name}" for name, count in msgspec.to_builtins(done).items())
    return f"{first}: {facts}"
