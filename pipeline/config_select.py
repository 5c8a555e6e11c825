"""The part of the configuration file about choosing examples among accepted traces."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .concern import Concern


class Duplicates(Concern):
    """How alike two problems, or two traces of a problem, are at least when one of them is left out."""

    problems: float | None = Field(default=0.75, ge=0.5, le=1)
    """Share of words that two problems with the same numbers have in common; null compares no problems."""
    traces: float | None = Field(default=0.8, ge=0.5, le=1)
    """Share of runs of three words that two traces have in common; null leaves out only what differs in white space."""


class Select(Concern):
    """Which accepted traces become examples."""

    per_problem: int = Field(default=1, ge=1)
    """Examples per problem at most."""
    prefer: Literal["shortest", "longest", "first"] = "shortest"
    """Which accepted traces of a problem come first."""
    duplicates: Duplicates = Duplicates()
    """What counts as the same thing twice."""
