"""The one entry for readers of problems: finds the source of a set and gives its problems one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..config_problems import ProblemSet
from ..errors import ConfigError, ProblemError
from ..plugins import plugin_class, plugin_ids
from ..records import Problem
from .base import ProblemSource, Row
from .form import problem_of

__all__ = ["read_problems"]

_PACKAGE = __name__.rpartition(".")[0]
_SOURCE: type[ProblemSource[Any]] = ProblemSource
_BY_ENDING = {".jsonl": "jsonl", ".json": "jsonl", ".parquet": "table", ".csv": "table"}


def read_problems(
    problem_set: ProblemSet, base_dir: Path, on_bad_line: Callable[[ProblemError], None]
) -> Iterator[Problem]:
    """The problems of a set in order, read as they are taken: memory does not grow with their number.

    Args:
        problem_set: The set as it is configured.
        base_dir: Folder to which its path is relative.
        on_bad_line: Told of each row that is no problem, under ``on_error: skip``.

    Raises:
        ConfigError: the set as a whole cannot be read. What can be known beforehand is raised by this call, the rest
            while reading.
        ProblemError: a row is no problem, under ``on_error: stop``; names the file and the line.
    """
    source = _source_class(problem_set)(problem_set, base_dir)
    return _problems(source.rows(), problem_set, on_bad_line)


def _problems(
    rows: Iterator[Row | ProblemError], problem_set: ProblemSet, on_bad_line: Callable[[ProblemError], None]
) -> Iterator[Problem]:
    for row in rows:
        problem = _problem(row, problem_set)
        if isinstance(problem, Problem):
            yield problem
        elif problem is not None and problem_set.on_error == "stop":
            raise problem
        elif problem is not None:
            on_bad_line(problem)


def _problem(row: Row | ProblemError, problem_set: ProblemSet) -> Problem | ProblemError | None:
    if isinstance(row, ProblemError):
        return row
    try:
        return problem_of(row.values, problem_set)
    except ValueError as error:
        return ProblemError(f"{row.where}: {error}")


def _source_class(problem_set: ProblemSet) -> type[ProblemSource[Any]]:
    where = f"problems ({problem_set.source})"
    if problem_set.format is not None:
        try:
            return plugin_class(_PACKAGE, problem_set.format, _SOURCE)
        except ConfigError as error:
            raise ConfigError(f"{where}: format: {error}") from error
    if problem_set.path is None:
        raise ConfigError(f"{where}: give a path, or the format of a source that needs none")
    source_id = _BY_ENDING.get(Path(problem_set.path).suffix.lower())
    if source_id is None:
        raise ConfigError(
            f"{where}: path: {problem_set.path} ends in none of {', '.join(_BY_ENDING)}; "
            f"set format to one of {', '.join(plugin_ids(_PACKAGE, _SOURCE))}"
        )
    return plugin_class(_PACKAGE, source_id, _SOURCE)
