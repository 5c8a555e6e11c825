"""What a run would decide, buy and cost, without a call: nothing is opened but the workspace, to read it."""

from __future__ import annotations

import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from ..policies.ruling import Ruling
from .config_teacher import Teacher
from .corpus import Corpus, Row
from .errors import ConfigError
from .job import Plan, read_sets
from .lineage import judge_base, judge_source
from .records import Domain
from .sampling.budget import CHARACTERS_PER_TOKEN
from .sampling.missing import Need as ProblemNeed
from .sampling.missing import missing_slots
from .sampling.prices import quote
from .targets import Standing, standings
from .workspace import Workspace


class Range(msgspec.Struct, frozen=True):
    """A quantity that is not known yet."""

    low: float
    expected: float
    high: float

    def plus(self, other: Range) -> Range:
        """The sum of two quantities."""
        return Range(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def times(self, other: Range) -> Range:
        """The product of two independent quantities."""
        return Range(self.low * other.low, self.expected * other.expected, self.high * other.high)


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What one teacher would be asked."""

    teacher: str
    wanted: int
    missing: int
    samples: Range
    """Of the missing ones, those that will be bought; fewer than all of them under adaptive k or a target."""
    tokens: Range
    """Of completions."""
    basis: str
    """Where the token counts come from: traces measured here, or the limit."""
    usd: Range | None
    """Null when the price is unknown."""
    price: str
    """Who says what it costs, and as of when."""


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """The whole plan."""

    rulings: list[Ruling]
    needs: list[Need]
    targets: dict[Domain, Standing]
    """By domain; empty where the configuration has none."""

    @property
    def blocked(self) -> bool:
        """Whether the gate would stop the run."""
        return any(ruling.blocked for ruling in self.rulings)

    def summary(self) -> dict[str, Any]:
        """What --output json prints."""
        return {
            "blocked": self.blocked,
            "decisions": [msgspec.to_builtins(ruling.decision("", "")) for ruling in self.rulings],
            "needs": [msgspec.to_builtins(need) for need in self.needs],
            "targets": msgspec.to_builtins(self.targets),
        }


def rulings_of(plan: Plan) -> list[Ruling]:
    """What the gate says before anything is sampled, and before anything is trained."""
    config, gate = plan.config, plan.gate
    rulings = [ruling for teacher in config.teachers for ruling in gate.judge_servers(teacher, "generate")]
    rulings += [judge_source(config, gate, one.source, one.license, "generate") for one in config.problems]
    if plan.jury is not None:
        rulings += [ruling for judge in plan.jury.judges for ruling in gate.judge_servers(judge, "filter")]
    if config.synthesize is not None:
        rulings += gate.judge_servers(config.synthesize.teacher, "synthesize")
    if config.rewrite is not None:
        rulings += gate.judge_servers(config.rewrite.teacher, "rewrite")
    if config.train is not None:
        rulings.append(judge_base(config.train, gate, plan.base_dir, "train"))
    return rulings


def make_plan(plan: Plan, limit: int | None) -> Outlook:
    """Count what is missing and estimate what it takes."""
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Workspace(plan.workspace_path)
        workspace = Workspace.open(workspace.path) if workspace.segments.is_dir() else Workspace.create(Path(scratch))
        with Corpus(workspace, plan.view()) as corpus:
            targets = standings(plan, corpus)
            needs = [_need(plan, teacher, corpus, limit, targets) for teacher in plan.config.teachers]
    return Outlook(rulings=rulings_of(plan), needs=needs, targets=targets)


def _need(plan: Plan, teacher: Teacher, corpus: Corpus, limit: int | None, targets: dict[Domain, Standing]) -> Need:
    measured = corpus.ask("measured_tokens", teacher_id=teacher.id)[0]
    problems = islice(read_sets(plan.config.problems, plan.base_dir, _ignore), limit)
    wanted = missing = characters = 0
    by_domain: dict[Domain, Range] = {}
    for batch in missing_slots(problems, plan.recipes_at_most(teacher.id), corpus):
        for need in batch:
            wanted += need.total
            missing += len(need.missing)
            if need.missing:
                domain = need.missing[0].problem.domain
                bought = _bought(need, teacher.sampling.stop_after, measured["accepted_share"])
                by_domain[domain] = by_domain.get(domain, Range(0, 0, 0)).plus(bought)
                characters += len(need.missing) * sum(len(turn.content) for turn in need.missing[0].messages)
    samples = Range(0, 0, 0)
    for domain, bought in by_domain.items():
        samples = samples.plus(_for_target(plan, domain, bought, targets))
    tokens, basis = _tokens_each(teacher, measured)
    found = quote(teacher)
    usd = None
    if found.price is not None:
        prompt = _prompt_tokens_each(measured, characters / max(1, missing))
        output = Range(*(value * found.price.output_per_mtok / 1e6 for value in msgspec.structs.astuple(tokens)))
        each = zip(msgspec.structs.astuple(output), msgspec.structs.astuple(prompt), strict=True)
        usd = samples.times(Range(*(out + tokens_in * found.price.input_per_mtok / 1e6 for out, tokens_in in each)))
    return Need(
        teacher=teacher.id,
        wanted=wanted,
        missing=missing,
        samples=samples,
        tokens=samples.times(tokens),
        basis=basis,
        usd=usd,
        price=found.source,
    )


def _bought(need: ProblemNeed, stop_after: int | None, accepted_share: float | None) -> Range:
    """How many of a problem's missing samples will be asked for."""
    most = len(need.missing)
    if stop_after is None:
        return Range(most, most, most)
    lacking = max(0, stop_after - need.accepted)
    return Range(min(most, lacking), min(most, lacking / accepted_share) if accepted_share else most, most)


def _for_target(plan: Plan, domain: Domain, most: Range, targets: dict[Domain, Standing]) -> Range:
    """How many of a domain's missing samples one teacher will be asked for, where a target may end it sooner."""
    if domain not in targets:
        return most
    standing = targets[domain]
    if not standing.lacking:
        return Range(0, 0, 0)
    teachers = sum(domain in recipes for recipes in plan.recipes.values())
    return Range(min(most.low, standing.lacking / teachers), min(most.expected, standing.samples / teachers), most.high)


def _tokens_each(teacher: Teacher, measured: Row) -> tuple[Range, str]:
    """Completion tokens of one sample, and where that is known from."""
    most = float(teacher.sampling.max_tokens)
    if measured["traces"] < 2:
        return Range(0, most, most), "nothing measured yet: up to max_tokens each"
    mean, margin = measured["mean"], measured["margin"]
    basis = f"measured on {measured['traces']} traces of this teacher here"
    return Range(max(0.0, mean - margin), mean, mean + margin), basis


def _prompt_tokens_each(measured: Row, characters: float) -> Range:
    if measured["prompt"] is not None:
        return Range(measured["prompt"], measured["prompt"], measured["prompt"])
    return Range(characters / 5, characters / 4, characters / CHARACTERS_PER_TOKEN)


def _ignore(error: ConfigError) -> None:
    """A line that is no problem is reported by the run, not by the plan."""
