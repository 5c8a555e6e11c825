"""What a new version of the terms changes for the data in hand: every decision on record, made again."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from ..policies.gate import Gate
from ..policies.ruling import Ruling
from .config import Config
from .corpus import Corpus
from .lineage import judge_source


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that would be another one today."""

    subject: str
    stage: str
    decided_on: datetime.date
    before: str
    """Verdict on record."""
    now: str
    blocked: bool
    """Whether it would be refused today."""
    reason_codes: list[str]
    policies: list[str]
    new_conditions: list[str]
    """What is asked today and was not asked then."""
    traces: int
    """Traces that hang on it."""


def changes(config: Config, gate: Gate, corpus: Corpus) -> list[Change]:
    """Every decision on record whose verdict or conditions differ by the gate's terms; gone subjects are left out."""
    counts = {row["subject"]: row["traces"] for row in corpus.ask("traces_by_subject")}
    found: list[Change] = []
    for row in corpus.ask("decisions"):
        asking = Gate(gate.terms, replace(gate.declared, uses=tuple(row["uses"])), gate.agreements)
        for ruling in _again(config, asking, corpus, row):
            new = sorted(set(ruling.conditions) - set(row["conditions"]))
            if (ruling.verdict, ruling.blocked) != (row["verdict"], row["blocked"]) or new:
                found.append(_change(row, ruling, new, counts.get(row["subject"], 0)))
    return found


def _again(config: Config, gate: Gate, corpus: Corpus, row: dict[str, Any]) -> Iterator[Ruling]:
    """The same question, put to the gate now."""
    kind, _, name = row["subject"].partition(":")
    if kind == "teacher":
        for teacher in config.teachers:
            rulings = gate.judge_servers(teacher, row["stage"]) if teacher.id == name else []
            yield from (one for one in rulings if one.host == row["host"])
    elif kind == "dataset":
        for source in corpus.ask("licences_of", source=name):
            yield judge_source(config, gate, name, source["license"], row["stage"])
    elif kind == "student" and config.train is not None:
        yield gate.judge_model(config.train.model, row["stage"])


def _change(row: dict[str, Any], ruling: Ruling, new_conditions: list[str], traces: int) -> Change:
    return Change(
        subject=row["subject"],
        stage=row["stage"],
        decided_on=row["day"],
        before=row["verdict"],
        now=ruling.verdict,
        blocked=ruling.blocked,
        reason_codes=list(ruling.reason_codes),
        policies=list(ruling.policies),
        new_conditions=new_conditions,
        traces=traces,
    )
