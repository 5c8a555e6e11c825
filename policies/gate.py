"""The policy gate: may this teacher, model or data set be used for what is declared?

Decisions are pure: nothing is resolved, connected or read from the environment. What has no known terms is
blocked. The strictest reading over the declared uses and all terms that apply decides.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from ..pipeline.config import Config, Policy, Use, UseDeclaration
from ..pipeline.config_teacher import Teacher
from ..pipeline.records import short_hash
from .circumstances import Circumstances, Role
from .hosts import Host, parse_host
from .library import TermsSet, load_terms
from .licences import alternatives
from .names import is_local_path
from .overrides import Override, load_overrides
from .reading import Level, Reading, read
from .ruling import Ruling, Subject, rule_on
from .terms import Terms

IN_PROCESS = ("transformers", "vllm")
"""Providers that load the model here: no counterparty but the licensor of the weights."""
ADAPTER_STATEMENT = "adapter_terms_known"
"""What has to be attested before an adapter's own origin, which no terms file knows, is taken as settled."""

_OWN_TERMS = (
    "If you know the licence, put a terms file into the folder that policy.terms names, with {model!r} under "
    "matches.models (for a copy of a model that ships with terms, `like: ID` is enough); docs/policies.md shows how."
)


class Gate:
    """Decides by the terms given, for one declaration of use, as of one day."""

    def __init__(
        self,
        terms: TermsSet,
        use: UseDeclaration,
        policy: Policy,
        today: datetime.date,
        *,
        overrides: Sequence[Override] = (),
        student_base: str | None = None,
    ) -> None:
        """Takes everything that a decision depends on; ``student_base`` is the student's base model, if known."""
        self._terms = terms
        self._use = use
        self._attested = frozenset(policy.attest)
        self._today = today
        self._overrides = tuple(overrides)
        self._student_base = student_base
        agreements = [override.model_dump(mode="json") for override in self._overrides]
        self.policy_digest = short_hash([terms.digest, agreements]) if agreements else terms.digest

    @classmethod
    def from_config(cls, config: Config, base_dir: Path) -> Gate:
        """The gate of a configuration, as of today (UTC); ``base_dir`` is what its relative paths start from.

        Raises:
            ConfigError: a terms file or the overrides file is wrong.
        """
        policy = config.policy
        terms = load_terms(base_dir / policy.terms if policy.terms is not None else None)
        overrides = () if policy.overrides is None else load_overrides(base_dir / policy.overrides, terms)
        today = datetime.datetime.now(datetime.UTC).date()
        base = config.train.model if config.train is not None else None
        return cls(terms, config.use, policy, today, overrides=overrides, student_base=base)

    def judge_teacher(self, teacher: Teacher, stage: str, model: str | None = None) -> Ruling:
        """Whether a teacher's outputs may be used as declared.

        ``model`` is the name that a server reported, where it is not the configured one.
        """
        asked = model or teacher.model
        host, contracts, readings = self._counterparty(teacher)
        names = [asked, *(alias for terms in contracts if (alias := _alias(terms, asked)))]
        licences = self._terms.for_model(names)
        if not self._terms.knows_model(names) and not any(
            _covers(terms, name) for terms in contracts for name in names
        ):
            readings.append(_unknown_model(asked))
        if teacher.adapter is not None and stage != "evaluate" and ADAPTER_STATEMENT not in self._attested:
            readings.append(_unknown_adapter(teacher.adapter))
        facts = self._facts(stage, "teacher", self._student_base)
        # An aggregator's terms and a policy that follows the model can be the same file: it is read once.
        applicable = {terms.id: terms for terms in [*contracts, *licences]}
        readings += self._read(applicable.values(), facts, asked)
        subject = Subject(stage, f"teacher:{teacher.id}", facts.uses, host.name if host else None, asked)
        return rule_on(subject, readings, self.policy_digest)

    def judge_servers(self, teacher: Teacher, stage: str) -> list[Ruling]:
        """``judge_teacher`` at each of the teacher's servers, in the order of ``teacher.replicas()``."""
        return [self.judge_teacher(replica, stage) for replica in teacher.replicas()]

    def judge_model(self, model: str, stage: str, role: Literal["student", "base"]) -> Ruling:
        """Whether a student may be built upon a model's weights and used as declared.

        Base and student answer to the same licence: what is trained from weights stays a derivative of them.
        """
        readings = [] if self._terms.knows_model([model]) else [_unknown_model(model)]
        facts = self._facts(stage, "base", model)
        # A published data set holds what teachers wrote and nothing of the weights that a student starts from.
        uses: Sequence[Use] = [use for use in facts.uses if use != "dataset_release"] or ["internal_research"]
        readings += self._read(self._terms.for_model([model]), facts, model, uses)
        name = self._use.student.name if role == "base" else model
        return rule_on(Subject(stage, f"student:{name}", facts.uses, None, model), readings, self.policy_digest)

    def judge_dataset(self, source: str, license: str | None, stage: str) -> Ruling:
        """Whether a problem set under an SPDX expression may be used as declared.

        Where the expression leaves a choice (``OR``), the most lenient licence for these uses is taken. ``own``
        says that the problems are the user's own; no licence at all is good for internal research only.
        """
        facts = self._facts(stage, "teacher", self._student_base)
        subject = Subject(stage, f"dataset:{source}", facts.uses)
        try:
            options = alternatives(license)
        except ValueError as error:
            return rule_on(subject, [_unknown_licence(str(error))], self.policy_digest)
        readings = [self._read_licences(licences, facts) for licences in options]
        return rule_on(subject, min(readings, key=_severity), self.policy_digest)

    def _facts(self, stage: str, role: Role, student_base: str | None) -> Circumstances:
        uses = tuple(dict.fromkeys(self._use.purposes))
        return Circumstances(stage, uses, self._use.student, self._attested, role, student_base)

    def _read(
        self, terms: Iterable[Terms], facts: Circumstances, model: str | None, uses: Sequence[Use] | None = None
    ) -> list[Reading]:
        return [
            read(one, use, facts, self._today, self._overrides, model) for one in terms for use in uses or facts.uses
        ]

    def _read_licences(self, licences: frozenset[str], facts: Circumstances) -> list[Reading]:
        readings: list[Reading] = []
        for licence in sorted(licences):
            found = self._terms.for_licence(licence)
            if not found:
                readings.append(_unknown_licence(f"Nothing is known here of the licence {licence}."))
            readings += self._read(found, facts, None)
        return readings

    def _counterparty(self, teacher: Teacher) -> tuple[Host | None, list[Terms], list[Reading]]:
        url = teacher.server
        if url is None:
            if teacher.provider in IN_PROCESS:
                return None, [], []
            return None, [], [_unknown_host("The teacher has no base_url.", "Set base_url.")]
        try:
            host = parse_host(url)
        except ValueError as error:
            return None, [], [_unknown_host(f"{error}.", "Correct base_url.")]
        contracts = self._terms.for_host(host)
        return host, contracts, self._host_obstacles(host, contracts, teacher)

    def _host_obstacles(self, host: Host, contracts: list[Terms], teacher: Teacher) -> list[Reading]:
        private = any(terms.matches.requires_self_hosted for terms in contracts)
        if private and not teacher.self_hosted:
            text = f"{host.name} is a private address, and nobody says who runs the server there."
            return [_unknown_host(text, "If you run it yourself, set self_hosted: true on the teacher.")]
        if teacher.self_hosted and not private:
            text = f"self_hosted is set, but {host.name} is a public address."
            mend = "Remove self_hosted; for a server of your own under a public name, write a terms file with its host "
            mend += "and requires_self_hosted: true."
            return [Reading(Level.UNKNOWN, ("SELF_HOSTED_PUBLIC_HOST",), text, mend=mend)]
        if not contracts:
            labels = " A label such as the teacher's id or provider says nothing about whose terms bind."
            mend = "Use the provider's own address, or write a terms file with this host once its terms were read."
            return [_unknown_host(f"No terms are known for {host.name}.{labels}", mend)]
        return []


def _alias(terms: Terms, model: str) -> str | None:
    aliases = {name.casefold(): target for name, target in terms.matches.model_aliases.items()}
    return aliases.get(model.strip().casefold())


def _covers(terms: Terms, model: str) -> bool:
    return terms.matches.covers_own_models and terms.names_model(model)


def _severity(readings: Sequence[Reading]) -> tuple[int, int]:
    return max(reading.level for reading in readings), sum(reading.level for reading in readings)


def _unknown_host(text: str, mend: str) -> Reading:
    return Reading(Level.UNKNOWN, ("UNKNOWN_HOST",), text, mend=mend)


def _unknown_model(model: str) -> Reading:
    text = f"No licence is known for the model {model!r}."
    if is_local_path(model):
        text = f"{model!r} is a folder or file: its name does not show under which licence its weights are."
    return Reading(Level.UNKNOWN, ("UNKNOWN_MODEL",), text, mend=_OWN_TERMS.format(model=model))


def _unknown_adapter(adapter: str) -> Reading:
    text = f"Nothing is known of where the adapter {adapter!r} comes from and what it was trained on."
    mend = f"If nothing that it was trained on forbids these uses, list {ADAPTER_STATEMENT} under policy.attest."
    return Reading(Level.UNKNOWN, ("UNKNOWN_ADAPTER",), text, mend=mend)


def _unknown_licence(text: str) -> Reading:
    mend = "Name the licence as an SPDX expression, write `own` for problems of your own, or add a terms file for it."
    return Reading(Level.UNKNOWN, ("UNKNOWN_LICENCE",), text, mend=mend)
