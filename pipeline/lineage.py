"""Asks the gate again about everything that a result comes from, under the terms that hold now."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..policies.earlier import Sampled
from ..policies.gate import Gate
from ..policies.mixing import Part, divide
from ..policies.ruling import Ruling
from .config import Config
from .config_teacher import Teacher
from .config_train import Train
from .corpus import Corpus
from .errors import ConfigError
from .job import Job
from .parentage import parents_of
from .records import Decision

KEY = ("teacher_id", "host", "model", "source", "license", "decision_id")
"""What rows of one origin have in common."""
TOGETHER = "corpus:all"
"""Subject of the ruling on everything that goes into one result."""


@dataclass(frozen=True)
class Origin:
    """Rows that came from the same teacher, server and problem set, with the gate's rulings on these."""

    key: dict[str, str | None]
    part: Part


@dataclass(frozen=True)
class Lineage:
    """Everything that a result comes from, judged one by one and together."""

    origins: list[Origin]
    common: tuple[Ruling, ...]
    together: Ruling | None
    """None where there is nothing to judge."""

    @property
    def rulings(self) -> list[Ruling]:
        """Each ruling once; the one on the whole comes last."""
        each = [ruling for origin in self.origins for ruling in origin.part.rulings]
        whole = [] if self.together is None else [self.together]
        return list(dict.fromkeys([*each, *self.common, *whole]))


def judge_lineage(job: Job, corpus: Corpus, stage: str) -> list[Decision]:
    """Decisions on every teacher and problem set behind the examples, and on all of them together.

    Choosing examples puts nothing together that leaves the house: only what is forbidden by itself stops it, so that
    an export can still leave out the part that does not go with the rest.

    Raises:
        PolicyRefused: one of them is forbidden for a declared use, two contradict, or terms are not known any more.
    """
    lineage = lineage_of(job.config, job.plan.gate, corpus.ask("curated_parts"), stage)
    rulings = [one for one in lineage.rulings if stage != "curate" or one is not lineage.together]
    return job.decide(rulings, corpus)


def lineage_of(
    config: Config, gate: Gate, rows: Sequence[dict[str, Any]], stage: str, common: Iterable[Ruling] = ()
) -> Lineage:
    """The rulings on everything that some rows came from.

    Args:
        config: the configuration, which describes the teachers and problem sets.
        gate: who decides.
        rows: the origins, as ``curated_parts`` and ``exported_parts`` give them.
        stage: where in the river it is asked.
        common: rulings that concern every row, such as that on the student's base model.
    """
    rewriters = [] if config.rewrite is None else [config.rewrite.teacher]
    teachers = {teacher.id: teacher for teacher in [*config.teachers, *rewriters]}
    origins: list[Origin] = []
    for row in rows:
        teacher = teachers.get(row["teacher_id"])
        if teacher is None:
            raise ConfigError(
                f"teachers: examples come from {row['teacher_id']!r}, which is not configured any more; "
                "put it back, or choose examples anew with `tracestill curate`"
            )
        sampled = Sampled(_day(row["first"]), _day(row["last"]), overrides=tuple(row["overrides"]))
        rulings = [gate.judge_teacher(one, stage, sampled=sampled) for one in _servers(teacher, row["host"])]
        rulings += [ruling for judge in row["judges"] for ruling in _rulings_on_judge(config, gate, judge, stage)]
        rulings.append(judge_source(config, gate, row["source"], row["license"], stage))
        rulings += _rulings_on_synthesis(config, gate, row["source"], stage)
        name = f"{row['teacher_id']} over {row['source']}"
        origins.append(Origin({key: row[key] for key in KEY}, Part(name, row["rows"], tuple(rulings))))
    common = tuple(common)
    parts = [origin.part for origin in origins]
    together = gate.judge_together(parts, common, stage, TOGETHER) if parts or common else None
    return Lineage(origins, common, together)


def partition(gate: Gate, lineage: Lineage, stage: str) -> tuple[Lineage, list[tuple[Origin, str]]]:
    """The lineage of what may go into one result, and the origins that may not, each with the reason.

    Where nothing may, the lineage stays whole, so that its rulings say why.
    """
    kept, left_out = divide([origin.part for origin in lineage.origins], lineage.common)
    if not kept:
        return lineage, []
    chosen = {id(part) for part in kept}
    reasons = {id(one.part): one.reason for one in left_out}
    origins = [origin for origin in lineage.origins if id(origin.part) in chosen]
    together = gate.judge_together([origin.part for origin in origins], lineage.common, stage, TOGETHER)
    out = [(origin, reasons[id(origin.part)]) for origin in lineage.origins if id(origin.part) in reasons]
    return Lineage(origins, lineage.common, together), out


def judge_source(config: Config, gate: Gate, source: str, license: str | None, stage: str) -> Ruling:
    """The ruling on a problem set, known by its name in the configuration or on the Hub."""
    configured = [one for one in config.problems if one.source == source]
    names = [one.path for one in configured if one.path is not None and one.format == "huggingface"]
    revisions = {one.options.get("revision") for one in configured}
    revision = revisions.pop() if len(revisions) == 1 else None
    return gate.judge_dataset(source, license, stage, names, revision)


def judge_base(train: Train, gate: Gate, base_dir: Path, stage: str) -> Ruling:
    """The ruling on the student's base model, and on what that was made from where it was trained here."""
    return gate.judge_model(train.model, stage, parents_of(train.model, base_dir))


def obligations(decisions: Sequence[Decision]) -> str:
    """What the gate decided and what remains to be honoured, as a Markdown list."""
    return "\n".join(
        f"- `{decision.subject}`{f' ({decision.model})' if decision.model else ''}: {decision.verdict}, "
        f"by {', '.join(decision.policies) or 'no terms'}" + "".join(f"\n  - {text}" for text in decision.conditions)
        for decision in decisions
        if decision.subject != TOGETHER
    )


def _rulings_on_judge(config: Config, gate: Gate, judge_id: str, stage: str) -> Sequence[Ruling]:
    """The rulings on a judge, without which its traces would not have been chosen."""
    judges = [] if config.verify.judge is None else config.verify.judge.judges
    for judge in judges:
        if judge.id == judge_id:
            return gate.judge_servers(judge, stage)
    raise ConfigError(
        f"verify.judge.judges: examples were passed by {judge_id!r}, which is not configured any more; "
        "put it back, or choose examples anew with `tracestill curate`"
    )


def _rulings_on_synthesis(config: Config, gate: Gate, source: str, stage: str) -> Sequence[Ruling]:
    """The rulings on who wrote the problems of a set, and on the problems that it was shown."""
    made = config.synthesize
    if made is None or made.source != source:
        return []
    shown = [judge_source(config, gate, one.source, one.license, stage) for one in made.seeds]
    return [*gate.judge_servers(made.teacher, stage), *shown]


def _servers(teacher: Teacher, host: str | None) -> list[Teacher]:
    """The teacher at the server that answered; at all of them where it has moved."""
    asked = urlsplit(f"//{host}").hostname if host else None
    same = [one for one in teacher.replicas() if one.server and urlsplit(one.server).hostname == asked]
    return same[:1] or teacher.replicas()


def _day(moment: datetime.datetime) -> datetime.date:
    return moment.date()
