"""Problems from a data set of the Hugging Face Hub, or from a local folder that ``datasets`` can read."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from pydantic import Field

from ..errors import ConfigError, ProblemError
from .base import ColumnOptions, ProblemSource, Row

__all__ = ["Huggingface"]


class HuggingfaceOptions(ColumnOptions):
    """Which part of a data set is read."""

    config: str | None = None
    """Configuration (subset) of the data set; null is its default one."""
    split: str | None = Field(default=None, min_length=1)
    """Split of the data set; null is the split of the problem set."""
    revision: str | None = None
    """Commit, tag or branch; name a commit to read the same rows every night."""


class Huggingface(ProblemSource[HuggingfaceOptions]):
    """A streamed data set: rows are fetched as they are read; columns that are no field of a problem are not read."""

    Options = HuggingfaceOptions

    def rows(self) -> Iterator[Row | ProblemError]:
        """Every row of the split.

        Raises:
            ConfigError: there is no such data set, configuration, split or column, or reading it broke off.
        """
        name = self._name()
        split = self.options.split or self.problem_set.split
        # Importing datasets takes a second that no other source should pay.
        library: Any = import_module("datasets")
        network: Any = import_module("httpx2")
        number = 0
        try:
            stream = library.load_dataset(
                name, self.options.config, split=split, revision=self.options.revision, streaming=True
            )
            if stream.column_names:
                stream = stream.select_columns(self.options.wanted(stream.column_names, name))
            for values in stream:
                number += 1
                yield Row(f"{name}[{split}]: row {number}", self.options.pick(values))
        except (OSError, ValueError, library.exceptions.DatasetsError, network.HTTPError) as error:
            raise ConfigError(
                f"{name}[{split}]: stopped after {number} rows ({error}); check path, options.config, options.split "
                "and options.revision, and that the Hub can be reached"
            ) from error

    def _name(self) -> str:
        if self.problem_set.path is None:
            raise ConfigError(f"problems ({self.problem_set.source}): path: is missing; give the data set's name")
        folder = self.base_dir / self.problem_set.path
        return str(folder) if folder.is_dir() else self.problem_set.path
