"""The configurations of an ablation: one that trains for each arm, and one that measures every student alike.

An ablation has a workspace of its own below the user's, above the same ledger: it reads the traces that are there and
writes its selections, students and evaluations beside them, so nothing of the user's is replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..config import Config
from ..config_evaluate import STUDENT
from ..config_file import load_config
from ..config_telemetry import Telemetry
from ..config_train import Train
from ..errors import ConfigError
from ..job import Plan
from ..workspace import Workspace
from .form import Ablation


@dataclass(frozen=True)
class Arm:
    """One way of choosing and training."""

    name: str
    settings: list[str]
    """What it sets, as ``--set`` takes it."""
    plan: Plan

    @property
    def train(self) -> Train:
        """How its students are trained."""
        train = self.plan.config.train
        assert train is not None
        return train

    def trained(self, *, seed: int, max_tokens: int | None, max_problems: int | None) -> Arm:
        """The same arm for one training."""
        changes = {"seed": seed, "max_tokens": max_tokens, "max_problems": max_problems}
        train = self.train.model_copy(update=changes)
        return replace(self, plan=replace(self.plan, config=self.plan.config.model_copy(update={"train": train})))


def folder_of(ablation: Ablation, plan: Plan) -> Path:
    """The workspace of an ablation."""
    return Workspace(plan.workspace_path).ablations / ablation.id


def arms_of(ablation: Ablation, config: Path, sets: Sequence[str], plan: Plan) -> list[Arm]:
    """The arms, each with its configuration checked.

    Raises:
        ConfigError: the configuration lacks a section that is needed, or an arm sets a key wrongly.
    """
    if plan.config.train is None or plan.config.evaluate is None:
        raise ConfigError("ablate: needs the sections `train` and `evaluate` in the configuration")
    folder = folder_of(ablation, plan)
    arms: list[Arm] = []
    for name in ablation.arms:
        settings = ablation.settings(name)
        try:
            arm_plan = _above(load_config(config, [*sets, *settings]), plan, folder)
        except ConfigError as error:
            raise ConfigError(f"arm {name} of {ablation.id}: {error}") from error
        arms.append(Arm(name, settings, arm_plan))
    return arms


def measuring(ablation: Ablation, plan: Plan) -> Plan:
    """The user's own configuration over the ablation's workspace: what measures, whatever an arm sets.

    A student that is served elsewhere is none of the arms', and what students refuse is not compared.
    """
    settings = plan.config.evaluate
    assert settings is not None
    models = [one for one in settings.models if one.id != STUDENT]
    settings = settings.model_copy(update={"models": models, "safety": False})
    return _above(plan.config.model_copy(update={"evaluate": settings}), plan, folder_of(ablation, plan))


def make_workspace(ablation: Ablation, plan: Plan, beneath: Workspace) -> Workspace:
    """The ablation's workspace, made if it is not there."""
    workspace = Workspace.create(folder_of(ablation, plan))
    workspace.put_above(beneath)
    return workspace


def _above(config: Config, plan: Plan, folder: Path) -> Plan:
    return Plan.of(config.model_copy(update={"workspace": str(folder), "telemetry": Telemetry()}), plan.base_dir)
