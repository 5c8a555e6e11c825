"""Which of the samples that the configuration wants are not there yet: a streamed anti-join."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import msgspec
import pyarrow as pa

from ..corpus import Corpus
from ..records import Problem
from .recipe import Recipes, Slot

BATCH = 1000
"""Problems that are looked up at a time; bounds memory whatever their number."""


class Wanted(NamedTuple):
    """The samples of one batch of problems."""

    total: int
    missing: list[Slot]


def missing_slots(
    problems: Iterable[Problem], recipes: Recipes, corpus: Corpus, *, retry_failed: bool = False
) -> Iterator[Wanted]:
    """For each batch of problems, how many samples are wanted and which of them to ask for.

    A slot is filled by any completion, save one that was cut at fewer tokens than are allowed now. A
    failed one is filled too, unless ``retry_failed``. Problems of a domain without recipe want nothing.
    """
    stream = iter(problems)
    while batch := list(islice(stream, BATCH)):
        slots = [
            slot for problem in batch if problem.domain in recipes for slot in recipes[problem.domain].slots(problem)
        ]
        corpus.bind("wanted_slots", pa.table({"slot_id": pa.array([slot.slot_id for slot in slots], pa.string())}))
        last = {row["slot_id"]: row for row in corpus.ask("last_attempts")}
        missing: list[Slot] = []
        for slot in slots:
            found = last.get(slot.slot_id)
            if found is None:
                missing.append(slot)
                continue
            longer = found["cut"] and found["max_tokens"] < recipes[slot.problem.domain].sampling.max_tokens
            if longer or (retry_failed and not found["answered"]):
                missing.append(msgspec.structs.replace(slot, attempt=found["attempt"] + 1))
        yield Wanted(len(slots), missing)
