"""The part of the configuration file about how much is enough."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .concern import Concern
from .records import Domain


class Targets(Concern):
    """Accepted traces that are wanted; once they are there, no more are bought."""

    accepted_per_domain: dict[Domain, Annotated[int, Field(ge=1)]] = Field(min_length=1)
    """Accepted traces per domain, of all teachers together; a domain that is not named gets its k per problem."""
    k_max: int | None = Field(default=None, ge=1, le=10_000)
    """Traces that a teacher may write per problem once every problem has its k; null never goes beyond k."""
