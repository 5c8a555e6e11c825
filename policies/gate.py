"""The policy gate: may this teacher, model or data set be used for what is declared?

Decisions are pure: nothing is resolved, connected or read from the environment. What has no known terms is
blocked. The strictest reading over the declared uses and all terms that apply decides.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ..pipeline.config import Config, Use
from ..pipeline.config_teacher import Ancestor, Teacher
from ..pipeline.records import short_hash
from .ancestry import inherited, made_with, passed_on
from .circumstances import Circumstances
from .counterparty import Counterparty, counterparty_of
from .earlier import Sampled, lost_grounds, then_and_now
from .library import TermsSet, load_terms
from .licences import UNSTATED, alternatives
from .mixing import Part, combined
from .obstacles import unknown_adapter, unknown_licence, unknown_model
from .overrides import Overrides, load_overrides
from .reading import Asked, Level, Reading, read
from .ruling import Ruling, Subject, rule_on
from .terms import Terms

ADAPTER_STATEMENT = "adapter_terms_known"
"""What has to be attested before an adapter's own origin, which no terms file knows, is taken as settled."""
AT_ANY_TIME = Sampled()


class Gate:
    """Decides by the terms given, for one declaration of use, as of one day."""

    def __init__(self, terms: TermsSet, declared: Circumstances, agreements: Overrides | None = None) -> None:
        """Takes everything that a decision depends on; ``declared.today`` is its clock."""
        self.terms = terms
        self.declared = declared
        self.agreements = agreements or Overrides()
        dumped = self.agreements.model_dump(mode="json", exclude={"schema_"})
        self.policy_digest = short_hash([terms.digest, dumped]) if any(dumped.values()) else terms.digest

    @classmethod
    def from_config(cls, config: Config, base_dir: Path) -> Gate:
        """The gate of a configuration, as of today (UTC); ``base_dir`` is what its relative paths start from.

        Raises:
            ConfigError: a terms file or the overrides file is wrong.
        """
        policy = config.policy
        terms = load_terms(base_dir / policy.terms if policy.terms is not None else None)
        agreements = None if policy.overrides is None else load_overrides(base_dir / policy.overrides, terms)
        declared = Circumstances(
            stage="",
            uses=tuple(dict.fromkeys(config.use.purposes)),
            student=config.use.student,
            attested=policy.vouched(),
            today=datetime.datetime.now(datetime.UTC).date(),
            student_base=config.train.model if config.train is not None else None,
        )
        return cls(terms, declared, agreements)

    def judge_teacher(
        self,
        teacher: Teacher,
        stage: str,
        model: str | None = None,
        sampled: Sampled = AT_ANY_TIME,
        findings: Sequence[Reading] = (),
    ) -> Ruling:
        """Whether a teacher's outputs may be used as declared.

        Args:
            teacher: who writes.
            stage: where in the river it is asked.
            model: the name that a server reported, where it is not the configured one.
            sampled: when the outputs were made; a text that has changed since counts as it was, too.
            findings: what was noticed on the wire, such as another model that answered.
        """
        name = model or teacher.model
        other = counterparty_of(teacher, self.terms)
        facts = replace(
            self.declared,
            stage=stage,
            upstream=other.upstream,
            upstream_known=self.declared.upstream_known or bool(other.upstream_terms),
        )
        asked = self._asked(facts, name)
        readings = [*other.obstacles, *self._obstacles(teacher, name, other, stage)]
        readings += [*findings, *lost_grounds(sampled, self.terms, self.agreements, facts.today)]
        for terms in self._applicable(name, other):
            for one in asked:
                readings += then_and_now(terms, self.terms, sampled, one, self.agreements.choices)
        readings += inherited(teacher.lineage, self.terms, asked)
        readings += self._label(teacher, other, readings)
        host = other.host.name if other.host else None
        return rule_on(Subject(stage, f"teacher:{teacher.id}", facts.uses, host, name), readings, self.policy_digest)

    def judge_servers(self, teacher: Teacher, stage: str, sampled: Sampled = AT_ANY_TIME) -> list[Ruling]:
        """``judge_teacher`` at each of the teacher's servers, in the order of ``teacher.replicas()``."""
        return [self.judge_teacher(replica, stage, sampled=sampled) for replica in teacher.replicas()]

    def judge_model(self, model: str, stage: str, lineage: Sequence[Ancestor] = ()) -> Ruling:
        """Whether the student may be built upon a model's weights and used as declared.

        Base and student answer to the same licence: what is trained from weights stays a derivative of them.
        """
        facts = replace(self.declared, stage=stage, role="base", student_base=model)
        # A published data set holds what teachers wrote and nothing of the weights that a student starts from.
        uses: Sequence[Use] = [use for use in facts.uses if use != "dataset_release"] or ["internal_research"]
        asked = self._asked(facts, model, uses)
        readings = [] if lineage or self.terms.knows_model([model]) else [unknown_model(model)]
        readings += [read(terms, one) for terms in self.terms.for_model([model]) for one in asked]
        readings += inherited(lineage, self.terms, asked)
        subject = Subject(stage, f"student:{self.declared.student.name}", facts.uses, None, model)
        return rule_on(subject, readings, self.policy_digest)

    def judge_dataset(
        self, source: str, license: str | None, stage: str, names: Sequence[str] = (), revision: str | None = None
    ) -> Ruling:
        """Whether a problem set may be used as declared: by its SPDX expression, and by name where it is known.

        Where the expression leaves a choice (``OR``), the most lenient licence for these uses is taken. ``own``
        says that the problems are the user's own; no licence at all is good for internal research only.

        Args:
            source: what reports call it.
            license: its licence as stated by whoever configured it.
            stage: where in the river it is asked.
            names: further names, such as the one on the Hub.
            revision: its pinned commit.
        """
        facts = replace(self.declared, stage=stage, revision=revision)
        asked = self._asked(facts, None)
        known = self.terms.for_dataset([source, *names], revision)
        try:
            options = alternatives(license)
        except ValueError as error:
            readings = [unknown_licence(str(error))]
        else:
            if known and options == [frozenset({UNSTATED})]:
                options = [frozenset[str]()]
            # A file that speaks of the set by name speaks of the licence that it names, too.
            read_there = {terms.spdx for terms in known}
            readings = min((self._read_licences(one, asked, read_there) for one in options), key=_severity)
        for terms in known:
            readings += [read(terms, one) for one in asked]
            for parent in made_with(terms, self.terms):
                readings += passed_on(parent, source, asked)
        return rule_on(Subject(stage, f"dataset:{source}", facts.uses), readings, self.policy_digest)

    def judge_together(self, parts: Sequence[Part], common: Sequence[Ruling], stage: str, name: str) -> Ruling:
        """One ruling over everything that goes into one result, such as an exported set."""
        return combined(Subject(stage, name, self.declared.uses), parts, common, self.policy_digest)

    def standing_agreements(self) -> list[str]:
        """Ids of the agreements and choices that were not taken back."""
        kept = [one.id for one in self.agreements.overrides if not one.revoked(self.declared.today)]
        return kept + [one.id for one in self.agreements.choices]

    def _asked(self, facts: Circumstances, model: str | None, uses: Sequence[Use] | None = None) -> list[Asked]:
        return [Asked(use, facts, self.agreements.overrides, model) for use in uses or facts.uses]

    def _applicable(self, model: str, other: Counterparty) -> Iterable[Terms]:
        contracts = [*other.contracts, *other.upstream_terms]
        licences = self.terms.for_model(_names(model, other))
        # An aggregator's terms and a policy that follows the model can be the same file: it is read once.
        return {terms.id: terms for terms in [*contracts, *licences]}.values()

    def _obstacles(self, teacher: Teacher, model: str, other: Counterparty, stage: str) -> list[Reading]:
        found: list[Reading] = []
        names = _names(model, other)
        covered = any(
            terms.matches.covers_own_models and terms.names_model(name)
            for terms in (*other.contracts, *other.upstream_terms)
            for name in names
        )
        own = other.self_hosted or other.host is None
        described = own and any(one.type == "base" for one in teacher.lineage)
        if not (covered or described or self.terms.knows_model(names)):
            found.append(unknown_model(model))
        vouched = ADAPTER_STATEMENT in self.declared.attested or any(one.type == "data" for one in teacher.lineage)
        if teacher.adapter is not None and stage != "evaluate" and not vouched:
            found.append(unknown_adapter(teacher.adapter))
        return found

    def _label(self, teacher: Teacher, other: Counterparty, readings: Sequence[Reading]) -> list[Reading]:
        """A remark where the teacher's name calls one provider and its address another; the address decides."""
        called = {terms.id for terms in self.terms.all if teacher.id.casefold() in terms.matches.provider_labels}
        if not called or not other.contracts or called & {terms.id for terms in other.contracts}:
            return []
        text = f"The name {teacher.id!r} decides nothing: the terms of {other.host.name if other.host else ''} bind."
        return [Reading(max(reading.level for reading in readings), ("HOST_WINS_OVER_LABEL",), text)]

    def _read_licences(
        self, licences: frozenset[str], asked: Sequence[Asked], read_there: Collection[str | None] = ()
    ) -> list[Reading]:
        readings: list[Reading] = []
        for licence in sorted(licences):
            found = self.terms.for_licence(licence)
            if not found and licence not in read_there:
                readings.append(unknown_licence(f"Nothing is known here of the licence {licence}."))
            readings += [read(terms, one) for terms in found for one in asked]
        return readings


def _names(model: str, other: Counterparty) -> list[str]:
    """The model under every name by which the host calls it."""
    folded = model.strip().casefold()
    aliases = (
        target
        for terms in other.contracts
        for name, target in terms.matches.model_aliases.items()
        if name.casefold() == folded
    )
    return [model, *aliases]


def _severity(readings: Sequence[Reading]) -> tuple[int, int]:
    worst = max((reading.level for reading in readings), default=Level.ALLOWED)
    return worst, sum(reading.level for reading in readings)
