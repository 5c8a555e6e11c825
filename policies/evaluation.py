"""The gate's answer to a policy case, with the case's date as its clock."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import msgspec

from .cases import Case, DataCase, RecordCase, ReviewCase, TeacherCase
from .circumstances import Account, Bundle, Circumstances
from .earlier import Sampled
from .gate import Gate
from .library import TermsSet
from .mixing import Part, divide
from .overrides import Overrides
from .reading import Reading
from .ruling import Ruling
from .served import mismatch, redirected
from .terms import MAX_REVIEW_DAYS, Terms

_BUILT = ("train", "publish")
"""Stages at which the student's base model is there."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate says to a case."""

    id: str
    verdict: str
    blocked: bool
    reason_codes: list[str]
    policies: list[str]
    conditions: list[str]


def evaluate(case: Case, terms: TermsSet) -> Answer:
    """Judge everything that the case names, then all of it together."""
    gate = _gate(case, terms)
    parts = [_part(record, case, gate) for record in case.input.records]
    common = _common(case, gate)
    if case.input.mode == "partition":
        parts = divide(parts, common)[0] or parts
    ruling = _together(case, parts, common, gate)
    return Answer(
        id=case.id,
        verdict=ruling.verdict,
        blocked=ruling.blocked,
        reason_codes=list(ruling.reason_codes),
        policies=list(ruling.policies),
        conditions=list(ruling.conditions),
    )


def _together(case: Case, parts: list[Part], common: list[Ruling], gate: Gate) -> Ruling:
    if not parts and len(common) == 1:
        return common[0]
    ruling = gate.judge_together(parts, common, case.stage, case.id)
    if len(parts) < len(case.input.records):
        # What was left out is not in the verdict, but whoever reads it has to know.
        return replace(ruling, reason_codes=(*ruling.reason_codes, "MIXED_BLOCKED"))
    return ruling


def _gate(case: Case, terms: TermsSet) -> Gate:
    given = case.input
    terms = terms.redated(_last_days(given.policy_overrides, terms))
    made = [one.override(terms) for one in [*given.overrides, *([given.override] if given.override else [])]]
    declared = Circumstances(
        stage="",
        uses=tuple(dict.fromkeys(given.uses)),
        student=given.student.student(),
        attested=dict.fromkeys(given.attest, "the case"),
        today=given.now or datetime.datetime.now(datetime.UTC).date(),
        student_base=given.student.base_model,
        account=Account(given.account.tier, given.account.region),
        upstream_known=_settled(given.upstream_policy),
        prompts=given.prompt_mode,
        outbound_licence=given.outbound_licence,
        bundle=None if given.bundle is None else Bundle(dict.fromkeys(given.bundle)),
    )
    return Gate(terms, declared, Overrides.model_construct(schema_=1, overrides=tuple(made), choices=()))


def _last_days(
    assumed: Mapping[str, datetime.date | ReviewCase | None], terms: TermsSet
) -> Mapping[str, datetime.date]:
    """The last day of each reading that is assumed; where no date is given, the terms keep theirs."""
    known = {one.id: one for one in terms.all}
    days = {name: _last_day(known[name], value) for name, value in assumed.items() if name in known}
    return {name: day for name, day in days.items() if day is not None}


def _last_day(terms: Terms, value: datetime.date | ReviewCase | None) -> datetime.date | None:
    if not isinstance(value, ReviewCase):
        return value
    if value.review_by is not None or value.reviewed is None or terms.review.review_by is None:
        return value.review_by
    return value.reviewed + datetime.timedelta(days=MAX_REVIEW_DAYS[terms.kind])


def _settled(upstream_policy: object) -> bool:
    """Whether the terms of whoever an aggregator routes to are said to be known, and to allow the use."""
    if isinstance(upstream_policy, dict):
        upstream_policy = cast(dict[str, object], upstream_policy).get("verdict", True)
    return bool(upstream_policy) and upstream_policy not in ("unknown", "prohibited")


def _common(case: Case, gate: Gate) -> list[Ruling]:
    """What concerns the whole case and no single record of it."""
    given = case.input
    rulings: list[Ruling] = []
    if given.teacher is not None:
        rulings.append(_teacher(given.teacher, case, gate, Sampled()))
    rulings += [_data(one, case, gate) for one in (given.prompt, given.dataset) if one is not None]
    alone = not (rulings or given.records)
    if given.student.base_model is not None and (alone or any(stage in case.stage for stage in _BUILT)):
        rulings.append(gate.judge_model(given.student.base_model, case.stage))
    return rulings


def _part(record: RecordCase, case: Case, gate: Gate) -> Part:
    made = () if record.override_ref is None else (record.override_ref,)
    sampled = Sampled(record.generated, record.generated, record.policy_at_generation, made)
    rulings = [] if record.teacher is None else [_teacher(record.teacher, case, gate, sampled)]
    rulings += [_data(one, case, gate) for one in (record.prompt, record.dataset) if one is not None]
    return Part(", ".join(ruling.subject for ruling in rulings), record.n, tuple(rulings))


def _teacher(asked: TeacherCase, case: Case, gate: Gate, sampled: Sampled) -> Ruling:
    given = case.input
    teacher = asked.teacher(given.provider_label)
    findings: list[Reading] = []
    if given.http is not None:
        findings += redirected(asked.base_url or "", given.http.status, given.http.location)
    if (answer := given.response) is not None:
        findings += mismatch(asked.model_id, answer.model, [], asked.upstream, answer.provider)
    return gate.judge_teacher(teacher, case.stage, sampled=sampled, findings=findings)


def _data(asked: DataCase, case: Case, gate: Gate) -> Ruling:
    if asked.prompt_mode is not None:
        gate = Gate(gate.terms, replace(gate.declared, prompts=asked.prompt_mode), gate.agreements)
    return gate.judge_dataset(asked.dataset or "unnamed", asked.licence, case.stage, revision=asked.revision)
