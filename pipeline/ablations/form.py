"""The file that describes an ablation: which arms there are, and what all of them have the same of."""

from __future__ import annotations

import difflib
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Self, cast

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from ..concern import Concern, Name
from ..errors import ConfigError

SECTIONS = ("select", "train", "verify", "rewrite")
"""What an arm may set: what is trained on, and how."""
COMMON = ("train.model", "train.prompts")
"""What no arm may set: the evaluation asks every student alike."""
BUDGET = ("train.max_tokens", "train.max_problems", "train.seed")
"""What the ablation sets itself."""
Amount = Literal["smallest"] | int


class Ablation(Concern):
    """One comparison."""

    id: Name
    """Its name in reports and in the workspace."""
    description: str = Field(min_length=1)
    """What is compared, and why."""
    sources: list[str] = Field(default=[])
    """Where the question comes from."""
    tokens: Amount | None = None
    """Tokens that every arm is trained on, all passes together; smallest: as many as the arm with the fewest has."""
    problems: Amount | None = None
    """Problems that every arm is trained on, in place of tokens."""
    seeds: list[int] = Field(default=[0, 1, 2], min_length=1)
    """A training per arm and seed."""
    arms: dict[Name, dict[str, Any]] = Field(min_length=2)
    """By name, the first being what the others are held against: keys of the configuration, as `--set` names them."""

    @field_validator("tokens", "problems")
    @classmethod
    def _is_an_amount(cls, amount: Amount | None) -> Amount | None:
        if isinstance(amount, int) and amount < 1:
            raise ValueError("give a number above 0, or smallest")
        return amount

    @field_validator("seeds")
    @classmethod
    def _seeds_differ(cls, seeds: list[int]) -> list[int]:
        if len(set(seeds)) < len(seeds) or min(seeds) < 0:
            raise ValueError("give seeds that differ, from 0 up: the same one trains the same student")
        return seeds

    @field_validator("arms")
    @classmethod
    def _arms_may_set_it(cls, arms: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for arm, settings in arms.items():
            for key in settings:
                if reason := _forbidden(key):
                    raise ValueError(f"{arm}: {key}: {reason}")
        return arms

    @model_validator(mode="after")
    def _one_thing_is_equal(self) -> Self:
        if self.tokens is not None and self.problems is not None:
            raise ValueError("tokens and problems are both given: the arms can have the same of one of them")
        return self

    @property
    def equal(self) -> Literal["tokens", "problems"]:
        """What every arm has the same of."""
        return "tokens" if self.problems is None else "problems"

    @property
    def amount(self) -> Amount:
        """How much of it."""
        return self.problems or self.tokens or "smallest"

    def settings(self, arm: str) -> list[str]:
        """What an arm sets, as ``--set`` takes it."""
        return [f"{key}={_flow(value)}" for key, value in self.arms[arm].items()]


def load_ablation(name: str) -> Ablation:
    """The ablation that ships under an id, or the one that a file describes.

    Raises:
        ConfigError: there is no such one, or a key is wrong; names the key.
    """
    path = Path(name)
    if "/" not in name and path.suffix not in (".yaml", ".yml"):
        if name not in (known := built_in()):
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ConfigError(
                f"{name}: no such ablation ships; {hint}`tracestill ablate --list` names those that do, "
                "and a file of your own is given by its path, such as ./mine.yaml"
            )
        return _parsed(name, known[name])
    try:
        return _parsed(name, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}: cannot be read ({error})") from error


def built_in() -> dict[str, str]:
    """The text of every ablation that ships, by its id."""
    folder = files(__package__ or "tracestill.pipeline.ablations")
    found = sorted((item.name, item) for item in folder.iterdir() if item.name.endswith(".yaml"))
    return {name.removesuffix(".yaml"): item.read_text(encoding="utf-8") for name, item in found}


def _parsed(name: str, text: str) -> Ablation:
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: is no YAML: {error}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{name}: holds no keys; docs/ablations.md shows such a file")
    try:
        return Ablation.model_validate(cast("dict[str, Any]", data))
    except ValidationError as error:
        raise ConfigError("\n".join(f"{name}: {_explained(one)}" for one in error.errors())) from error


def _explained(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"])
    known = ", ".join(Ablation.model_fields)
    if problem["type"] == "extra_forbidden":
        return f"{where}: there is no such key (keys here: {known})"
    if problem["type"] == "missing":
        return f"{where}: is missing (keys here: {known})"
    return f"{where or 'the file'}: {problem['msg'].removeprefix('Value error, ')}"


def _forbidden(key: str) -> str:
    """Why an arm may not set a key; empty where it may."""
    if key in BUDGET:
        return "the ablation sets it itself, from `tokens`, `problems` and `seeds`"
    if any(key == one or key.startswith(f"{one}.") for one in COMMON):
        return "it would change what the evaluation asks, so it is the same in every arm; set it in the configuration"
    section, _, rest = key.partition(".")
    if section not in SECTIONS or (section != "rewrite" and not rest):
        return f"an arm sets single keys of {', '.join(SECTIONS)}, such as select.outcomes; all else is the same"
    return ""


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000)
    return text.removesuffix("...\n").strip()
