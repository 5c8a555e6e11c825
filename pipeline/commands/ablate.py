"""``tracestill ablate``: the same budget of training, spent on different selections, and which student is better."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from ..ablations.arms import arms_of
from ..ablations.form import built_in, load_ablation
from ..ablations.page import differences_table, outlook_page, results_table
from ..ablations.running import ablate as run_ablation
from ..ablations.running import prepare
from ..errors import ConfigError
from ..starting import start
from ..stopping import stop_on_signals
from .opening import open_plan, print_result

Sets = Sequence[str] | None


def ablate(name: str | None, config: Path, sets: Sets, output: str, *, only_plan: bool, only_list: bool) -> None:
    """Run an ablation, or say what it would train, or which ones ship.

    Raises:
        ConfigError: none is named, or there is no such one.
    """
    if only_list:
        _list(output)
        return
    if name is None:
        raise ConfigError("name an ablation, or a file that describes one; `tracestill ablate --list` names what ships")
    ablation = load_ablation(name)
    plan = open_plan(config, sets)
    arms = arms_of(ablation, config, sets or (), plan)
    with stop_on_signals() as stop, start(plan, stop) as job:
        prepared = prepare(job, ablation, arms)
        if only_plan:
            head = f"{ablation.id}: {prepared.amount} {ablation.equal} in every arm, seeds {ablation.seeds}"
            found = {"stage": "ablate", "ablation": ablation.id, "equal": ablation.equal, "amount": prepared.amount}
            looks = {"arms": msgspec.to_builtins(prepared.looks)}
            print_result(found | looks, output, f"{head}\n\n{outlook_page(prepared.looks)}")
            return
        result = run_ablation(job, ablation, arms, prepared)
    said = "\n".join(one.said for one in result.comparisons)
    page = job.workspace.reports / f"ablation-{ablation.id}.md"
    text = f"{results_table(result)}\n\n{differences_table(result)}\n\n{said}\n{page}"
    print_result({"stage": "ablate"} | msgspec.to_builtins(result), output, text)


def _list(output: str) -> None:
    found = [load_ablation(name) for name in built_in()]
    rows = [
        {"id": one.id, "description": " ".join(one.description.split()), "sources": one.sources, "arms": list(one.arms)}
        for one in found
    ]
    text = "\n\n".join(f"{row['id']}: {row['description']}" for row in rows)
    print_result({"ablations": rows}, output, text)
