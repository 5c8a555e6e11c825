"""From the corpus to the files of one form, a problem at a time: memory holds a group of rows and no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path

import pyarrow as pa

from ..config_export import Export
from ..corpus import Corpus, Row
from ..stopping import Stop
from .base import Form
from .shards import Shards

SPLITS = ("train", "test")
TRACES_AT_ONCE = 250
"""Traces that are read at a time; each may hold a hundred thousand characters."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """One split of one form: there is none without rows."""

    form: str
    """As the configuration names it, which is also the folder's name."""
    description: str
    split: str
    rows: int
    paths: list[Path]
    schema: pa.Schema

    @property
    def pattern(self) -> str:
        """Glob of its files, from the folder of the whole set."""
        return f"{self.form}/{self.split}-*{self.paths[0].suffix}"


def write_form(name: str, form: Form, corpus: Corpus, folder: Path, wanted: Export, stop: Stop) -> list[Written]:
    """Write every row of a form below ``folder``; all rows of a problem go into one split.

    Args:
        name: what the form is called in the configuration.
        form: what its rows look like.
        corpus: a reader that holds the tables ``export_facts`` and ``held_out``.
        folder: where the set is made; the form gets a folder there.
        wanted: how files are written.
        stop: a request to leave.
    """
    place = folder / name
    place.mkdir()
    with ExitStack() as stack:
        train, test = [
            stack.enter_context(Shards(place, split, wanted.format, form.schema, wanted.shard_mb * 1e6))
            for split in SPLITS
        ]
        for samples in _problems(corpus, form, stop):
            shards = test if samples[0]["held_out"] else train
            for row in form.rows(samples):
                shards.add(row)
        written = [
            Written(
                form=name,
                description=form.description,
                split=one.split,
                rows=one.rows,
                paths=one.finish(),
                schema=form.schema,
            )
            for one in (train, test)
            if one.rows
        ]
    if not written:
        place.rmdir()
    return written


def _problems(corpus: Corpus, form: Form, stop: Stop) -> Iterator[list[Row]]:
    """The traces in the form's scope, those of a problem together."""

    def batches() -> Iterator[list[Row]]:
        for rows in corpus.stream("export_rows", size=TRACES_AT_ONCE, scope=form.scope):
            stop.check("export")
            yield rows

    for _, samples in groupby(chain.from_iterable(batches()), key=itemgetter("problem_id")):
        yield list(samples)
