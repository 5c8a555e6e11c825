"""Problems from a JSONL file in Tracestill's own form."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import ProblemError
from .base import FIELDS, ColumnOptions, ProblemSource, Row
from .json_lines import json_lines

__all__ = ["Jsonl"]


class JsonlOptions(ColumnOptions):
    """Options of a JSONL file."""

    other_keys: bool = False
    """Pass over keys that are no field of a problem; otherwise one is an error, since it may be a misspelling."""


class Jsonl(ProblemSource[JsonlOptions]):
    """One problem a line, as an object with the keys of FIELDS or with those that options.columns names."""

    Options = JsonlOptions

    def rows(self) -> Iterator[Row | ProblemError]:
        """Every line that is not blank."""
        return map(self._picked, json_lines(self.file()))

    def _picked(self, row: Row | ProblemError) -> Row | ProblemError:
        if isinstance(row, ProblemError):
            return row
        known = self.options.origins.values()
        others = [key for key in row.values if key not in known]
        if others and not self.options.other_keys:
            return ProblemError(
                f"{row.where}: unknown key {others[0]!r}; the keys are {', '.join(FIELDS)}. "
                "Rename it in options.columns, or set options.other_keys to pass over such keys"
            )
        return Row(row.where, self.options.pick(row.values))
