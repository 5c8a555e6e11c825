"""What is asked: the held-out sets, all of them or the same few of each, and the prompts about safety beside them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...policies.gate import Gate
from ...policies.ruling import Ruling
from ..config import Use
from ..config_evaluate import BASE, STUDENT, Evaluate
from ..config_problems import ProblemSet
from ..corpus import Corpus
from ..curation.decontamination import look_for, problem_sets
from ..errors import PreflightRefused
from ..intake import present_problems, take_in
from ..job import Job
from ..problems.reading import read_problems
from ..records import short_hash
from ..sampling.campaign import Asked, Needs
from ..sampling.missing import Need, missing_slots
from .benchmarks import BENCHMARKS, sets_of
from .results import SetCount
from .safety import Prompt, prompts_of, set_of

__all__ = ["Questions", "choose", "judge_lines", "judge_sets", "refuse_contaminated", "take_in_questions"]

RELEASES: tuple[Use, ...] = ("dataset_release", "weights_release")
"""Uses in which a set that is only measured on has no part: none of it goes into data or weights."""


@dataclass(frozen=True)
class Questions:
    """Which problems are asked of whom."""

    sets: list[ProblemSet]
    counts: list[SetCount]
    measured: set[str]
    """Ids of the problems that scores are about."""
    safety: list[Prompt] = field(default_factory=list[Prompt])
    safety_set: ProblemSet | None = None
    retry_failed: bool = False
    """Ask again for samples that failed in earlier runs."""

    @property
    def all_sets(self) -> list[ProblemSet]:
        """Everything that is read."""
        return self.sets if self.safety_set is None else [*self.sets, self.safety_set]

    def needs(self, job: Job) -> Needs:
        """What each contestant still lacks; prompts about safety are for base and student alone."""
        about_safety = {prompt.id for prompt in self.safety}

        def needs(one: Asked, corpus: Corpus) -> Iterator[list[Need]]:
            ids = self.measured | (about_safety if one.teacher.id in (BASE, STUDENT) else set[str]())
            problems = present_problems(job, self.all_sets, corpus)
            wanted = (problem for problem in problems if problem.problem_id in ids)
            return missing_slots(wanted, one.recipes, corpus, retry_failed=self.retry_failed)

        return needs


def choose(job: Job, settings: Evaluate, limit: int | None, *, retry_failed: bool = False) -> Questions:
    """The problems to ask.

    Args:
        job: the run.
        settings: what is measured on.
        limit: of each set this many at most, those whose ids have the least hash: the same ones every time, spread over
            the set, and a larger limit adds to them.
        retry_failed: ask again for samples that failed in earlier runs.

    Raises:
        ConfigError, ProblemError: a set cannot be read.
    """
    sets = sets_of(settings)
    counts: list[SetCount] = []
    measured: set[str] = set()
    for one in sets:
        ids = {problem.problem_id for problem in read_problems(one, job.plan.base_dir, lambda error: None)}
        job.stop.check("reading problems")
        chosen = ids if limit is None else set(heapq.nsmallest(limit, ids, key=_lot))
        counts.append(SetCount(name=one.source, problems=len(ids), measured=len(chosen)))
        measured |= chosen
    if not settings.safety:
        return Questions(sets, counts, measured, retry_failed=retry_failed)
    prompts = prompts_of(job, settings.safety)
    return Questions(sets, counts, measured, prompts, set_of(settings.safety), retry_failed)


def _lot(problem_id: str) -> str:
    return short_hash(["limit", problem_id])


def take_in_questions(job: Job, questions: Questions, corpus: Corpus) -> None:
    """Bring the ledger up to date with what is asked. Raises what ``take_in`` does."""
    take_in(job, questions.all_sets, corpus)
    corpus.bind_column("measured", "problem_id", sorted(questions.measured))


def judge_sets(job: Job, settings: Evaluate, corpus: Corpus) -> None:
    """Ask the gate whether each set may be measured on, before any is read: one may lie behind a socket.

    Raises:
        PolicyRefused: one may not.
    """
    sets = [*sets_of(settings), *([set_of(settings.safety)] if settings.safety else [])]
    _judge(job, sets, [(one.source, one.license) for one in sets], corpus)


def judge_lines(job: Job, questions: Questions, corpus: Corpus) -> None:
    """The same for the sources and licences that lines state for themselves.

    Raises:
        PolicyRefused: one may not be measured on.
    """
    stated = [(row["source"], row["license"]) for row in corpus.ask("problem_licences")]
    _judge(job, questions.all_sets, stated, corpus)


def _judge(job: Job, sets: Sequence[ProblemSet], stated: Sequence[tuple[str, str | None]], corpus: Corpus) -> None:
    gate = _measuring(job.plan.gate)
    named = {one.source: one for one in sets}
    rulings: list[Ruling] = []
    for source, license in dict.fromkeys(stated):
        found = named.get(source)
        names = [] if found is None else _names(found, job.plan.base_dir)
        revision = None if found is None else found.options.get("revision")
        rulings.append(gate.judge_dataset(source, license, "evaluate", names, revision))
    job.decide(rulings, corpus)


def _names(one: ProblemSet, base_dir: Path) -> list[str]:
    """What a set is called on the Hub; a public one keeps its name when it comes from a file."""
    public = {name: found.hub for name, found in BENCHMARKS.items()}
    on_hub = one.path is not None and one.format not in (None, "jsonl", "table") and not (base_dir / one.path).exists()
    return [*([public[one.source]] if one.source in public else []), *([one.path] if on_hub and one.path else [])]


def _measuring(gate: Gate) -> Gate:
    uses: list[Use] = [use for use in gate.declared.uses if use not in RELEASES] or ["internal_research"]
    return Gate(gate.terms, replace(gate.declared, uses=tuple(uses)), gate.agreements)


def refuse_contaminated(job: Job, settings: Evaluate, corpus: Corpus) -> None:
    """Look for the held-out problems in what trained, as curation does for the sets that it is given.

    Raises:
        PreflightRefused: one is there.
    """
    wanted = job.config.decontaminate
    sets = list(problem_sets(sets_of(settings), wanted.ngram, job.plan.base_dir))
    corpus.keep("looked_at", "curated_traces")
    look_for(corpus, sets, wanted.share, job.stop)
    if found := [row["evaluation_id"] for row in corpus.ask("touched")]:
        raise PreflightRefused(
            f"evaluate.problems, evaluate.benchmarks: the student was trained on some of them ({', '.join(found)}); "
            "a score on these would say nothing. Take them out of one of the two sets"
        )
