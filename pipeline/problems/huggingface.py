"""Problems from a data set of the Hugging Face Hub, or from a local folder that ``datasets`` can read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import Field

from ..config_problems import ProblemSet
from ..errors import ConfigError, ProblemError
from .base import ColumnOptions, ProblemSource, Row, SourceOptions

__all__ = ["Huggingface"]


class HubOptions(SourceOptions):
    """Which part of a data set is read."""

    config: str | None = None
    """Configuration (subset) of the data set; null is its default one."""
    split: str | None = Field(default=None, min_length=1)
    """Split of the data set; null is the split of the problem set."""
    revision: str | None = None
    """Commit, tag or branch; name a commit to read the same rows every night."""


class HuggingfaceOptions(HubOptions, ColumnOptions):
    """Which part of a data set is read, and from which columns."""


class Huggingface(ProblemSource[HuggingfaceOptions]):
    """A streamed data set: rows are fetched as they are read; columns that are no field of a problem are not read."""

    Options = HuggingfaceOptions

    def rows(self) -> Iterator[Row | ProblemError]:
        """Every row of the split. Raises what ``hub_rows`` does."""
        for row in hub_rows(self.problem_set, self.base_dir, self.options, self.options.wanted):
            yield Row(row.where, self.options.pick(row.values))


def hub_rows(
    problem_set: ProblemSet, base_dir: Path, options: HubOptions, wanted: Callable[[Iterable[str], str], list[str]]
) -> Iterator[Row]:
    """Every row of a split, under the data set's own names.

    Args:
        problem_set: names the data set.
        base_dir: where a local folder would lie.
        options: which part of it.
        wanted: chooses among the columns that are there.

    Raises:
        ConfigError: there is no such data set, configuration, split or column, or reading it broke off.
    """
    name = _name(problem_set, base_dir)
    split = options.split or problem_set.split
    # Importing datasets takes a second that no other source should pay.
    library: Any = import_module("datasets")
    network: Any = import_module("httpx2")
    number = 0
    try:
        stream = library.load_dataset(name, options.config, split=split, revision=options.revision, streaming=True)
        if stream.column_names:
            stream = stream.select_columns(wanted(stream.column_names, name))
        for values in stream:
            number += 1
            yield Row(f"{name}[{split}]: row {number}", values)
    except (OSError, ValueError, library.exceptions.DatasetsError, network.HTTPError) as error:
        raise ConfigError(
            f"{name}[{split}]: stopped after {number} rows ({error}); check path, options.config, options.split "
            "and options.revision, and that the Hub can be reached"
        ) from error


def _name(problem_set: ProblemSet, base_dir: Path) -> str:
    if problem_set.path is None:
        raise ConfigError(f"problems ({problem_set.source}): path: is missing; give the data set's name")
    folder = base_dir / problem_set.path
    return str(folder) if folder.is_dir() else problem_set.path
