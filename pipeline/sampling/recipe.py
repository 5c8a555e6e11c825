"""A recipe: one teacher, one prompt, one way of drawing. It gives every wanted sample its identity."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from ...prompts.templates import PromptTemplate, load_prompt
from ..config import Prompts, Sampling, Teacher
from ..records import Domain, Message, Problem, Purpose, canonical_json, short_hash
from ..teachers.base import Request


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One sample that the configuration wants. A trace fills it."""

    slot_id: str
    problem: Problem
    messages: tuple[Message, ...]
    sample_index: int
    seed: int | None
    attempt: int = 0

    @property
    def trace_id(self) -> str:
        """Identity of the trace that this attempt makes."""
        return short_hash([self.slot_id, self.attempt])


@dataclass(frozen=True)
class Recipe:
    """How one teacher samples problems of one domain."""

    teacher: Teacher
    domain: Domain
    prompt: PromptTemplate
    sampling: Sampling
    purpose: Purpose
    takes_seed: bool

    @property
    def extra(self) -> str:
        """Sampling parameters beyond temperature, top_p, seed and max_tokens, as canonical JSON."""
        reasoning = self.teacher.reasoning.model_dump(exclude_none=True)
        # The folder's name, not its path: a workspace that moves holds the same student.
        adapter = {"adapter": Path(self.teacher.adapter).name} if self.teacher.adapter else {}
        return canonical_json({"reasoning": reasoning, "extra_body": self.teacher.extra_body} | adapter)

    @property
    def recipe_id(self) -> str:
        """Hash of all of it but k and max_tokens, which may be raised without buying again."""
        return short_hash(["recipe", self.purpose, self.domain, *self._identity()])

    def slots(self, problem: Problem) -> list[Slot]:
        """The k samples that ``problem`` gets."""
        messages = tuple(self.prompt.render(problem))
        content = [{"role": turn.role, "content": turn.content} for turn in messages]
        return [
            Slot(
                slot_id=short_hash(
                    ["slot", self.purpose, problem.problem_id, problem.revision, content, *self._identity(), index]
                ),
                problem=problem,
                messages=messages,
                sample_index=index,
                seed=sample_seed(self.sampling.seed, problem.problem_id, index) if self.takes_seed else None,
            )
            for index in range(self.sampling.k)
        ]

    def request(self, slot: Slot) -> Request:
        """What the teacher is asked for a slot."""
        return Request(
            messages=slot.messages,
            max_tokens=self.sampling.max_tokens,
            temperature=self.sampling.temperature,
            top_p=self.sampling.top_p,
            seed=slot.seed,
        )

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
