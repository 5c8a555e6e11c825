"""What every arm has to train on, and how much of it each gets so that all get the same."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..config_evaluate import Evaluate
from ..corpus import Corpus
from ..curation.selected import FILE as CURATION
from ..errors import PreflightRefused
from ..evaluating.questions import refuse_contaminated
from ..job import Job
from ..stages.curate import LEFT_OUT, curate
from ..starting import start
from ..stopping import Stop
from ..teachers.model_files import load_tokenizer, stop_tokens
from ..training.chat_template import ChatTemplate
from ..training.examples import LeftOut, Turn, any_reasoning, examples, within
from ..training.identity import train_id
from ..workspace import Workspace, storage_errors
from .arms import Arm
from .form import Ablation

KEPT = (CURATION, "decontamination.json", LEFT_OUT)
"""Reports of a curation, kept for each arm."""


class ArmOutlook(msgspec.Struct, frozen=True, kw_only=True):
    """What an arm trains on."""

    arm: str
    settings: list[str]
    """What it sets, as ``--set`` takes it."""
    curation_id: str
    pending: int
    """Traces that its verifiers have not judged yet; they are in no arm."""
    available: int
    """Examples that it could train on."""
    examples: int
    problems: int
    tokens: int
    """Trained on in one pass."""
    epochs: float
    all_tokens: int
    """Trained on in all passes together."""
    steps: int
    """On one device."""
    students: list[str]
    """A training per seed."""
    trained: int
    """Of these, how many are there already."""


@dataclass(frozen=True)
class Chosen:
    """What an arm could train on, before its part of it is known."""

    arm: Arm
    curation_id: str
    pending: int
    turns: list[Turn]

    def amount(self, equal: str) -> int:
        """How much it has of what the arms shall have the same of."""
        if equal == "problems":
            return len({turn.problem_id for turn in self.turns})
        return math.floor(sum(turn.trained for turn in self.turns) * self.arm.train.epochs)


def choose(arm: Arm, measured_on: Evaluate, workspace: Workspace, stop: Stop) -> Chosen:
    """Curate for one arm, and look at what that gives to train on.

    Raises:
        PreflightRefused: there is nothing, or something that students are measured on.
    """
    with start(arm.plan, stop) as job:
        curated = curate(job)
        # A copy of the ledger's texts that would be another arm's a moment later.
        workspace.corpus.unlink(missing_ok=True)
        _keep_reports(workspace, workspace.path / "arms" / arm.name)
        with job.corpus() as corpus:
            counts = {row["outcome"]: row["traces"] for row in corpus.ask("outcome_counts", purpose="train")}
            left = LeftOut()
            turns = [one.turn for one in examples(job, corpus, _template(arm, job, corpus), left)]
            refuse_contaminated(job, measured_on, corpus)
    stop.check("curation")
    pending = counts.get("pending", 0)
    if not turns:
        raise PreflightRefused(
            f"arm {arm.name}: there is no example to train on (of {sum(counts.values())} traces {pending} are not "
            f"verified yet, of {curated.examples} chosen ones {left.too_long} are longer than train.max_length, "
            f"{left.not_raw} without raw reasoning, {left.no_answer} without a final answer); "
            "`tracestill filter` verifies, with the arm's own keys under --set where it changes `verify`"
        )
    return Chosen(arm, curated.curation_id, pending, turns)


def _template(arm: Arm, job: Job, corpus: Corpus) -> ChatTemplate:
    tokenizer = load_tokenizer(arm.train.model)
    stops, reasons = stop_tokens(arm.train.model, tokenizer), any_reasoning(job, corpus)
    return ChatTemplate.of(tokenizer, stops, arm.train.chat_template, job.plan.base_dir, reasons=reasons)


def share(ablation: Ablation, chosen: list[Chosen]) -> int:
    """How many tokens or problems every arm gets.

    Raises:
        PreflightRefused: an arm has fewer than the ablation asks for.
    """
    have = {one.arm.name: one.amount(ablation.equal) for one in chosen}
    least = min(have.values())
    if ablation.amount == "smallest":
        return least
    if ablation.amount > least:
        listed = ", ".join(f"{name} {amount}" for name, amount in have.items())
        raise PreflightRefused(
            f"{ablation.id}: asks for {ablation.amount} {ablation.equal} in every arm, and not all have as many "
            f"({listed}); set `{ablation.equal}` to {least} at most, or to `smallest`"
        )
    return ablation.amount


def bounds(ablation: Ablation, arm: Arm, amount: int) -> dict[str, int | None]:
    """An arm's part as settings of its training. Passes count: who sees a token twice has been trained on two."""
    if ablation.equal == "problems":
        return {"max_tokens": None, "max_problems": amount}
    return {"max_tokens": max(1, math.floor(amount / arm.train.epochs)), "max_problems": None}


def outlook(ablation: Ablation, chosen: Chosen, amount: int, workspace: Workspace) -> ArmOutlook:
    """What an arm trains on under its part.

    Raises:
        PreflightRefused: its part does not hold one example.
    """
    arm = chosen.arm
    limits = bounds(ablation, arm, amount)
    taken = within(chosen.turns, limits["max_tokens"], limits["max_problems"])
    if not taken:
        raise PreflightRefused(
            f"arm {arm.name}: {amount} {ablation.equal} do not hold one example over {arm.train.epochs:g} passes; "
            f"raise `{ablation.equal}`, or give the arm fewer `train.epochs`"
        )
    tokens = sum(turn.trained for turn in taken)
    trainings = [arm.trained(seed=seed, **limits) for seed in ablation.seeds]
    students = [train_id(one.plan, one.train, chosen.curation_id) for one in trainings]
    return ArmOutlook(
        arm=arm.name,
        settings=arm.settings,
        curation_id=chosen.curation_id,
        pending=chosen.pending,
        available=len(chosen.turns),
        examples=len(taken),
        problems=len({turn.problem_id for turn in taken}),
        tokens=tokens,
        epochs=arm.train.epochs,
        all_tokens=round(tokens * arm.train.epochs),
        steps=math.ceil(math.ceil(len(taken) / arm.train.batch_size) * arm.train.epochs),
        students=students,
        trained=sum((workspace.models / name / "training.json").exists() for name in students),
    )


def _keep_reports(workspace: Workspace, folder: Path) -> None:
    with storage_errors(workspace.path):
        folder.mkdir(parents=True, exist_ok=True)
        for name in KEPT:
            shutil.copyfile(workspace.reports / name, folder / name)
