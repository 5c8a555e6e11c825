"""The verifiers of each domain in order of cost: what a cheap one rejects never reaches a dear one."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from pydantic import ValidationError

from ..pipeline.config_verify import Verify
from ..pipeline.errors import ConfigError, NoIsolation
from ..pipeline.plugins import plugin_class
from ..pipeline.records import DOMAINS, Domain, Finding, Outcome, Problem, short_hash
from .base import Candidate, Settings, Verifier

JUDGE = "judge"
"""The verifier that is a model: it is asked after all others, and through a server."""

AnyVerifier = Verifier[Any]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One verifier at its place in a domain's cascade."""

    domain: Domain
    verifier: str
    version: str
    settings_hash: str
    position: int
    required: bool
    proves: bool
    uses_reference: bool
    appealable: bool
    """Whether a judge may overrule a failure."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One finding with what it depended on."""

    verifier: str
    version: str
    settings_hash: str
    reference_hash: str
    finding: Finding
    seconds: float


class Cascade:
    """The verifiers that a configuration asks for. Use as a context manager, or call close.

    Raises:
        ConfigError: a verifier or one of its settings does not exist; names the key.
    """

    def __init__(self, verify: Verify) -> None:
        self._run_all = verify.all
        # A judge that may overrule a failure has to know what the others say.
        self._rescues = verify.judge is not None and "rejected" in verify.judge.when
        self._verifiers: dict[tuple[Domain, str], AnyVerifier] = {}
        self.steps: list[Step] = []
        for domain in DOMAINS:
            self._add_domain(domain, getattr(verify, domain))

    def __enter__(self) -> Cascade:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every helper process."""
        for verifier in self._verifiers.values():
            verifier.close()

    def judge(self, problem: Problem, candidate: Candidate, have: Mapping[str, Outcome]) -> list[Judged]:
        """The findings that are missing.

        Args:
            problem: the problem that was asked.
            candidate: the trace.
            have: outcomes known already, by verifier; an ``error`` counts as missing.
        """
        found: list[Judged] = []
        for step in self._of(problem.domain):
            outcome = have.get(step.verifier)
            if outcome is None or outcome == "error":
                judged = self._run(step, problem, candidate)
                found.append(judged)
                outcome = judged.finding.outcome
            if outcome == "fail" and step.required and not self._run_all and not (step.appealable and self._rescues):
                break
        return found

    def prepare(self, domain: Domain) -> None:
        """See that every verifier of a domain can work on this machine.

        Raises:
            TracestillError: one cannot; says what to do.
        """
        for step in self._of(domain):
            self._verifiers[domain, step.verifier].prepare()

    def unjudgeable(self, problem: Problem) -> list[tuple[str, str]]:
        """The verifiers that no trace of this problem can ever pass, each with its reason."""
        named = [step.verifier for step in self._of(problem.domain)]
        reasons = [(name, self._verifiers[problem.domain, name].unjudgeable(problem)) for name in named]
        return [(name, reason) for name, reason in reasons if reason is not None]

    def _of(self, domain: Domain) -> Sequence[Step]:
        return [step for step in self.steps if step.domain == domain]

    def _run(self, step: Step, problem: Problem, candidate: Candidate) -> Judged:
        started = time.perf_counter()
        verifier = self._verifiers[problem.domain, step.verifier]
        try:
            finding = verifier.verify(problem, candidate)
        except NoIsolation:  # of this machine, not of this trace
            raise
        except Exception as error:  # noqa: BLE001 - the one boundary: a fault of ours is a verdict, not a crash
            finding = Finding(outcome="error", reason=f"{type(error).__name__}: {error}")
        return Judged(
            verifier=step.verifier,
            version=step.version,
            settings_hash=step.settings_hash,
            reference_hash=problem.reference_hash if step.uses_reference else "",
            finding=finding,
            seconds=round(time.perf_counter() - started, 6),
        )

    def _add_domain(self, domain: Domain, configured: Mapping[str, Mapping[str, Any]]) -> None:
        made = [(name, _make(domain, name, settings)) for name, settings in configured.items()]
        for position, (name, verifier) in enumerate(sorted(made, key=lambda pair: pair[1].cost)):
            self._verifiers[domain, name] = verifier
            settings: Settings = verifier.settings
            self.steps.append(
                Step(
                    domain=domain,
                    verifier=name,
                    version=verifier.version,
                    settings_hash=short_hash(settings.model_dump(mode="json", exclude={"required"})),
                    position=position,
                    required=settings.required,
                    proves=verifier.proves,
                    uses_reference=verifier.uses_reference,
                    appealable=verifier.appealable,
                )
            )


def _make(domain: Domain, name: str, settings: Mapping[str, Any]) -> AnyVerifier:
    key = f"verify.{domain}.{name}"
    if name == JUDGE:
        raise ConfigError(f"{key}: a judge is set up under verify.judge, for every domain that has a rubric there")
    try:
        found: type[AnyVerifier] = plugin_class(__package__ or "tracestill.verifiers", name, Verifier)
    except ConfigError as error:
        raise ConfigError(f"{key}: {error}") from error
    try:
        return found(found.Settings.model_validate(settings))
    except ConfigError as error:
        raise ConfigError(f"{key}.{error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([key, *(str(part) for part in first["loc"])])
        known = ", ".join(found.Settings.model_fields)
        raise ConfigError(f"{where}: {first['msg']}; {name} takes: {known}") from error
