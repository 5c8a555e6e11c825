"""From sorted traces to the files of one form, a problem at a time."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ..config_export import Export
from .base import Form
from .shards import Shards
from .sorting import SortedTraces

SPLITS = ("train", "test")


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


def write_form(name: str, form: Form, traces: SortedTraces, folder: Path, wanted: Export) -> list[Written]:
    """Write every row of a form below ``folder``; all rows of a problem go into one split.

    Args:
        name: what the form is called in the configuration.
        form: what its rows look like.
        traces: what its rows are made from.
        folder: where the set is made; the form gets a folder there.
        wanted: how files are written.
    """
    place = folder / name
    place.mkdir()
    with ExitStack() as stack:
        train, test = [
            stack.enter_context(Shards(place, split, wanted.format, form.schema, wanted.shard_mb * 1e6))
            for split in SPLITS
        ]
        for samples in traces.problems(form.scope):
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
