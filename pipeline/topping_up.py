"""Samples until every domain has the accepted traces that are wanted of it, and no further.

It goes in rounds: ask for what is probably lacking, verify what came, count, ask again. Problems that have not got
their k samples come first; when all have, each gets further ones, evenly, up to ``targets.k_max``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from . import logs
from .corpus import Corpus
from .job import Job
from .judging import judge_missing
from .records import Domain
from .sampling.campaign import Asked, Needs, sample_missing
from .sampling.missing import Need
from .sampling.recipe import Recipes
from .sampling.tally import Sampled
from .targets import Standing, standings
from .verification import verify_missing


@dataclass
class _Round:
    """What is handed out in one round.

    Attributes:
        quota: samples of each domain that each teacher may be asked for; a domain without a target has none.
        asked: what was handed out.
        cut: domains of which more is missing than was handed out.
    """

    quota: dict[Domain, int]
    asked: int = 0
    cut: set[Domain] = field(default_factory=set[Domain])

    def limited(self, needs: Iterator[list[Need]], stop_after: int | None) -> Iterator[list[Need]]:
        """The needs of one teacher, as far as its share of the round reaches."""
        left = dict(self.quota)
        for batch in needs:
            yield [self._share(need, left, stop_after) for need in batch]

    def _share(self, need: Need, left: dict[Domain, int], stop_after: int | None) -> Need:
        domain = need.missing[0].problem.domain if need.missing else None
        if domain not in left:
            self.asked += len(need.missing)
            return need
        over = stop_after is not None and need.accepted >= stop_after
        given = [] if over else need.missing[: left[domain]]
        if len(given) < len(need.missing) and not over:
            self.cut.add(domain)
        left[domain] -= len(given)
        self.asked += len(given)
        return Need(len(given), given, need.accepted)


def top_up(job: Job, stage: str, asked: Sequence[Asked], needs: Needs, corpus: Corpus, *, again: Needs) -> Sampled:
    """Fill the missing samples as far as targets ask for them.

    Args:
        job: the run.
        stage: who asks.
        asked: the teachers that the gate has allowed.
        needs: what they lack, the first time.
        corpus: a reader of the ledger.
        again: what they lack from the second time on.

    Raises:
        TeacherUnavailable, PolicyRefused, BudgetReached: work is left.
        Interrupted: a signal came; everything that arrived is saved.
    """
    total = Sampled()
    targets = standings(job.plan, corpus)
    levels: dict[Domain, _Level] = {domain: _Level(_most_extra(job, asked, domain)) for domain in targets}
    rest = any(domain not in levels for one in asked for domain in one.recipes)
    while (lacking := _lacking(job, stage, corpus, levels)) or rest:
        quota: dict[Domain, int] = dict.fromkeys(levels, 0)
        for domain, standing in lacking.items():
            quota[domain] = math.ceil(standing.next_samples / max(1, sum(domain in one.recipes for one in asked)))
            levels[domain].climb(quota[domain] // max(1, _problems(corpus, domain)))
            _tell(domain, standing, levels[domain])
        round_ = _Round(quota)
        done = sample_missing(job, stage, _at(levels, asked), _limited(round_, needs), corpus)
        total.add(done)
        needs, rest = again, False
        for domain in lacking:
            levels[domain].exhausted = domain not in round_.cut or not done.completions + done.failed
    return total


@dataclass
class _Level:
    """How many samples of a problem beyond k its domain is asked for now.

    Attributes:
        most: how many it may come to, at the teacher that may be asked for most.
        exhausted: whether every problem has all samples of this level.
    """

    most: int
    extra: int = 0
    exhausted: bool = False

    @property
    def is_last(self) -> bool:
        """Whether nothing can be asked for any more."""
        return self.exhausted and self.extra >= self.most

    def climb(self, wish: int) -> None:
        """Go ``wish`` samples higher if this level is exhausted: one at least, and no further than is allowed."""
        if self.exhausted:
            self.extra = min(self.most, self.extra + max(1, wish))


def _limited(round_: _Round, needs: Needs) -> Needs:
    def limited(one: Asked, corpus: Corpus) -> Iterator[list[Need]]:
        return round_.limited(needs(one, corpus), one.teacher.sampling.stop_after)

    return limited


def _lacking(job: Job, stage: str, corpus: Corpus, levels: dict[Domain, _Level]) -> dict[Domain, Standing]:
    """Domains that lack traces and have problems which may get further samples."""
    verify_missing(job, stage, "train")
    judge_missing(job, stage, "train")
    corpus.refresh()
    return {
        domain: standing
        for domain, standing in standings(job.plan, corpus).items()
        if standing.lacking and not levels[domain].is_last
    }


def _most_extra(job: Job, asked: Sequence[Asked], domain: Domain) -> int:
    recipes = [one.recipes[domain] for one in asked if domain in one.recipes]
    return max((job.plan.most_samples(recipe) - recipe.sampling.k for recipe in recipes), default=0)


def _problems(corpus: Corpus, domain: Domain) -> int:
    return corpus.ask("present_in_domain", domain=domain)[0]["problems"]


def _at(levels: dict[Domain, _Level], asked: Sequence[Asked]) -> list[Asked]:
    """The teachers with as many samples of each problem as this round may ask for."""
    return [replace(one, recipes=_with_more(one.recipes, levels)) for one in asked]


def _with_more(recipes: Recipes, levels: dict[Domain, _Level]) -> Recipes:
    more: Recipes = dict(recipes)
    for domain in recipes.keys() & levels.keys():
        sampling = recipes[domain].sampling
        sampling = sampling.model_copy(update={"k": sampling.k + levels[domain].extra})
        more[domain] = replace(recipes[domain], sampling=sampling)
    return more


def _tell(domain: Domain, standing: Standing, level: _Level) -> None:
    beyond = f", {level.extra} a problem beyond k" if level.extra else ""
    logs.info(
        f"{domain}: {standing.accepted} of {standing.wanted} accepted traces; "
        f"asking for up to {standing.next_samples} samples{beyond}"
    )
