"""What came out: every arm with its interval, and its difference from the first one in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from ..statistics import Estimate, Grid, grid_difference, grid_estimate
from .form import Ablation
from .outlook import ArmOutlook

ONE_SEED = "problems"
SEVERAL_SEEDS = "problems and trainings"


class Student(msgspec.Struct, frozen=True, kw_only=True):
    """One training of an arm, measured."""

    seed: int
    train_id: str
    steps: int
    loss: float
    problem_ids: list[str]
    """Held-out problems, in the order of the next two."""
    first: list[float]
    """pass@1 of each."""
    best: list[float]
    """pass@k of each."""


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """A model that nothing was trained for here: the base, and the contestants of the configuration."""

    contestant: str
    pass_at_1: Estimate
    pass_at_k: Estimate


class ArmResult(msgspec.Struct, frozen=True, kw_only=True):
    """What an arm's students were trained on, and how well they do."""

    arm: str
    settings: list[str]
    examples: int
    problems: int
    tokens: int
    """Trained on in one pass."""
    epochs: float
    all_tokens: int
    """Trained on in all passes together."""
    steps: int
    losses: list[float]
    students: list[str]
    pass_at_1: Estimate
    pass_at_k: Estimate


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """An arm less the first one, on the same problems."""

    arm: str
    against: str
    pass_at_1: Estimate
    pass_at_k: Estimate
    said: str
    """Whether the difference of pass@1 is proven, in words."""


class Ablated(msgspec.Struct, frozen=True, kw_only=True):
    """The whole comparison."""

    ablation: str
    description: str
    sources: list[str]
    equal: str
    """What every arm has the same of: tokens or problems."""
    amount: int
    k: int
    held_out: int
    """Problems that everyone was measured on."""
    seeds: list[int]
    covers: str
    """What the intervals cover."""
    others: list[Other]
    arms: list[ArmResult]
    comparisons: list[Comparison]


def compared(
    ablation: Ablation,
    amount: int,
    looks: Sequence[ArmOutlook],
    students: Mapping[str, Sequence[Student]],
    others: Mapping[str, tuple[list[float], list[float]]],
    k: int,
    resamplings: int,
) -> Ablated:
    """Every arm's scores and its difference from the first; all were measured on the same problems."""
    arms = [_arm(look, students[look.arm], resamplings) for look in looks]
    base = looks[0].arm
    covers = SEVERAL_SEEDS if len(ablation.seeds) > 1 else ONE_SEED
    held_out = len(students[base][0].problem_ids)
    return Ablated(
        ablation=ablation.id,
        description=" ".join(ablation.description.split()),
        sources=ablation.sources,
        equal=ablation.equal,
        amount=amount,
        k=k,
        held_out=held_out,
        seeds=ablation.seeds,
        covers=covers,
        others=[
            Other(
                contestant=name,
                pass_at_1=grid_estimate([first], resamplings),
                pass_at_k=grid_estimate([best], resamplings),
            )
            for name, (first, best) in others.items()
        ],
        arms=arms,
        comparisons=[
            _comparison(look.arm, base, students[look.arm], students[base], resamplings, held_out) for look in looks[1:]
        ],
    )


def _arm(look: ArmOutlook, students: Sequence[Student], resamplings: int) -> ArmResult:
    return ArmResult(
        arm=look.arm,
        settings=look.settings,
        examples=look.examples,
        problems=look.problems,
        tokens=look.tokens,
        epochs=look.epochs,
        all_tokens=look.all_tokens,
        steps=students[0].steps,
        losses=[one.loss for one in students],
        students=[one.train_id for one in students],
        pass_at_1=grid_estimate(_first(students), resamplings),
        pass_at_k=grid_estimate(_best(students), resamplings),
    )


def _comparison(
    arm: str, base: str, ours: Sequence[Student], theirs: Sequence[Student], resamplings: int, held_out: int
) -> Comparison:
    difference = grid_difference(_first(ours), _first(theirs), resamplings)
    return Comparison(
        arm=arm,
        against=base,
        pass_at_1=difference,
        pass_at_k=grid_difference(_best(ours), _best(theirs), resamplings),
        said=verdict(arm, base, difference, held_out, len(ours)),
    )


def verdict(arm: str, base: str, difference: Estimate, held_out: int, seeds: int) -> str:
    """Whether a difference of pass@1 is proven, in words."""
    points, low, high = (f"{100 * value:+.1f}" for value in (difference.value, difference.low, difference.high))
    interval = f"{points} points of pass@1, 95% interval {low} to {high}"
    trainings = f"{held_out} problems and {seeds} trainings an arm" if seeds > 1 else f"{held_out} problems"
    alone = "" if seeds > 1 else " The interval covers problems only: another seed may come out otherwise."
    if difference.low <= 0 <= difference.high:
        return f"No difference between {arm} and {base} is proven on {trainings} ({interval}: it holds zero).{alone}"
    better = "better" if difference.value > 0 else "worse"
    return f"{arm} is {better} than {base}, proven on {trainings} ({interval}: it does not hold zero).{alone}"


def _first(students: Sequence[Student]) -> Grid:
    return [one.first for one in students]


def _best(students: Sequence[Student]) -> Grid:
    return [one.best for one in students]
