"""What a model or data set was made from, and what it inherits: the gate looks at the whole lineage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..pipeline.config_teacher import Ancestor
from .library import TermsSet
from .obstacles import unknown_licence, unknown_model, unknown_terms
from .reading import Asked, Level, Reading, read
from .terms import Terms

_CONTRACT = (
    "A contract may bind only the customer who made it; that what was made with its service inherits the limit is "
    "a rule of Tracestill."
)


def depth_of(lineage: Sequence[Ancestor]) -> int:
    """How many generations of synthetic data lie behind a model: 0 where nothing of it is known to be synthetic."""
    return max((depth_of(one.lineage) + (one.type == "data") for one in lineage), default=0)


def inherited(lineage: Iterable[Ancestor], terms: TermsSet, asked: Sequence[Asked]) -> list[Reading]:
    """What the terms of everything that a model was made from say about what is asked."""
    readings: list[Reading] = []
    for ancestor in _closure(lineage):
        for one in _terms_of(ancestor, terms):
            readings += [one] if isinstance(one, Reading) else passed_on(one, ancestor.ref, asked)
    return readings


def passed_on(terms: Terms, ref: str, asked: Sequence[Asked]) -> list[Reading]:
    """What an ancestor's terms say about what is asked of its descendant."""
    return [tainted(read(terms, replace(one, facts=replace(one.facts, of_ancestor=True))), ref) for one in asked]


def made_with(child: Terms, terms: TermsSet) -> list[Terms]:
    """The terms of everything that a known data set was made with, over all generations."""
    found: dict[str, Terms] = {}
    waiting = [child]
    while waiting:
        for parent in waiting.pop().lineage:
            known = terms.by_id(parent.policy)
            # Two sets that name each other must not send us round in circles.
            if known is not None and known.id not in {child.id, *found}:
                found[known.id] = known
                waiting.append(known)
    return list(found.values())


def tainted(reading: Reading, ref: str) -> Reading:
    """A reading of an ancestor's terms as it binds the descendant."""
    text = f"By way of {ref}: {reading.text}"
    if reading.level is not Level.PROHIBITED:
        return replace(reading, text=text)
    codes = reading.codes
    if reading.kind == "service-terms":
        text = f"{text} {_CONTRACT}"
        codes = tuple("PROHIBITED_POLICY_CHOICE" if code.startswith("PROHIBITED_") else code for code in codes)
    return replace(reading, codes=("LINEAGE_TAINT", *dict.fromkeys(codes)), text=text)


def _closure(lineage: Iterable[Ancestor]) -> Iterator[Ancestor]:
    for ancestor in lineage:
        yield ancestor
        yield from _closure(ancestor.lineage)


def _terms_of(ancestor: Ancestor, terms: TermsSet) -> list[Terms | Reading]:
    """The terms that an ancestor answers to, and what is not known of them."""
    found: list[Terms | Reading] = []
    for name in ancestor.policies:
        known = terms.by_id(name)
        found.append(
            known or unknown_terms(f"{ancestor.ref} is said to answer to {name!r}, of which nothing is known.")
        )
    if ancestor.type == "base":
        found += terms.for_model([ancestor.ref])
        if not ancestor.policies and not terms.knows_model([ancestor.ref]):
            found.append(unknown_model(ancestor.ref))
        return found
    for known in terms.for_dataset([ancestor.ref]):
        found += [known, *made_with(known, terms)]
    if not found and not ancestor.lineage:
        text = f"Nothing is known of the data {ancestor.ref!r}: whose outputs it holds, and under which licence."
        found.append(replace(unknown_licence(text), codes=("UNKNOWN_LINEAGE",), mend=_MEND))
    return found


_MEND = "Name under the ancestor's policies the terms of whoever wrote the data, or give its own lineage."
