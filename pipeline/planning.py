"""What a run would decide, buy and cost, without a call: nothing is opened but the workspace, to read it."""

from __future__ import annotations

import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from ..policies.ruling import Ruling
from .config import Teacher
from .corpus import Corpus
from .errors import ConfigError
from .job import Plan, read_sets
from .sampling.budget import CHARACTERS_PER_TOKEN, price_of
from .sampling.missing import missing_slots
from .workspace import Workspace


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What one teacher would be asked."""

    teacher: str
    wanted: int
    missing: int
    tokens_low: int
    tokens_high: int
    basis: str
    """Where the token counts come from: traces measured here, or the limit."""
    usd_low: float | None
    usd_high: float | None


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """The whole plan."""

    rulings: list[Ruling]
    needs: list[Need]

    @property
    def blocked(self) -> bool:
        """Whether the gate would stop the run."""
        return any(ruling.blocked for ruling in self.rulings)

    def summary(self) -> dict[str, Any]:
        """What --output json prints."""
        return {
            "blocked": self.blocked,
            "decisions": [msgspec.to_builtins(ruling.decision("", "")) for ruling in self.rulings],
            "needs": [msgspec.to_builtins(need) for need in self.needs],
        }


def rulings_of(plan: Plan) -> list[Ruling]:
    """What the gate says before anything is sampled, and before anything is trained."""
    config, gate = plan.config, plan.gate
    rulings = [gate.judge_teacher(teacher, "generate") for teacher in config.teachers]
    rulings += [gate.judge_dataset(one.source, one.license, "generate") for one in config.problems]
    if config.train is not None:
        rulings.append(gate.judge_model(config.train.model, "train", "base"))
    return rulings


def make_plan(plan: Plan, limit: int | None) -> Outlook:
    """Count what is missing and estimate what it takes."""
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Workspace(plan.workspace_path)
        workspace = Workspace.open(workspace.path) if workspace.segments.is_dir() else Workspace.create(Path(scratch))
        with Corpus(workspace, plan.view()) as corpus:
            needs = [_need(plan, teacher, corpus, limit) for teacher in plan.config.teachers]
    return Outlook(rulings=rulings_of(plan), needs=needs)


def _need(plan: Plan, teacher: Teacher, corpus: Corpus, limit: int | None) -> Need:
    recipes = plan.recipes[teacher.id]
    wanted = missing = prompt_characters = 0
    problems = islice(read_sets(plan.config.problems, plan.base_dir, _ignore), limit)
    for batch in missing_slots(problems, recipes, corpus):
        wanted += batch.total
        missing += len(batch.missing)
        prompt_characters += sum(len(turn.content) for slot in batch.missing for turn in slot.messages)
    measured = corpus.ask("measured_tokens", teacher_id=teacher.id)[0]
    if measured["traces"]:
        low, high = missing * measured["low"], missing * measured["high"]
        basis = f"measured on {measured['traces']} traces of this teacher here"
    else:
        low, high = 0.0, float(missing * teacher.sampling.max_tokens)
        basis = "nothing measured yet: up to max_tokens each"
    price = price_of(teacher)
    prompt_cost = 0.0 if price is None else prompt_characters / CHARACTERS_PER_TOKEN * price[0] / 1e6
    return Need(
        teacher=teacher.id,
        wanted=wanted,
        missing=missing,
        tokens_low=round(low),
        tokens_high=round(high),
        basis=basis,
        usd_low=None if price is None else low * price[1] / 1e6,
        usd_high=None if price is None else prompt_cost + high * price[1] / 1e6,
    )


def _ignore(error: ConfigError) -> None:
    """A line that is no problem is reported by the run, not by the plan."""
