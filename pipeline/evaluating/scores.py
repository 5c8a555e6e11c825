"""What is made of the answers: scores with intervals, the student's gains, and how much of a teacher it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, median
from typing import Any

from ..config_evaluate import BASE, STUDENT
from ..sampling.campaign import Asked
from ..statistics import Estimate, estimate, paired_difference, quotient, sign_flip_p_value, sizes_up_to
from .ballots import Ballots
from .calibration import calibration_of
from .majority import Ballot, maj_at_k
from .measuring import Measured
from .results import Evaluated, Gain, Recovery, Score
from .safety import refusals
from .slices import slices_of

__all__ = ["compare"]

Row = Mapping[str, Any]


def compare(measured: Measured) -> Evaluated:
    """Everything that a measurement says."""
    settings, questions = measured.settings, measured.questions
    with Ballots(measured.verify) as ballots:
        scores = [_score(measured, one, ballots.of(measured.rows[one.teacher.id])) for one in measured.asked]
    others = [one.teacher.id for one in measured.asked if one.teacher.id != STUDENT]
    models = {*settings.teachers, *(one.id for one in settings.models)} - {BASE, STUDENT}
    return Evaluated(
        train_id=measured.train_id,
        k=settings.sampling.k,
        limit=measured.limit,
        sets=questions.counts,
        scores=scores,
        gains=[gain_over(measured, name) for name in others],
        recovery=[_recovery(measured, name) for name in others if name in models],
        slices=slices_of(measured, gain_over),
        safety=refusals(questions.safety, measured.refusals, settings.bootstrap) if questions.safety else None,
    )


def gain_over(measured: Measured, against: str, places: Sequence[int] | None = None) -> Gain:
    """The student less another model, on all problems or on those at ``places``."""
    resamplings = measured.settings.bootstrap
    mine, theirs = measured.series(STUDENT), measured.series(against)
    ours, other = measured.rows[STUDENT], measured.rows[against]
    chosen = range(len(ours)) if places is None else places

    def at(values: Sequence[float]) -> list[float]:
        return [values[place] for place in chosen]

    return Gain(
        against=against,
        pass_at_1=paired_difference(at(mine[0]), at(theirs[0]), resamplings),
        pass_at_k=paired_difference(at(mine[1]), at(theirs[1]), resamplings),
        # Everybody gave as many samples of a problem, so that the numbers of right ones can be held against each other.
        p_value=sign_flip_p_value([ours[place]["correct"] - other[place]["correct"] for place in chosen]),
    )


def _recovery(measured: Measured, teacher: str) -> Recovery:
    student, base, best = (measured.pass_at(name, 1) for name in (STUDENT, BASE, teacher))
    gained = [mine - before for mine, before in zip(student, base, strict=True)]
    lead = [theirs - before for theirs, before in zip(best, base, strict=True)]
    resamplings = measured.settings.bootstrap
    return Recovery(
        teacher=teacher,
        retention=quotient(student, best, resamplings),
        recovered=quotient(gained, lead, resamplings),
    )


def _score(measured: Measured, one: Asked, ballots: Sequence[Ballot]) -> Score:
    name, resamplings, k = one.teacher.id, measured.settings.bootstrap, measured.settings.sampling.k
    rows = measured.rows[name]
    domains = {row["domain"] for row in rows}
    tokens = [count for row in rows for count in row["tokens"]]
    priced = [row["usd"] for row in rows if row["usd"] is not None]
    pass_at = {str(size): estimate(measured.pass_at(name, size), resamplings) for size in sizes_up_to(k)}
    samples = sum(row["samples"] for row in rows)
    return Score(
        contestant=name,
        model=one.teacher.model,
        hosts=sorted({host for row in rows for host in row["hosts"]}),
        prompts={domain: recipe.prompt.id for domain, recipe in one.recipes.items() if domain in domains},
        problems=len(rows),
        samples=samples,
        pass_at_1=pass_at["1"],
        pass_at_k=pass_at[str(k)],
        pass_at=pass_at,
        maj_at=_majorities(ballots, k, resamplings),
        voted=len(ballots),
        calibration=calibration_of(ballots),
        format_rate=sum(row["well_formed"] for row in rows) / max(1, samples),
        truncation_rate=_rate(rows, "truncation"),
        repetition_rate=_rate(rows, "repetition"),
        refusal_rate=_rate(rows, "refusal"),
        unjudged=sum(row["unjudged"] for row in rows),
        failed=sum(row["failed"] for row in rows),
        mean_tokens=fmean(tokens) if tokens else 0.0,
        median_tokens=float(median(tokens)) if tokens else 0.0,
        prompt_tokens=sum(row["prompt_tokens"] for row in rows),
        completion_tokens=sum(tokens),
        usd=round(sum(priced), 9) if priced else None,
    )


def _majorities(ballots: Sequence[Ballot], k: int, resamplings: int) -> dict[str, Estimate] | None:
    if not ballots:
        return None

    def of(size: int) -> Callable[[Ballot], float]:
        return lambda ballot: maj_at_k(ballot, min(size, ballot.samples))

    return {str(size): estimate(list(map(of(size), ballots)), resamplings) for size in sizes_up_to(k)}


def _rate(rows: Sequence[Row], verifier: str) -> float | None:
    judged = sum(row[f"{verifier}_judged"] for row in rows)
    return sum(row[verifier] for row in rows) / judged if judged else None
