"""A recipe: one teacher, one prompt, one way of drawing. It gives every wanted sample its identity."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ...prompts.templates import PromptTemplate, load_prompt
from ..concern import Prompts
from ..config_teacher import Sampling, Teacher
from ..records import Domain, Message, Problem, Purpose, canonical_json, short_hash
from ..teachers.base import Request


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One sample that the configuration wants. A trace fills it."""

    slot_id: str
    problem: Problem
    revision: str
    """Of the problem; hashing it again for every trace would cost more than all else about a slot."""
    messages: tuple[Message, ...]
    sample_index: int
    seed: int | None
    attempt: int = 0
    parent_id: str | None = None
    """The trace that it rewrites."""

    @property
    def trace_id(self) -> str:
        """Identity of the trace that this attempt makes: ``short_hash([slot_id, attempt])``, spelled out."""
        return hashlib.sha256(b'["%s",%d]' % (self.slot_id.encode(), self.attempt)).hexdigest()[:32]


@dataclass(frozen=True)
class Recipe:
    """How one teacher samples problems of one domain."""

    teacher: Teacher
    domain: Domain
    prompt: PromptTemplate
    sampling: Sampling
    purpose: Purpose
    takes_seed: bool
    schema: dict[str, Any] | None = None
    """The JSON schema of an answer; null where it is free text."""

    @cached_property
    def extra(self) -> str:
        """Sampling parameters beyond temperature, top_p, seed and max_tokens, as canonical JSON."""
        reasoning = self.teacher.reasoning.model_dump(exclude_none=True)
        # The folder's name, not its path: a workspace that moves holds the same student.
        adapter = {"adapter": Path(self.teacher.adapter).name} if self.teacher.adapter else {}
        schema = {"schema": short_hash(self.schema)} if self.schema else {}
        return canonical_json({"reasoning": reasoning, "extra_body": self.teacher.extra_body} | adapter | schema)

    @cached_property
    def recipe_id(self) -> str:
        """Hash of all of it but k, n, stop_after and max_tokens, which may change without buying again."""
        system = [self.teacher.system] if self.teacher.system else []
        return short_hash(["recipe", self.purpose, self.domain, *self._identity, *system])

    def opened(self, turns: Sequence[Message]) -> tuple[Message, ...]:
        """What the teacher is shown: the turns of a prompt, after the teacher's own system prompt if it has one."""
        turns = tuple(turns)
        if (system := self.teacher.system) is None:
            return turns
        # One system turn: many chat templates refuse a second.
        if turns[0].role == "system":
            return (Message(role="system", content=f"{system}\n\n{turns[0].content}"), *turns[1:])
        return (Message(role="system", content=system), *turns)

    def slots(self, problem: Problem) -> Iterator[Slot]:
        """The k samples that ``problem`` gets; those of a prompt with several system turns take them by turns."""
        variants = range(min(self.prompt.variants, self.sampling.k))
        conversations = [self.opened(self.prompt.render(problem, variant)) for variant in variants]
        return self._slots(problem, conversations, range(self.sampling.k))

    def slot(self, problem: Problem, turns: Sequence[Message], index: int) -> Slot:
        """One sample with turns of its own."""
        return next(self._slots(problem, [self.opened(turns)], [index]))

    def _slots(
        self, problem: Problem, conversations: Sequence[tuple[Message, ...]], indices: Iterable[int]
    ) -> Iterator[Slot]:
        revision = problem.revision
        prefixes = [self._prefix(problem, revision, messages) for messages in conversations]
        for index in indices:
            variant = index % len(conversations)
            digest = prefixes[variant].copy()
            digest.update(b",%d]" % index)
            yield Slot(
                slot_id=digest.hexdigest()[:32],
                problem=problem,
                revision=revision,
                messages=conversations[variant],
                sample_index=index,
                seed=sample_seed(self.sampling.seed, problem.problem_id, index) if self.takes_seed else None,
            )

    def _prefix(self, problem: Problem, revision: str, messages: tuple[Message, ...]) -> Any:
        """Hash of what slots with the same messages share: a slot's id is ``short_hash([*shared, index])``."""
        content = [{"role": turn.role, "content": turn.content} for turn in messages]
        shared = ["slot", self.purpose, problem.problem_id, revision, content, *self._identity]
        return hashlib.sha256(canonical_json(shared)[:-1].encode())

    def request(self, slot: Slot) -> Request:
        """What the teacher is asked for a slot."""
        return Request(
            messages=slot.messages,
            max_tokens=self.sampling.max_tokens,
            temperature=self.sampling.temperature,
            top_p=self.sampling.top_p,
            seed=slot.seed,
            schema=self.schema,
        )

    @cached_property
    def _identity(self) -> list[object]:
        sampling = self.sampling
        return [
            self.teacher.id,
            self.teacher.model,
            sampling.temperature,
            sampling.top_p,
            sampling.seed,
            self.extra,
            self.prompt.hash,
        ]


Recipes = dict[Domain, Recipe]


def recipes_of(teacher: Teacher, purpose: Purpose, base_dir: Path, *, takes_seed: bool) -> Recipes:
    """The recipe of ``teacher`` for each domain that it has a prompt for."""
    return recipes_with(teacher, teacher.prompts, purpose, base_dir, takes_seed=takes_seed)


def recipes_with(teacher: Teacher, prompts: Prompts, purpose: Purpose, base_dir: Path, *, takes_seed: bool) -> Recipes:
    """The recipes of ``teacher`` with prompts that may not be its own.

    Raises:
        ConfigError: a prompt does not exist or cannot be read.
    """
    return {
        domain: Recipe(teacher, domain, load_prompt(ref, base_dir), teacher.sampling, purpose, takes_seed)
        for domain, ref in prompts.items()
    }


def imported_recipe(teacher: Teacher) -> str:
    """The recipe of traces that ``teacher`` wrote elsewhere, for another program."""
    return short_hash(["imported", teacher.id, teacher.model])


def host_of(teacher: Teacher) -> str:
    """Host of the teacher's server, with its port, or ``in-process``."""
    return urlsplit(teacher.server).netloc.rpartition("@")[2] if teacher.server else "in-process"


def sample_seed(seed: int, problem_id: str, sample_index: int) -> int:
    """A seed below 2^31 of each sample's own."""
    digest = hashlib.sha256(f"{seed}/{problem_id}/{sample_index}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1
