"""What is trained on, as token rows in files: written once, mapped into memory by every process that trains.

However many examples there are, a batch of them is held at a time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..config_train import Train
from ..curation.batches import in_batches
from .examples import Example, LeftOut, Turn, fitting

TRAIN, HELD_OUT = "train.arrow", "held_out.arrow"
_ALL = "all.arrow"
BATCH = 500
"""Rows that are held at once."""
LONGEST = 64
"""How many of the longest rows are known by their places."""

Tokens = dict[str, list[int]]
_TOKENS = [(name, pa.list_(pa.int32())) for name in ("input_ids", "labels")]
_PLACES = [("rank", pa.int32()), *((name, pa.string()) for name in Turn._fields[1:4]), ("trained", pa.int32())]
ROWS = pa.schema(_TOKENS)
_PLACED = pa.schema([*_TOKENS, *_PLACES])
_COMPUTE: Any = pc  # its types know no table of a mapped file


class Lengths(msgspec.Struct, frozen=True, kw_only=True):
    """How long the rows are, in tokens."""

    median: int
    p90: int
    p99: int
    longest: int


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """What is trained on."""

    examples: int
    """Of the corpus, without those held out."""
    problems: int
    """That these are of."""
    held_out: int
    """Examples of other problems, on which the loss is measured."""
    mixed: int
    """Rows of other sets."""
    left_out: LeftOut
    tokens: int
    """Of all rows that are trained on, in one pass."""
    trained_tokens: int
    """Of these, how many the loss covers."""
    lengths: Lengths
    longest_rows: list[int]
    """Places of the longest rows in the file, the longest first."""


def prepare(
    folder: Path, train: Train, found: Iterable[Example], mixed: Callable[[int], Iterable[Tokens]], left_out: LeftOut
) -> Rows:
    """Write the rows below ``folder``, in order of problem and trace, those of other sets after them.

    Args:
        folder: where; it is made.
        train: how much is taken, and held out.
        found: what may be trained on.
        mixed: the rows of other sets that go with a number of examples.
        left_out: counts what is not taken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _writer(folder / _ALL, _PLACED) as write:
        for batch in in_batches(found, BATCH):
            write(_placed(batch))
    table: Any = _mapped(folder / _ALL)
    held, taken = _chosen(table, train)
    left_out.beyond += int(np.sum(~held & ~taken))
    problems = _COMPUTE.count_distinct(table["problem_id"].filter(pa.array(taken))).as_py()
    measured = _Measured()
    with _writer(folder / TRAIN, ROWS) as write:
        for rows in _masked(table, taken):
            write(measured.of(rows))
        others = 0
        for batch in in_batches(mixed(int(np.sum(taken))), BATCH):
            write(measured.of(pa.Table.from_pylist(list(batch), schema=ROWS)))
            others += len(batch)
    with _writer(folder / HELD_OUT, ROWS) as write:
        for rows in _masked(table, held):
            write(rows)
    (folder / _ALL).unlink()
    return Rows(
        examples=int(np.sum(taken)),
        problems=problems,
        held_out=int(np.sum(held)),
        mixed=others,
        left_out=left_out,
        tokens=int(measured.lengths.sum()),
        trained_tokens=measured.trained,
        lengths=_quantiles(measured.lengths),
        longest_rows=[int(place) for place in np.argsort(-measured.lengths, kind="stable")[:LONGEST]],
    )


def _placed(batch: Iterable[Example]) -> pa.Table:
    return pa.Table.from_pylist([one.tokens | one.turn._asdict() for one in batch], schema=_PLACED)


def _chosen(table: Any, train: Train) -> tuple[Any, Any]:
    """Which rows are held out, and which are trained on, as masks."""
    # The end of the hash: its beginning orders the problems, and the bounds take the first of these.
    held = np.fromiter(
        (int(value.as_py()[-8:], 16) < train.held_out_share * 2**32 for value in table["shuffled"]), bool, len(table)
    )
    if train.max_tokens is None and train.max_problems is None:
        return held, ~held
    places = table.select([name for name, _ in _PLACES])
    order = _COMPUTE.sort_indices(places, sort_keys=[(name, "ascending") for name in Turn._fields[:3]]).to_numpy()
    order = order[~held[order]]
    taken = np.zeros(len(table), bool)
    taken[order] = np.fromiter(fitting(_turns(places, order), train.max_tokens, train.max_problems), bool, len(order))
    return held, taken


def _turns(places: Any, order: Any) -> Iterator[Turn]:
    for start in range(0, len(order), BATCH):
        for row in places.take(pa.array(order[start : start + BATCH])).to_pylist():
            yield Turn(**row)


def _masked(table: Any, mask: Any) -> Iterator[pa.Table]:
    for start in range(0, len(table), BATCH):
        rows = table.slice(start, BATCH).select(ROWS.names).filter(pa.array(mask[start : start + BATCH]))
        if len(rows):
            yield rows


class _Measured:
    """Lengths of the rows that went by, and the tokens among them that the loss covers."""

    def __init__(self) -> None:
        self._lengths: list[Any] = [np.zeros(0, np.int32)]
        self.trained = 0

    def of(self, rows: pa.Table) -> pa.Table:
        self._lengths.append(_COMPUTE.list_value_length(rows["input_ids"]).to_numpy())
        self.trained += trained_tokens(rows["labels"])
        return rows

    @property
    def lengths(self) -> Any:
        return np.concatenate(self._lengths)


def trained_tokens(labels: Any) -> int:
    """How many labels of some rows, an Arrow column of lists, the loss covers."""
    return _COMPUTE.sum(_COMPUTE.not_equal(_COMPUTE.list_flatten(labels), -100)).as_py() or 0


def _quantiles(lengths: Any) -> Lengths:
    if not len(lengths):
        return Lengths(median=0, p90=0, p99=0, longest=0)
    median, p90, p99 = (int(value) for value in np.quantile(lengths, (0.5, 0.9, 0.99), method="higher"))
    return Lengths(median=median, p90=p90, p99=p99, longest=int(lengths.max()))


def _mapped(path: Path) -> pa.Table:
    return pa.ipc.open_stream(pa.memory_map(str(path))).read_all()


@contextlib.contextmanager
def _writer(path: Path, schema: pa.Schema) -> Generator[Callable[[pa.Table], None]]:
    """A file of record batches under a temporary name, renamed once it is whole."""
    temporary = path.with_name(f".{path.name}.tmp")
    with pa.ipc.new_stream(str(temporary), schema) as writer:

        def write(table: pa.Table) -> None:
            writer.write_table(table.combine_chunks())

        yield write
    temporary.replace(path)
