"""``tracestill doctor``: what is wrong with a set-up, told before it costs anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from ...verifiers.cascade import Cascade
from ...verifiers.sandbox.cgroup import delegated
from ...verifiers.sandbox.limits import Limits
from ...verifiers.sandbox.tiers import try_tiers
from ..config_problems import ProblemSet
from ..errors import ProblemError
from ..evaluating.benchmarks import sets_of
from ..job import Plan
from ..problems.reading import read_problems
from ..records import Problem
from .opening import open_plan, print_result


class Unjudgeable(msgspec.Struct, frozen=True, kw_only=True):
    """A problem that no trace can be proven right for."""

    problem_id: str
    source: str
    verifier: str
    reason: str
    reference: str | None


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, and what was found."""

    problems: int
    unjudgeable: list[Unjudgeable]
    unreadable_rows: list[str]
    """Rows that are no problem, with their places."""


class Isolation(msgspec.Struct, frozen=True, kw_only=True):
    """A way to hold programs that models wrote."""

    tier: str
    refusal: str | None
    """Why it cannot be had here; null where it can."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What this machine can do."""

    isolation: str | None
    """The tier that programs run in; null where none holds, and none are run."""
    tiers: list[Isolation]
    """All of them, the best first."""
    cgroup: str | None
    """The cgroup in which programs are limited together; null where none is delegated."""


def machine(output: str) -> None:
    """Say how well this machine can hold programs, and why not better."""
    tiers = [Isolation(tier=tried.tier, refusal=tried.refusal) for tried in try_tiers(Limits())]
    best = next((one.tier for one in tiers if one.refusal is None), None)
    group = delegated()
    lines = [
        f"isolation of programs: {best or 'none, so none are run; docs/sandbox.md says what to do'}",
        *(f"  {one.tier}: {'holds' if one.refusal is None else one.refusal}" for one in tiers),
        f"limits by cgroup v2: {f'in {group}' if group else 'none is delegated; each run has limits of its own'}",
    ]
    found = Machine(isolation=best, tiers=tiers, cgroup=str(group) if group else None)
    print_result(found, output, "\n".join(lines))


def problems(config: Path, sets: Sequence[str] | None, output: str) -> None:
    """Look at every problem that the configuration names, those of the evaluation too."""
    examined = _examine(open_plan(config, sets))
    found = [
        f"{bad.source}: {bad.problem_id}: {bad.verifier}: {bad.reason}: {bad.reference!r}"
        for bad in examined.unjudgeable
    ]
    summary = (
        f"{examined.problems:,} problems; {len(examined.unjudgeable):,} can never be judged, "
        f"{len(examined.unreadable_rows):,} rows are no problem"
    )
    print_result(examined, output, "\n".join([*examined.unreadable_rows, *found, summary]))


def _examine(plan: Plan) -> Examined:
    rows: list[str] = []
    unjudgeable: list[Unjudgeable] = []
    count = 0
    evaluated = sets_of(plan.config.evaluate) if plan.config.evaluate else []
    with Cascade(plan.config.verify) as cascade:
        for problem in _each([*plan.config.problems, *evaluated], plan.base_dir, rows):
            count += 1
            unjudgeable += [
                Unjudgeable(
                    problem_id=problem.problem_id,
                    source=problem.source,
                    verifier=verifier,
                    reason=reason,
                    reference=problem.answer,
                )
                for verifier, reason in cascade.unjudgeable(problem)
            ]
    return Examined(problems=count, unjudgeable=unjudgeable, unreadable_rows=rows)


def _each(sets: Iterable[ProblemSet], base_dir: Path, rows: list[str]) -> Iterator[Problem]:
    """Every problem; rows that are none are told of and do not stop it, whatever the set says."""

    def tell(error: ProblemError) -> None:
        rows.append(str(error))

    for problem_set in sets:
        yield from read_problems(problem_set.model_copy(update={"on_error": "skip"}), base_dir, tell)
