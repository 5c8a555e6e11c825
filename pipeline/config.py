"""The configuration file as frozen models: one small class per concern, a line of meaning under each field.

Reading the file, its overrides and its error messages are in config_file.py.
"""

from __future__ import annotations

import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from .concern import Concern, Name
from .config_evaluate import Evaluate
from .config_export import Export
from .config_problems import ProblemSet
from .config_rewrite import Rewrite
from .config_select import Select
from .config_synthesize import Synthesize
from .config_targets import Targets
from .config_teacher import Teacher
from .config_telemetry import Telemetry
from .config_train import Train
from .config_verify import Verify

Use = Literal[
    "internal_research",
    "internal_product_noncompeting",
    "competing_model",
    "dataset_release",
    "weights_release",
    "commercial_use",
]


class Student(Concern):
    """What is trained on the traces; several licences bind by what it is."""

    name: Name = "student"
    """Name of the student; some licences ask for a prefix."""
    class_: Literal["general", "classifier", "embedding", "narrow"] = Field(default="general", alias="class")
    """Kind of model: a general one, or one that can do a single thing."""
    distributed: bool = False
    """Whether anyone else will get it."""


class UseDeclaration(Concern):
    """What the outputs are for: what the policy gate judges. Nothing is inferred."""

    purposes: list[Use] = Field(min_length=1)
    """Every use that will be made of the traces or of what is trained on them."""
    student: Student = Student()
    """The model that will be trained."""


class Attestation(Concern):
    """A statement that no machine can check, with the person who vouches for it."""

    statement: str = Field(min_length=1)
    """The statement's key, as the gate names it."""
    by: str = Field(min_length=1)
    """Who vouches for it."""
    date: datetime.date
    """Since when."""


class Policy(Concern):
    """The user's own additions to the terms that ship with Tracestill."""

    terms: str | None = None
    """Folder of terms files that are added to the built-in ones; may tighten them, never loosen."""
    overrides: str | None = None
    """File of agreements that lift single clauses, each with approvers and an expiry date."""
    attest: list[str | Attestation] = []
    """Facts that no machine can check: each a key, or `{statement, by, date}` to put on record who vouches for it."""

    def vouched(self) -> dict[str, str]:
        """Every statement, with who vouches for it."""
        entries = [one for one in self.attest if isinstance(one, Attestation)]
        nameless = {one: "the configuration" for one in self.attest if isinstance(one, str)}
        return nameless | {one.statement: f"{one.by}, {one.date}" for one in entries}


class Budget(Concern):
    """What may be spent, in US dollars."""

    max_usd: float | None = Field(default=None, ge=0)
    """In this run."""
    max_usd_total: float | None = Field(default=None, ge=0)
    """In this workspace, over all runs."""


DECONTAMINATION_LISTS = ("gsm8k-test", "humaneval", "mbpp-sanitized")
"""Lists of hashes that ship with Tracestill."""


class Decontaminate(Concern):
    """Evaluation sets whose problems no example may hold; docs/curation.md says how they are looked for."""

    against: list[ProblemSet] = []
    """Problem sets that will be measured on."""
    hashes: list[str] = list(DECONTAMINATION_LISTS)
    """Lists of hashes of such sets: names of those that ship, or paths of files; an empty list takes none."""
    ngram: int = Field(default=13, ge=2)
    """Words of the runs by which the sets of `against` are found; a list of hashes has its own."""
    share: float = Field(default=0.5, gt=0, le=1)
    """Share of a problem's runs that must be in a text."""


class Config(Concern):
    """The whole file."""

    schema_version: Literal[1]
    """Version of this form."""
    workspace: str = Field(min_length=1)
    """Folder of everything that runs write, relative to this file."""
    use: UseDeclaration
    """What the outputs are for."""
    policy: Policy = Policy()
    """Your own terms, overrides and attestations."""
    synthesize: Synthesize | None = None
    """Who writes new problems; null has none written."""
    problems: list[ProblemSet] = Field(min_length=1)
    """What the teachers are asked."""
    teachers: list[Teacher] = Field(min_length=1)
    """Who writes the traces."""
    targets: Targets | None = None
    """How many accepted traces are enough; null gives every problem its k."""
    budget: Budget = Budget()
    """What may be spent."""
    max_failed_share: float = Field(default=0.05, ge=0, le=1)
    """Share of samples that may fail before generate exits with 5."""
    verify: Verify = Verify()
    """What proves a trace right."""
    decontaminate: Decontaminate = Decontaminate()
    """What no example may hold."""
    rewrite: Rewrite | None = None
    """Who puts accepted traces into another form; null leaves them as they are."""
    select: Select = Select()
    """Which accepted traces become examples."""
    export: Export = Export()
    """What is written as a data set."""
    train: Train | None = None
    """How the student is trained; null trains none."""
    evaluate: Evaluate | None = None
    """How the student is measured; null measures nothing."""
    telemetry: Telemetry = Telemetry()
    """What other programs may watch."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        judges = [] if self.verify.judge is None else self.verify.judge.judges
        others = [part.teacher for part in (self.synthesize, self.rewrite) if part is not None]
        ids = [teacher.id for teacher in [*self.teachers, *judges, *others]]
        if repeated := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(
                f"teachers: the id {repeated[0]!r} is given twice; every teacher, judge and rewriter needs its own"
            )
        return self

    @model_validator(mode="after")
    def _targets_can_be_reached(self) -> Self:
        asked = {domain for teacher in self.teachers for domain in teacher.prompts}
        wanted = {} if self.targets is None else self.targets.accepted_per_domain
        if unasked := [domain for domain in wanted if domain not in asked]:
            raise ValueError(
                f"targets.accepted_per_domain.{unasked[0]}: no teacher has a prompt for this domain; "
                f"add one under teachers[].prompts"
            )
        if self.targets and self.targets.k_max is not None:
            k = max(teacher.sampling.k for teacher in self.teachers)
            if self.targets.k_max < k:
                raise ValueError(f"targets.k_max is {self.targets.k_max}, less than a teacher's k ({k})")
        return self

    @model_validator(mode="after")
    def _measured_teachers_are_configured(self) -> Self:
        known = [teacher.id for teacher in self.teachers]
        wanted = [] if self.evaluate is None else self.evaluate.teachers
        if unknown := [name for name in wanted if name not in known]:
            raise ValueError(
                f"evaluate.teachers: {unknown[0]!r} is no teacher of this file; there are {', '.join(known)}"
            )
        if self.evaluate and (taken := [one.id for one in self.evaluate.models if one.id in known]):
            raise ValueError(f"evaluate.models: {taken[0]!r} is a teacher; name it under evaluate.teachers instead")
        return self
