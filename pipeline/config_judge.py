"""The configuration of the judge: which models judge, by what rubric, and when they are asked."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from .concern import Concern, Prompts
from .config_teacher import Teacher

VoteRule = Literal["majority", "unanimous", "mean"]
When = Literal["undecided", "rejected", "accepted"]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Judge(Concern):
    """Models that judge traces where no exact check decides; docs/judge.md says how."""

    when: Annotated[list[When], BeforeValidator(_listed), Field(min_length=1)] = ["undecided"]
    """Which traces are judged, by what the other verifiers say of them: undecided, rejected, accepted, or several."""
    judges: list[Teacher] = Field(min_length=1, max_length=3)
    """One model, or two, or two and a third that is asked where they disagree; each is described as a teacher is."""
    rubrics: Prompts = {
        "math": "judge-math-correctness",
        "code": "judge-code-correctness",
        "open": "judge-open-correctness",
    }
    """What they go by, per domain: the id of a built-in rubric, or a path. A domain that is left out is not judged."""
    votes: int = Field(default=1, ge=1, le=99)
    """How often each judge is asked about a trace."""
    rule: VoteRule = "majority"
    """How one judge's votes are counted: more than half, all alike, or the mean of their scores."""
    min_score: int = Field(default=6, ge=0, le=10)
    """The least score, from 0 to 10, with which a trace may pass."""

    @model_validator(mode="after")
    def _judges_are_asked_for_votes(self) -> Self:
        for judge in self.judges:
            for name in {"k", "stop_after", "n"} & judge.sampling.model_fields_set:
                raise ValueError(f"judges.{judge.id}.sampling.{name}: a judge is asked `votes` times; leave it out")
            if "prompts" in judge.model_fields_set:
                raise ValueError(f"judges.{judge.id}.prompts: a judge goes by `rubrics`; leave it out")
        ids = [judge.id for judge in self.judges]
        if repeated := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"judges: the id {repeated[0]!r} is given twice; every judge needs its own")
        return self
