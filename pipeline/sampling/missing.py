"""Which of the samples that the configuration wants are not there yet: a streamed anti-join."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

import msgspec

from ..corpus import Corpus, Row
from ..records import Problem
from .recipe import Recipes, Slot

BATCH = 512
"""Samples that are looked up at a time, give or take a problem; bounds memory whatever their number."""


class Need(NamedTuple):
    """What one problem lacks."""

    total: int
    """Samples that are wanted, the present ones included."""
    missing: list[Slot]
    accepted: int
    """Present samples that were accepted; counted only where the recipe stops after some."""


def missing_slots(
    problems: Iterable[Problem], recipes: Recipes, corpus: Corpus, *, retry_failed: bool = False
) -> Iterator[list[Need]]:
    """Batch by batch, what each problem still needs of one teacher.

    A slot is filled by any completion, save one that was cut at fewer tokens than are allowed now. A
    failed one is filled too, unless ``retry_failed``. Problems of a domain without recipe want nothing.
    """
    yield from needs_of(_batches(problems, recipes), recipes, corpus, retry_failed=retry_failed)


def needs_of(
    wanted: Iterable[list[list[Slot]]], recipes: Recipes, corpus: Corpus, *, retry_failed: bool = False
) -> Iterator[list[Need]]:
    """The same for slots that are wanted, in batches, each as lists of what belongs together."""
    if not recipes:
        return
    any_recipe = next(iter(recipes.values()))
    owner = {"teacher_id": any_recipe.teacher.id, "purpose": any_recipe.purpose}
    stops = any_recipe.sampling.stop_after is not None
    corpus.keep("last_attempts", "last_attempts", **owner)
    corpus.keep("accepted_slots", "accepted_slots" if stops else "no_slots", **(owner if stops else {}))
    any_asked = corpus.ask("any_attempts")[0]["any"]
    for batch in wanted:
        states: dict[str, Row] = {}
        if any_asked:
            corpus.bind_column("wanted_slots", "slot_id", (slot.slot_id for slot in chain.from_iterable(batch)))
            states = {row["slot_id"]: row for row in corpus.ask("slot_states")}
        yield [_need(slots, recipes, states, retry_failed) for slots in batch]


def _batches(problems: Iterable[Problem], recipes: Recipes) -> Iterator[list[list[Slot]]]:
    batch: list[list[Slot]] = []
    size = 0
    for problem in problems:
        if problem.domain not in recipes:
            continue
        batch.append(list(recipes[problem.domain].slots(problem)))
        size += len(batch[-1])
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _need(slots: list[Slot], recipes: Recipes, states: dict[str, Row], retry_failed: bool) -> Need:
    missing: list[Slot] = []
    accepted = 0
    for slot in slots:
        state = states.get(slot.slot_id)
        if state is None:
            missing.append(slot)
            continue
        accepted += state["accepted"]
        longer = state["cut"] and state["max_tokens"] < recipes[slot.problem.domain].sampling.max_tokens
        if longer or (retry_failed and not state["answered"]):
            missing.append(msgspec.structs.replace(slot, attempt=state["attempt"] + 1))
    return Need(len(slots), missing, accepted)
