"""What the compliance report says, gathered from the ledger, the terms and the exported files."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from ..policies.ancestry import depth_of
from ..policies.circumstances import Bundle, State
from ..policies.gate import Gate
from ..policies.outbound import Conflict, Source, combine
from ..policies.overrides import Overrides
from ..policies.ruling import NO_ADVICE, Ruling
from .corpus import Corpus
from .exporting.base import hold_rejects
from .job import Job
from .lineage import judge_base, lineage_of
from .manifest import Entry
from .workspace import Workspace

TEXT_FILES = 1_000_000
"""Longest file, in bytes, that is looked into for a notice."""
_WORDS = {State.MET: "met", State.PENDING: "open", State.UNKNOWN: "not known", State.BROKEN: "not met"}


class Obligation(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is asked in return, and whether it is there."""

    text: str
    policies: list[str]
    state: str
    """met, open, not known or not met."""
    how: str


class Compliance(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report."""

    student: str
    uses: list[str]
    day: datetime.date
    policy_digest: str
    teachers: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    rulings: list[dict[str, Any]]
    """What the gate says today of everything behind the exported rows, as for publishing."""
    obligations: list[Obligation]
    attestations: list[dict[str, str]]
    agreements: list[dict[str, Any]]
    choices: list[str]
    excluded: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    """What the gate decided when it was asked, the latest word on each subject at each stage."""
    synthetic: list[dict[str, Any]]
    forgotten: list[dict[str, Any]]
    licence: str
    """SPDX expression of the exported set, or why there is none."""
    summary: list[tuple[str, str]]
    """Rows for the synthetic-data section of the training-data summary under Art. 53(1)(d) of the EU AI Act."""
    manifest_entries: int
    manifest_head: str
    no_advice: str = NO_ADVICE


def gather(job: Job, corpus: Corpus, licence: str, manifest: list[Entry]) -> Compliance:
    """Ask the ledger and the gate for everything that the report shows."""
    config = job.config
    gate = publishing_gate(job.plan.gate, _ready(job.workspace), licence)
    rows = corpus.ask("exported_parts", whole=hold_rejects(config.export.configs))
    common = [] if config.train is None else [judge_base(config.train, gate, job.plan.base_dir, "publish")]
    lineage = lineage_of(config, gate, rows, "publish", common)
    teachers = corpus.ask("compliance_teachers")
    return Compliance(
        student=config.use.student.name,
        uses=list(config.use.purposes),
        day=gate.declared.today,
        policy_digest=gate.policy_digest,
        teachers=teachers,
        sources=corpus.ask("compliance_sources"),
        rulings=[_ruling(one) for one in lineage.rulings],
        obligations=_obligations(lineage.rulings),
        attestations=[{"statement": key, "by": by} for key, by in sorted(gate.declared.attested.items())],
        agreements=_agreements(gate.agreements, gate.declared.today),
        choices=[choice.words for choice in gate.agreements.choices],
        excluded=corpus.ask("compliance_excluded"),
        decisions=corpus.ask("decisions"),
        synthetic=_synthetic(job, teachers),
        forgotten=[{"day": row["day"]} | json.loads(row["details"]) for row in corpus.ask("forgotten")],
        licence=licence,
        summary=_eu_summary(teachers),
        manifest_entries=len(manifest),
        manifest_head=manifest[-1].hash if manifest else "",
    )


def exported_licence(job: Job, corpus: Corpus) -> str:
    """SPDX expression of the exported set, or why there is none."""
    rows = corpus.ask("exported_parts", whole=hold_rejects(job.config.export.configs))
    outbound = combine(Source(row["source"], row["license"]) for row in rows)
    return f"none: {outbound.sentence}" if isinstance(outbound, Conflict) else outbound.expression


def publishing_gate(gate: Gate, folders: Iterable[Path], licence: str) -> Gate:
    """The gate as it judges what lies in some folders ready to be published."""
    files = {f"{folder.name}/{path}": text for folder in folders for path, text in _texts(folder)}
    bundle = Bundle(files) if files else None
    known = None if licence.startswith(("LicenseRef-", "none")) else licence
    return Gate(gate.terms, replace(gate.declared, bundle=bundle, outbound_licence=known), gate.agreements)


def _ready(workspace: Workspace) -> list[Path]:
    """The exported set and the newest student."""
    students = sorted(workspace.models.iterdir(), key=lambda path: path.stat().st_mtime)
    return [workspace.exports, *students[-1:]]


def _texts(folder: Path) -> Iterable[tuple[str, str | None]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            readable = path.suffix in {"", ".md", ".txt"} and path.stat().st_size <= TEXT_FILES
            text = path.read_text(encoding="utf-8", errors="replace") if readable else None
            yield str(path.relative_to(folder)), text


def _ruling(ruling: Ruling) -> dict[str, Any]:
    names = ("subject", "model", "host", "verdict", "blocked", "reason_codes", "policies", "clauses", "explanation")
    return {name: getattr(ruling, name) for name in names}


def _obligations(rulings: Iterable[Ruling]) -> list[Obligation]:
    worst: dict[str, tuple[State, list[str], str | None]] = {}
    for one in (one for ruling in rulings for one in ruling.obligations):
        state, policies, by = worst.get(one.sentence, (State.MET, [], None))
        policies = policies if one.policy in policies else [*policies, one.policy]
        worst[one.sentence] = (max(state, one.state), policies, by or one.attested_by)
    return [
        Obligation(text=text, policies=policies, state=_WORDS[state], how=_how(state, by))
        for text, (state, policies, by) in sorted(worst.items(), key=lambda item: (-item[1][0], item[0]))
    ]


def _how(state: State, by: str | None) -> str:
    if state is not State.MET:
        return ""
    return f"vouched for by {by}" if by else "held against the declaration and the files that are there"


def _agreements(agreements: Overrides, today: datetime.date) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "policy": one.policy,
            "clauses": list(one.clauses),
            "uses": list(one.uses),
            "agreement": one.agreement.reference,
            "sha256": one.agreement.sha256,
            "approved_by": list(one.approved_by),
            "approved_on": one.approved_on,
            "expires": one.expires,
            "standing": _standing(one.revoked(today), one.revoked_on, one.expires < today),
        }
        for one in agreements.overrides
    ]


def _standing(revoked: bool, revoked_on: datetime.date | None, expired: bool) -> str:
    if revoked:
        return f"revoked on {revoked_on}"
    return "expired" if expired else "stands"


def _synthetic(job: Job, teachers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many generations of synthetic data each teacher's traces are away from human text, as far as is known."""
    lineages = {teacher.id: teacher.lineage for teacher in job.config.teachers}
    depths = [
        {"teacher_id": name, "depth": 1 + depth_of(lineages.get(name, ()))}
        for name in dict.fromkeys(row["teacher_id"] for row in teachers)
    ]
    return [row | {"warning": _SYNTHETIC_UPON_SYNTHETIC if row["depth"] > 1 else ""} for row in depths]


_SYNTHETIC_UPON_SYNTHETIC = (
    "synthetic upon synthetic: this teacher learnt from generated data itself, so its errors and its obligations add up"
)


def _eu_summary(teachers: list[dict[str, Any]]) -> list[tuple[str, str]]:
    models = sorted({f"{row['model']} ({row['host'] or 'run in process'})" for row in teachers})
    return [
        ("Was synthetic data created by the provider, or for it, to train the model?", "Yes"),
        ("Modality of the synthetic data", "Text: reasoning traces and final answers"),
        ("Models that generated it", "; ".join(models) or "none"),
        (
            "Which of them are general-purpose AI models on the Union market",
            "To be stated by whoever files the summary",
        ),
        ("Other models used, such as verifiers or judges", "See the table of teachers, by purpose"),
    ]
