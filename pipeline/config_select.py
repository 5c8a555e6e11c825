"""The part of the configuration file about choosing examples among accepted traces."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .concern import Concern


class Duplicates(Concern):
    """How alike two problems, or two traces of a problem, are at least when one of them is left out."""

    problems: float | None = Field(default=0.75, ge=0.5, le=1)
    """Share of words that two problems with the same numbers have in common; null compares no problems."""
    traces: float | None = Field(default=0.8, ge=0.5, le=1)
    """Share of runs of three words that two traces have in common; null leaves out only what differs in white space."""


class Difficulty(Concern):
    """Which problems are worth an example, by the share of their judged traces that were accepted."""

    min_pass_rate: float = Field(default=0, ge=0, le=1)
    """Problems that were solved less often are left out: what was solved once in many may be luck."""
    max_pass_rate: float = Field(default=1, ge=0, le=1)
    """Problems that were solved more often are left out: what is always solved teaches little."""
    middle_first: bool = False
    """Where a quota or the token budget leaves some out, keep the problems nearest to a pass rate of one half."""

    @model_validator(mode="after")
    def _leaves_something(self) -> Self:
        if self.min_pass_rate > self.max_pass_rate:
            raise ValueError("min_pass_rate is above max_pass_rate: no problem would be left")
        return self


Quota = dict[str, Annotated[int, Field(ge=0)]]


class Quotas(Concern):
    """How many examples a group gives at most; a key is its name, and `default` is every group without a key."""

    source: Quota = {}
    """By problem set."""
    domain: Quota = {}
    """By domain."""
    teacher: Quota = {}
    """By teacher."""


class Select(Concern):
    """Which accepted traces become examples."""

    outcomes: Literal["accepted", "any"] = "accepted"
    """any: take unproven traces too, rejected and undecided ones; card, certificate and report then say so."""
    cut_off: bool = False
    """Under `outcomes: any`, take answers that ended at `max_tokens` too."""
    per_problem: int = Field(default=1, ge=1)
    """Examples per problem at most."""
    prefer: Literal["shortest", "longest", "first", "judge", "diverse"] = "shortest"
    """Which accepted traces of a problem come first; judge: by its score; diverse: each least like those before it."""
    duplicates: Duplicates = Duplicates()
    """What counts as the same thing twice."""
    difficulty: Difficulty = Difficulty()
    """Which problems are worth an example."""
    quotas: Quotas = Quotas()
    """How many examples a source, domain or teacher gives."""
    max_tokens: int | None = Field(default=None, ge=1)
    """Completion tokens of all examples together at most."""

    @model_validator(mode="after")
    def _cut_off_has_a_place(self) -> Self:
        if self.cut_off and self.outcomes == "accepted":
            raise ValueError(
                "cut_off changes nothing for accepted traces: give it with `outcomes: any`, or leave it out"
            )
        return self
