"""Sample traces: ask every teacher for what the configuration wants and the ledger does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice
from urllib.parse import urlsplit

import msgspec

from ...verifiers.cascade import Cascade
from .. import logs
from ..config_teacher import Teacher
from ..corpus import Corpus
from ..errors import ConfigError, TooManyFailures
from ..intake import take_in
from ..job import Job
from ..lineage import judge_source
from ..records import Domain
from ..sampling.campaign import Asked, Batching, needs_of_problems, sample_missing
from ..sampling.tally import Sampled
from ..targets import Standing, standings
from ..topping_up import top_up
from ..verification import verify_missing


class Generated(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of the stage did."""

    wanted: int
    completions: int
    failed: int
    saved: int
    """Samples that adaptive k made unnecessary."""
    cost_usd: float
    errors: dict[str, int]
    targets: dict[Domain, Standing]
    """By domain; empty where the configuration has none."""


def generate(job: Job, *, limit: int | None = None, retry_failed: bool = False, batch: Batching = None) -> Generated:
    """Fill the missing samples of every teacher.

    Args:
        job: the run.
        limit: only this many problems, the first of their sets.
        retry_failed: ask again for samples that failed in earlier runs.
        batch: ask in batches, or cancel those that are open.

    Raises:
        PolicyRefused: the gate forbids a teacher or a problem set; nothing was opened.
        NoIsolation: there are code problems, and nothing here can hold a program.
        TeacherUnavailable, BudgetReached: work is left.
        TooManyFailures: done, but a larger share failed than ``max_failed_share``.
        Interrupted: a signal came; everything that arrived is saved.
    """
    config, gate = job.config, job.plan.gate
    if batch == "submit" and config.targets is not None:
        raise ConfigError("targets: are reached in rounds that look at what came; leave out --batch, or the targets")
    servers = [gate.judge_servers(teacher, "generate") for teacher in config.teachers]
    datasets = [judge_source(config, gate, one.source, one.license, "generate") for one in config.problems]
    with job.corpus() as corpus:
        decisions = iter(job.decide([*chain.from_iterable(servers), *datasets], corpus))
        asked = [
            Asked(teacher, job.plan.recipes[teacher.id], list(islice(decisions, len(rulings))))
            for teacher, rulings in zip(config.teachers, servers, strict=True)
        ]
        for teacher in config.teachers:
            _refuse_moved(teacher, corpus)
        if any(teacher.sampling.stop_after is not None for teacher in config.teachers):
            # What an earlier run left unjudged must not be bought again.
            verify_missing(job, "generate", "train")
            corpus.refresh(["verdicts"])
        take_in(job, config.problems, corpus)
        _judge_lines(job, corpus)
        _prepare_verifiers(job, corpus)
        done = _sample(job, asked, corpus, limit, retry_failed, batch)
        targets = standings(job.plan, corpus)
    _tell_of_missed(targets, limit)
    if done.failed > config.max_failed_share * max(1, done.completions + done.failed):
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(done.errors.items()))
        raise TooManyFailures(
            f"{done.failed} of {done.completions + done.failed} samples failed ({kinds}); "
            "`tracestill generate --retry-failed` asks for them again"
        )
    return Generated(
        wanted=done.wanted,
        completions=done.completions,
        failed=done.failed,
        saved=done.saved,
        cost_usd=round(done.cost_usd, 6),
        errors=done.errors,
        targets=targets,
    )


def _sample(
    job: Job, asked: Sequence[Asked], corpus: Corpus, limit: int | None, retry_failed: bool, batch: Batching
) -> Sampled:
    sets = job.config.problems
    needs = needs_of_problems(job, sets, limit=limit, retry_failed=retry_failed)
    if job.config.targets is None or batch:
        return sample_missing(job, "generate", asked, needs, corpus, batch=batch)
    again = needs_of_problems(job, sets, limit=limit)
    return top_up(job, "generate", asked, needs, corpus, again=again)


def _tell_of_missed(targets: dict[Domain, Standing], limit: int | None) -> None:
    for domain, standing in targets.items():
        if standing.lacking:
            logs.warning(
                f"targets.accepted_per_domain.{domain}: {standing.accepted} of {standing.wanted}, and every "
                f"problem {'within --limit ' if limit else ''}has all the samples that it may get; "
                "add problems, or raise targets.k_max"
            )


def _judge_lines(job: Job, corpus: Corpus) -> None:
    """A line of a problem set may state a licence of its own; what may not be used must not be paid for."""
    gate = job.plan.gate
    rows = corpus.ask("problem_licences")
    job.decide([judge_source(job.config, gate, row["source"], row["license"], "generate") for row in rows], corpus)


def _prepare_verifiers(job: Job, corpus: Corpus) -> None:
    """What could not be judged on this machine must not be bought."""
    with Cascade(job.config.verify) as cascade:
        for row in corpus.ask("present_domains"):
            cascade.prepare(row["domain"])


def _refuse_moved(teacher: Teacher, corpus: Corpus) -> None:
    """A public host is a counterparty with terms of its own, so one teacher's traces must not come from two.

    A server of one's own may move: it is the same model under the same licence.
    """
    if teacher.server is None or teacher.self_hosted:
        return
    hosts = {urlsplit(replica.server or "").hostname for replica in teacher.replicas()}
    before = {urlsplit(f"//{row['host']}").hostname for row in corpus.ask("hosts_of", teacher_id=teacher.id)}
    if moved := sorted(str(name) for name in before - hosts):
        raise ConfigError(
            f"teachers.{teacher.id}.base_url: this teacher has answered from {moved[0]} in this workspace, now it is "
            f"{', '.join(sorted(map(str, hosts)))}; other terms may hold there: give it another id"
        )
