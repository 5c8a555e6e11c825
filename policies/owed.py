"""What terms ask of whoever passes results on, gathered over all terms and uses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..pipeline.config import Use
from .circumstances import Role
from .conditions import Condition
from .duties import Duty
from .terms import Terms


@dataclass(frozen=True)
class Binding:
    """Terms that apply, and how."""

    terms: Terms
    role: Role = "teacher"
    """Whether outputs are passed on (teacher), or weights that were built upon these (base)."""
    opened: frozenset[str] = frozenset()
    """Exceptions of theirs that the gate found open; each takes the rule's place for its uses."""


@dataclass(frozen=True)
class Owed:
    """One condition with the terms that ask for it, each named once."""

    condition: Condition
    by: tuple[Terms, ...]


def gather(bindings: Iterable[Binding], uses: Sequence[Use], attested: Collection[str] = ()) -> list[Owed]:
    """Every distinct condition over all terms and uses, in the order in which they are first asked for.

    What terms no longer ask for once something was attested is left out.
    """
    found: dict[Condition, dict[str, Terms]] = {}
    for binding in sorted(bindings, key=lambda one: (one.terms.id, one.role)):
        for use in dict.fromkeys(uses):
            for condition in _asked(binding, use):
                if not (isinstance(condition, Duty) and condition.unless_attested in attested):
                    found.setdefault(condition, {})[binding.terms.id] = binding.terms
    return [Owed(condition, tuple(by.values())) for condition, by in found.items()]


def _asked(binding: Binding, use: Use) -> Iterator[Condition]:
    rule = binding.terms.rule(use)
    for exemption in binding.terms.exceptions:
        if exemption.id in binding.opened and use in exemption.uses:
            yield from exemption.conditions
            return
    yield from rule.conditions
    if binding.role == "base":
        yield from rule.as_base
