"""To what a terms file applies: hosts, models, data sets."""

from __future__ import annotations

from pydantic import Field, field_validator

from ..pipeline.concern import Concern
from .hosts import is_pattern


class Matches(Concern):
    """To what the file applies."""

    hosts: tuple[str, ...] = ()
    """Counterparties: names, which may hold ``*``, networks, or ``<dotless>``. The closest pattern decides."""
    requires_self_hosted: bool = False
    """Whether these hosts count only for a teacher declared as self_hosted."""
    models: tuple[str, ...] = ()
    """Patterns of model names, case folded."""
    exclude_models: tuple[str, ...] = ()
    """Patterns taken out again."""
    publishers: tuple[str, ...] = ()
    """Organisations whose models are wholly known by this file. A model that another one derived answers to
    these terms too, but its own terms stay unknown. Empty: every match is known."""
    follows_model: bool = False
    """Whether service terms bind by model name on every host, resellers included."""
    covers_own_models: bool = False
    """Whether the service's terms suffice for the models listed, without a model licence."""
    model_aliases: dict[str, str] = Field(default={})
    """What this host calls a model, to the model's own name (deployments, tags)."""
    provider_labels: tuple[str, ...] = ()
    """How people call the provider; for messages, never for a verdict."""
    upstream_names: tuple[str, ...] = ()
    """How aggregators name the service when they route to it."""
    licences: tuple[str, ...] = ()
    """Licence ids of data sets that the file answers for."""
    datasets: tuple[str, ...] = ()
    """Patterns of data set names that the file answers for, beside the licence that is stated."""
    revisions: tuple[str, ...] = ()
    """Revisions of these data sets to which it is limited, as patterns of commits; empty: all."""
    exclude_revisions: tuple[str, ...] = ()
    """Revisions taken out again."""

    @field_validator("hosts")
    @classmethod
    def _patterns(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not is_pattern(host):
                raise ValueError(f"{host!r} is no host pattern; write a name in small letters, *.name or a network")
        return hosts
