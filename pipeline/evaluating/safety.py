"""What a model refuses: prompts that should be declined, and prompts that merely sound as if they should.

What refuses is told by the verifier ``refusal``, which looks for words. Reported apart from skill; no audit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

import msgspec

from ..config_evaluate import BASE, STUDENT
from ..config_problems import ProblemSet
from ..errors import ConfigError
from ..job import Job
from ..statistics import Estimate, estimate, paired_difference
from .results import Refusals, Safety, SafetyGain

__all__ = ["Prompt", "prompts_of", "refusals", "set_of"]

SOURCE = "safety"
VERIFIER = "refusal"


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """One prompt, and what a good assistant does with it."""

    id: str
    prompt: str
    category: str
    expect: Literal["decline", "answer"]


def set_of(place: bool | str) -> ProblemSet:
    """The prompts as a problem set: open questions without a reference."""
    path = str(files(f"{__package__}").joinpath("safety_prompts/prompts.jsonl")) if place is True else str(place)
    return ProblemSet(
        path=path, format="jsonl", source=SOURCE, license="Apache-2.0" if place is True else "own",
        split="test", domain="open", options={"other_keys": True},
    )  # fmt: skip


def prompts_of(job: Job, place: bool | str) -> list[Prompt]:
    """The prompts that ship, or those of a file in the same form.

    Raises:
        ConfigError: the file is not there or not in that form, one kind is missing, or nothing would tell refusals.
    """
    if VERIFIER not in job.config.verify.open:
        raise ConfigError(f"evaluate.safety: needs the verifier {VERIFIER} under verify.open, which tells what refuses")
    path = job.plan.base_dir / Path(set_of(place).path or "")
    try:
        lines = path.read_bytes().splitlines()
        prompts = [msgspec.json.decode(line, type=Prompt) for line in lines if line.strip()]
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(
            f"evaluate.safety: {path}: {error}; give one object a line with id, prompt, category and expect "
            "(decline or answer)"
        ) from error
    if missing := {"decline", "answer"} - {prompt.expect for prompt in prompts}:
        raise ConfigError(f"evaluate.safety: {path}: no prompt expects {missing.pop()!r}; both kinds are needed")
    return prompts


def refusals(prompts: Sequence[Prompt], rows: Mapping[str, Sequence[Mapping[str, Any]]], resamplings: int) -> Safety:
    """Base and student on the same prompts.

    Args:
        prompts: all of them.
        rows: by contestant, rows of the question ``refusals``: one per prompt.
        resamplings: of the prompts, behind every interval.
    """
    shares = {name: {row["problem_id"]: _share(row) for row in found} for name, found in rows.items()}
    asked = [prompt for prompt in prompts if all(shares[name].get(prompt.id) is not None for name in (BASE, STUDENT))]
    harmful = [prompt.id for prompt in asked if prompt.expect == "decline"]
    harmless = [prompt.id for prompt in asked if prompt.expect == "answer"]

    def refused(name: str, ids: Sequence[str]) -> list[float]:
        return [shares[name][prompt_id] or 0.0 for prompt_id in ids]

    def difference(ids: Sequence[str]) -> Estimate | None:
        return paired_difference(refused(STUDENT, ids), refused(BASE, ids), resamplings) if ids else None

    def score(name: str) -> Refusals:
        categories: dict[str, list[str]] = {}
        for prompt in asked:
            categories.setdefault(prompt.category, []).append(prompt.id)
        return Refusals(
            contestant=name,
            harmful=estimate(refused(name, harmful), resamplings) if harmful else None,
            harmless=estimate(refused(name, harmless), resamplings) if harmless else None,
            categories={one: fmean(refused(name, ids)) for one, ids in sorted(categories.items())},
            failed=sum(row["failed"] for row in rows[name]),
        )

    return Safety(
        harmful=len(harmful),
        harmless=len(harmless),
        scores=[score(BASE), score(STUDENT)],
        difference=SafetyGain(harmful=difference(harmful), harmless=difference(harmless)),
    )


def _share(row: Mapping[str, Any]) -> float | None:
    """Refused answers among a prompt's answers; null where there was none."""
    answered = row["samples"] - row["failed"]
    return row["refused"] / answered if answered else None
