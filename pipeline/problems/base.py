"""What a problem source is: it reads rows from somewhere and leaves their meaning to form.py."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from ..config_problems import ProblemSet
from ..errors import ConfigError, ProblemError

__all__ = ["FIELDS", "ColumnOptions", "ProblemSource", "Row", "SourceOptions"]

Field = Literal["id", "domain", "prompt", "answer", "tests", "rubric", "source", "license", "split", "difficulty"]
FIELDS: tuple[Field, ...] = get_args(Field)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a source under the names of FIELDS, and where it stands, for messages."""

    where: str
    values: Mapping[str, Any]


class SourceOptions(BaseModel):
    """Base of what a source takes under ``options``; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ColumnOptions(SourceOptions):
    """Options of a source whose columns may have other names than ours."""

    columns: dict[Field, str | None] = {}
    """Column that each field is read from, such as ``prompt: question``; null reads a field from none."""

    @cached_property
    def origins(self) -> dict[Field, str]:
        """The column of each field. A column that is given to one field is not read as its own namesake."""
        taken = set(self.columns.values())
        plain: dict[Field, str] = {field: field for field in FIELDS if field not in self.columns and field not in taken}
        plain.update({field: column for field, column in self.columns.items() if column is not None})
        return plain

    def pick(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a row, under our names."""
        return {field: values[column] for field, column in self.origins.items() if column in values}

    def wanted(self, available: Iterable[str], where: str) -> list[str]:
        """The columns worth reading.

        Raises:
            ConfigError: a column named in the options, or that of the prompt, is not there; lists those that are.
        """
        there = list(available)
        origins = self.origins
        for field, column in origins.items():
            if column not in there and (field in self.columns or field == "prompt"):
                raise ConfigError(
                    f"{where}: no column {column!r} for {field}; name one of {', '.join(there)} in options.columns"
                )
        return [column for column in there if column in origins.values()]


OptionsT = TypeVar("OptionsT", bound=SourceOptions)


class ProblemSource(ABC, Generic[OptionsT]):
    """Base of every source. A source is one file here, called like its id, that exports one subclass in ``__all__``."""

    Options: type[OptionsT]

    def __init__(self, problem_set: ProblemSet, base_dir: Path) -> None:
        """Check the options.

        Raises:
            ConfigError: an option is unknown or has a wrong value; lists the known ones.
        """
        self.problem_set = problem_set
        self.base_dir = base_dir
        try:
            self.options = self.Options.model_validate(problem_set.options)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(["options", *map(str, first["loc"])])
            known = ", ".join(self.Options.model_fields)
            raise ConfigError(
                f"problems ({problem_set.source}): {key}: {first['msg']}; known options: {known or 'none'}"
            ) from error

    @abstractmethod
    def rows(self) -> Iterator[Row | ProblemError]:
        """Every row in order. One that cannot be read is given as its error, so that reading can go on.

        Raises:
            ConfigError: the source as a whole cannot be read.
        """

    def file(self) -> Path:
        """The file of the set.

        Raises:
            ConfigError: no path is given, or no file lies there; says where it was looked for.
        """
        if self.problem_set.path is None:
            raise ConfigError(f"problems ({self.problem_set.source}): path: is missing; name the file to read")
        path = self.base_dir / self.problem_set.path
        if not path.is_file():
            raise ConfigError(
                f"{path.resolve()}: no such problem file; the path is relative to {self.base_dir.resolve()}"
            )
        return path
