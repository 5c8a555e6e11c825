"""``tracestill forget``: take data out of a workspace, and say who has learnt from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from .. import tombstones
from ..errors import ConfigError
from ..forgetting import Forgotten, Selection, bury, look_up
from ..starting import start
from ..stopping import stop_on_signals
from .opening import open_plan, print_result

Sets = Sequence[str] | None


def forget(
    problems: list[str],
    sources: list[str],
    teachers: list[str],
    reason: str,
    config: Path,
    sets: Sets,
    output: str,
    *,
    really: bool,
) -> None:
    """Take out what is named; without ``really``, only say what that would be.

    Raises:
        ConfigError: nothing is named, or the workspace holds nothing of it.
    """
    selection = Selection(problems=problems, sources=sources, teachers=teachers, reason=reason)
    if not (selection.problems or selection.sources or selection.teachers):
        raise ConfigError("name what shall go: --problem ID, --source NAME or --teacher ID, each as often as needed")
    plan = open_plan(config, sets)
    with stop_on_signals() as stop, start(plan, stop) as job, job.corpus() as corpus:
        found = look_up(job, corpus, selection)
        if any(path.is_file() for path in job.workspace.batches.rglob("*")):
            raise ConfigError(
                "open batches may hold what shall go; `tracestill generate --batch` takes their results in, "
                "`--cancel-batches` ends them: do one of the two first"
            )
        if not (found.problems or found.traces):
            raise ConfigError("the workspace holds nothing of that; `tracestill query` shows ids, sources and teachers")
        if really:
            bury(job, corpus, selection, found)
    if really:
        # The tombstones are sealed and synced by now; opening the workspace again takes the rows out.
        with stop_on_signals() as stop, start(plan, stop) as job:
            tombstones.take_out(job.workspace, plan.view())
    print_result({"done": really} | msgspec.to_builtins(found), output, _text(found, really))


def _text(found: Forgotten, really: bool) -> str:
    head = "Taken out" if really else "Would be taken out (give --yes to do it)"
    lines = [f"{head}: {found.problems} problems, {found.traces} traces, and everything that hangs on them."]
    if really:
        lines.append("What had been exported was deleted, since it may hold the same rows: export it again.")
    lines.append(f"Ablations, if there are any, {'were' if really else 'would be'} deleted with their students.")
    for name in found.students:
        lines.append(f"The student {name} was trained on some of it. It does not forget by this: train it again.")
    for name in found.still_configured:
        lines.append(f"The configuration still names the source {name}: remove it, or the next run takes it in again.")
    return "\n".join(lines)
