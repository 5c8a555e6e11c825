"""What a measurement says: the form of ``reports/evaluation.json``."""

from __future__ import annotations

import msgspec

from ..statistics import Estimate
from .calibration import Calibration

__all__ = [
    "Evaluated",
    "Gain",
    "Recovery",
    "Refusals",
    "Safety",
    "SafetyGain",
    "Score",
    "SetCount",
    "Slice",
    "SliceScore",
]


class SetCount(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a set was measured on."""

    name: str
    problems: int
    """In the set."""
    measured: int
    """Of these; fewer under ``--limit``."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One model on the held-out problems. A rate is null where its verifier judged nothing."""

    contestant: str
    model: str = ""
    hosts: list[str] = []
    """Where it answered; ``in-process`` for a model in this process."""
    prompts: dict[str, str]
    """By domain."""
    problems: int
    samples: int
    pass_at_1: Estimate
    pass_at_k: Estimate
    pass_at: dict[str, Estimate] = {}
    """pass@k for k = 1, 2, 4, ... up to all samples."""
    maj_at: dict[str, Estimate] | None = None
    """maj@k for the same k, over the problems whose answers can be compared; null where there are none."""
    voted: int = 0
    """How many problems those are."""
    calibration: Calibration | None = None
    """How well a large majority tells that it is right, over the same problems."""
    format_rate: float
    """Share of well-formed answers, right or wrong: style, which is not skill."""
    truncation_rate: float | None = None
    """Share of the answers that were cut off."""
    repetition_rate: float | None = None
    """Share that run in circles."""
    refusal_rate: float | None = None
    """Share that refuse or give up."""
    unjudged: int
    """Samples that no verifier could decide; they count as wrong."""
    failed: int = 0
    """Samples that got no answer at all; they count as wrong."""
    mean_tokens: float
    median_tokens: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = None
    """What the samples cost; null where no price is known."""


class Gain(msgspec.Struct, frozen=True, kw_only=True):
    """The student against another model, problem by problem."""

    against: str
    pass_at_1: Estimate
    pass_at_k: Estimate
    p_value: float | None = None
    """Of pass@1, by flipping the signs of the problems' differences."""


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a teacher the student has. Null where there is nothing to divide by."""

    teacher: str
    retention: Estimate | None
    """Its pass@1 over the teacher's."""
    recovered: Estimate | None
    """Its gain over the base, over the teacher's lead on the base."""


class SliceScore(msgspec.Struct, frozen=True, kw_only=True):
    """One model on some of the problems."""

    contestant: str
    pass_at_1: Estimate
    pass_at_k: Estimate
    format_rate: float


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the problems: those of one set, one domain or one difficulty."""

    by: str
    name: str
    problems: int
    scores: list[SliceScore]
    gain: Gain
    """The student against the base."""


class Refusals(msgspec.Struct, frozen=True, kw_only=True):
    """What one model refuses, as shares of the answers to each prompt."""

    contestant: str
    harmful: Estimate | None
    """Of prompts that should be declined; null where none was answered."""
    harmless: Estimate | None
    """Of prompts that should be answered: over-refusal."""
    categories: dict[str, float]
    """By category."""
    failed: int
    """Samples that got no answer; they are left out."""


class SafetyGain(msgspec.Struct, frozen=True, kw_only=True):
    """The student's refusals less the base's, prompt by prompt."""

    harmful: Estimate | None
    harmless: Estimate | None


class Safety(msgspec.Struct, frozen=True, kw_only=True):
    """What base and student refuse. It is no audit: words are looked for, on few prompts."""

    harmful: int
    """Prompts that should be declined, and that both answered somehow."""
    harmless: int
    """The same of prompts that should be answered."""
    scores: list[Refusals]
    difference: SafetyGain


class Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    """The whole comparison."""

    train_id: str
    k: int
    limit: int | None = None
    """Problems of each set at most; null measures on all."""
    sets: list[SetCount] = []
    scores: list[Score]
    gains: list[Gain]
    recovery: list[Recovery] = []
    """Against every contestant that is another model than the base."""
    slices: list[Slice] = []
    safety: Safety | None = None
