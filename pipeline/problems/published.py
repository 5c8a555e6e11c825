"""What sources have in common that read a well-known data set in the form in which its makers published it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from ..errors import ConfigError, ProblemError
from .base import ProblemSource, Row
from .huggingface import HubOptions, hub_rows
from .json_lines import json_lines
from .table import table_rows

__all__ = ["Published"]

OptionsT = TypeVar("OptionsT", bound=HubOptions)


class Published(ProblemSource[OptionsT]):
    """Reads rows from a file (.jsonl, .jsonl.gz, .parquet, .csv), or from the Hub where the path is no file's.

    Attributes:
        needed: columns without which a row is no problem.
        useful: columns that are read where they are there.
    """

    needed: ClassVar[tuple[str, ...]]
    useful: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """A row under the names of FIELDS.

        Raises:
            ValueError: it has not the published form; names the column.
        """

    def columns(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The needed and the useful columns, by the names that they have in this set."""
        return self.needed, self.useful

    def rows(self) -> Iterator[Row | ProblemError]:
        """Every row in order."""
        return map(self._row, self._raw())

    def _row(self, row: Row | ProblemError) -> Row | ProblemError:
        if isinstance(row, ProblemError):
            return row
        try:
            return Row(row.where, self.fields(row.values))
        except ValueError as error:
            return ProblemError(f"{row.where}: {error}")

    def _raw(self) -> Iterator[Row | ProblemError]:
        path = self.problem_set.path or ""
        for endings, read in _READERS:
            if path.lower().endswith(endings):
                return read(self.file(), self._wanted)
        return hub_rows(self.problem_set, self.base_dir, self.options, self._wanted)

    def _wanted(self, available: Iterable[str], where: str) -> list[str]:
        there = list(available)
        needed, useful = self.columns()
        for column in needed:
            if column not in there:
                raise ConfigError(f"{where}: no column {column!r}; this form has {', '.join(needed)}")
        return [column for column in there if column in (*needed, *useful)]


def _lines(path: Path, _: Callable[[Iterable[str], str], list[str]]) -> Iterator[Row | ProblemError]:
    return json_lines(path)


_READERS = (
    ((".jsonl", ".json", ".jsonl.gz"), _lines),
    ((".parquet", ".csv"), table_rows),
)
