"""What the stages of one run share: configuration, workspace, gate, ledger and the request to stop."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..policies.gate import Gate
from ..policies.ruling import Ruling
from ..verifiers.cascade import Cascade, Step
from . import logs
from .concern import Prompts
from .config import Config
from .config_problems import ProblemSet
from .config_teacher import Sampling, Teacher
from .corpus import Corpus
from .errors import ConfigError, PolicyRefused, ProblemError
from .exporting.base import form_class
from .jury import Jury
from .ledger import Ledger
from .parentage import with_parents
from .plugins import plugin_class, plugin_ids
from .problems.reading import read_problems
from .progress import Progress
from .records import Decision, Event, Problem, StoredProblem, canonical_json, short_hash
from .sampling.budget import Spending
from .sampling.once import rewriting_recipes, synthesis_recipes
from .sampling.recipe import Recipe, Recipes, imported_recipe, recipes_of
from .stopping import Stop
from .teachers.base import TeacherClient
from .teachers.batches import BatchClient
from .view import Recipe as DescribedRecipe
from .view import RequiredVerifier, View
from .workspace import Workspace, utc_now

if TYPE_CHECKING:
    from .metrics import Metrics

UNLIMITED = 2**31
"""As many imported traces of a problem as there are."""


@dataclass(frozen=True)
class Plan:
    """What a configuration describes, without a workspace: its gate, its verifiers, its recipes."""

    config: Config
    base_dir: Path
    gate: Gate
    steps: list[Step]
    recipes: dict[str, Recipes]
    """By teacher id."""
    jury: Jury | None
    """Who judges where the verifiers cannot tell; null where nobody does."""
    rewrites: Recipes
    """How accepted traces are rewritten; empty where they are not."""
    synthesis: Recipes
    """How new problems are asked for; empty where they are not."""

    @classmethod
    def of(cls, config: Config, base_dir: Path) -> Plan:
        """Check everything that can be checked without a workspace, a server or a key.

        Raises:
            ConfigError: a prompt, a verifier, a provider, a form of an export or a terms file is wrong.
        """
        for name in config.export.configs:
            try:
                form_class(name)
            except ConfigError as error:
                raise ConfigError(f"export.configs: {error}") from error
        config = config.model_copy(update={"teachers": [with_parents(one, base_dir) for one in config.teachers]})
        with Cascade(config.verify) as cascade:
            steps = cascade.steps
        recipes: dict[str, Recipes] = {}
        for teacher in config.teachers:
            try:
                client = client_class(teacher)
            except ConfigError as error:
                raise ConfigError(f"teachers.{teacher.id}.provider: {error}") from error
            recipes[teacher.id] = recipes_of(teacher, "train", base_dir, takes_seed=client.takes_seed)

        def takes_seed(one: Teacher) -> bool:
            return client_class(one).takes_seed

        jury = Jury.of(config, base_dir, takes_seed)
        rewrites = rewriting_recipes(config.rewrite, base_dir, takes_seed)
        synthesis = synthesis_recipes(config.synthesize, base_dir, takes_seed)
        return cls(config, base_dir, Gate.from_config(config, base_dir), steps, recipes, jury, rewrites, synthesis)

    @property
    def workspace_path(self) -> Path:
        """The workspace, relative to the configuration file."""
        return Path(os.path.normpath(self.base_dir / self.config.workspace))

    def most_samples(self, recipe: Recipe) -> int:
        """How many samples of a problem a recipe may come to: k, and more where a target may ask for it."""
        targets = self.config.targets
        if targets is None or targets.k_max is None or recipe.domain not in targets.accepted_per_domain:
            return recipe.sampling.k
        return max(recipe.sampling.k, targets.k_max)

    def recipes_at_most(self, teacher_id: str) -> Recipes:
        """The recipes of a teacher with the most samples of a problem that each may come to."""
        most: Recipes = {}
        for domain, recipe in self.recipes[teacher_id].items():
            sampling = recipe.sampling.model_copy(update={"k": self.most_samples(recipe)})
            most[domain] = replace(recipe, sampling=sampling)
        return most

    def view(self) -> View:
        """What of the ledger this configuration describes."""
        required = [
            RequiredVerifier(**{name: getattr(step, name) for name in RequiredVerifier.__struct_fields__})
            for step in self.steps
        ]
        described = [
            DescribedRecipe(recipe.recipe_id, self.most_samples(recipe), recipe.sampling.stop_after)
            for recipes in self.recipes.values()
            for recipe in recipes.values()
        ]
        described += [DescribedRecipe(recipe.recipe_id, 1) for recipe in self.rewrites.values()]
        described += [DescribedRecipe(imported_recipe(teacher), UNLIMITED) for teacher in self.config.teachers]
        judged = [] if self.jury is None else self.jury.described()
        wanted = self.config.verify.consensus
        consensus = None if wanted is None else (wanted.min_share, wanted.min_traces)
        return View(required, described, self.gate.standing_agreements(), judged, consensus)


@dataclass(frozen=True)
class Job:
    """One run over a locked workspace."""

    plan: Plan
    workspace: Workspace
    ledger: Ledger
    stop: Stop
    run_id: str
    metrics: Metrics | None = None
    """Tells Prometheus how far it is; null where nobody wants to know."""
    decisions: dict[str, Decision] = field(default_factory=dict[str, Decision])
    noted: set[str] = field(default_factory=set[str])
    """Terms whose text this run has put on record, and conditions that it has warned of."""
    spending: Spending = field(default_factory=Spending)

    @property
    def config(self) -> Config:
        """The configuration of the run."""
        return self.plan.config

    def corpus(self) -> Corpus:
        """A reader of the ledger as it is now."""
        return Corpus(self.workspace, self.plan.view())

    def progress(self, stage: str, unit: str) -> Progress:
        """A progress line for ``stage``."""
        return Progress(stage, unit, self.workspace, self.run_id, self.metrics)

    def event(self, kind: str, subject: str, **details: object) -> None:
        """Put on record that something happened."""
        created_at = utc_now()
        event_id = short_hash(["event", self.run_id, kind, subject, created_at])
        self.ledger.append(
            "events",
            Event(
                event_id=event_id,
                run_id=self.run_id,
                kind=kind,
                subject=subject,
                details=canonical_json(details),
                created_at=created_at,
            ),
        )

    def decide(self, rulings: Iterable[Ruling], corpus: Corpus | None = None) -> list[Decision]:
        """Put the gate's decisions on record, once each, and leave when one blocks.

        Args:
            rulings: what the gate says.
            corpus: a reader that is open already; opening one takes a tenth of a second.

        Raises:
            PolicyRefused: one or more of them block; the message explains every one.
        """
        rulings = list(rulings)
        with contextlib.nullcontext(corpus) if corpus else self.corpus() as reader:
            known = {row["decision_id"] for row in reader.ask("decision_ids")}
            self._note_terms({name for ruling in rulings for name in ruling.policies}, reader)
        decisions: list[Decision] = []
        for ruling in rulings:
            decision = ruling.decision(self.run_id, utc_now())
            if decision.decision_id not in known | self.decisions.keys():
                self.ledger.append("decisions", decision)
            self.decisions[decision.decision_id] = decision
            decisions.append(decision)
        self._warn(rulings)
        if blocked := [ruling.explanation for ruling in rulings if ruling.blocked]:
            raise PolicyRefused("\n\n".join(blocked))
        return decisions

    def _warn(self, rulings: Iterable[Ruling]) -> None:
        """Say once a run what it relies on and nobody vouches for: it does not block, and must not be overlooked."""
        for ruling in rulings:
            for sentence in ruling.unvouched:
                if sentence not in self.noted:
                    self.noted.add(sentence)
                    logs.warning(f"{ruling.subject}: nobody vouches yet for a condition: {sentence}")

    def _note_terms(self, names: set[str], corpus: Corpus) -> None:
        """Keep the terms that decided in the ledger as they were read, so that a decision can be followed later."""
        known = {row["subject"] for row in corpus.ask("terms_on_record")} | self.noted
        for terms in filter(None, map(self.plan.gate.terms.by_id, sorted(names))):
            content = terms.model_dump(mode="json", by_alias=True, exclude_none=True)
            subject = f"{terms.id}@{short_hash(content)[:12]}"
            if subject not in known:
                self.noted.add(subject)
                self.event("policy", subject, terms=content)

    def note_prompts(self, recipes: Iterable[Recipe], corpus: Corpus) -> None:
        """Keep the text of every prompt in the ledger, so that its hash can be read back."""
        known = {row["subject"] for row in corpus.ask("prompt_hashes")}
        for recipe in recipes:
            prompt = recipe.prompt
            if prompt.hash not in known:
                known.add(prompt.hash)
                self.event("prompt", prompt.hash, id=prompt.id, version=prompt.version, text=prompt.text)


def client_class(teacher: Teacher) -> type[TeacherClient]:
    """The class that speaks the protocol of ``teacher``."""
    return plugin_class("tracestill.pipeline.teachers", teacher.provider, TeacherClient)


def batch_class(teacher: Teacher) -> type[BatchClient]:
    """The class that speaks the batch API of ``teacher``'s provider.

    Raises:
        ConfigError: it has none.
    """
    try:
        return plugin_class("tracestill.pipeline.teachers", f"{teacher.provider}-batches", BatchClient)
    except ConfigError as error:
        known = plugin_ids("tracestill.pipeline.teachers", BatchClient)
        raise ConfigError(
            f"teachers.{teacher.id}.provider: {teacher.provider} has no batch API; "
            f"{', '.join(name.removesuffix('-batches') for name in known)} have one. Leave out --batch"
        ) from error


def read_sets(
    sets: Iterable[ProblemSet], base_dir: Path, on_bad_line: Callable[[ProblemError], None]
) -> Generator[Problem]:
    """The problems of several sets, one after the other."""
    for problem_set in sets:
        yield from read_problems(problem_set, base_dir, on_bad_line)


def stored(problem: Problem, content_hash: str, run_id: str) -> StoredProblem:
    """The ledger's row of a problem."""
    values = {name: getattr(problem, name) for name in Problem.__struct_fields__}
    return StoredProblem(
        key=f"{content_hash}-{run_id}",
        content_hash=content_hash,
        revision=problem.revision,
        reference_hash=problem.reference_hash,
        run_id=run_id,
        created_at=utc_now(),
        **values,
    )


def with_prompts(teacher: Teacher, teacher_id: str, prompts: Prompts, sampling: Sampling) -> Teacher:
    """``teacher`` under another id, with other prompts and another way of drawing."""
    return teacher.model_copy(update={"id": teacher_id, "prompts": prompts, "sampling": sampling})
