"""Problems from a Parquet or CSV file, read batch by batch."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import ConfigError, ProblemError
from .base import ColumnOptions, ProblemSource, Row

__all__ = ["Table"]

_BATCH_ROWS = 512
_LONGEST_CELL = 64 * 2**20


class Table(ProblemSource[ColumnOptions]):
    """One problem a row; columns that are no field of a problem are not read."""

    Options = ColumnOptions

    def rows(self) -> Iterator[Row | ProblemError]:
        """Every row of the file. Raises what ``table_rows`` does."""
        return map(self._picked, table_rows(self.file(), self.options.wanted))

    def _picked(self, row: Row | ProblemError) -> Row | ProblemError:
        return row if isinstance(row, ProblemError) else Row(row.where, self.options.pick(row.values))


Wanted = Callable[[Iterable[str], str], list[str]]
"""Chooses among the columns that are there."""


def table_rows(path: Path, wanted: Wanted) -> Iterator[Row | ProblemError]:
    """Every row of a Parquet or CSV file, under the names of its columns.

    Raises:
        ConfigError: the file is neither, is damaged, or lacks a column that is asked for.
    """
    return _csv(path, wanted) if path.suffix.lower() == ".csv" else _parquet(path, wanted)


def _parquet(path: Path, wanted: Wanted) -> Iterator[Row | ProblemError]:
    arrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    try:
        with parquet.ParquetFile(path) as file:
            columns = wanted(file.schema_arrow.names, str(path))
            number = 0
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=columns):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(f"{path}: row {number}", values)
    except (arrow.ArrowException, OSError) as error:
        raise ConfigError(f"{path}: not a readable Parquet file ({error}); write it again") from error


def _csv(path: Path, wanted: Wanted) -> Iterator[Row | ProblemError]:
    csv.field_size_limit(_LONGEST_CELL)
    # Bytes that are not UTF-8 come through as lone surrogates, so that only their own row is refused.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = next(reader, None)
            if header is None:
                raise ConfigError(f"{path}: is empty; the first line of a CSV file names its columns")
            wanted(header, str(path))
            for cells in reader:
                if cells:
                    yield _csv_row(f"{path}:{reader.line_num}", header, cells)
        except csv.Error as error:
            raise ConfigError(
                f"{path}:{reader.line_num}: not CSV ({error}); quote cells with commas, quotes or line ends"
            ) from error


def _csv_row(where: str, header: list[str], cells: list[str]) -> Row | ProblemError:
    if len(cells) != len(header):
        return ProblemError(
            f"{where}: {len(cells)} cells under {len(header)} columns; quote cells with commas, quotes or line ends"
        )
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return ProblemError(f"{where}: not UTF-8; save the file as UTF-8")
    return Row(where, dict(zip(header, cells, strict=True)))
