"""Reads a file of one JSON object a line, damage and all."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn, cast

from ..errors import ConfigError, ProblemError
from .base import Row

__all__ = ["json_lines"]


def json_lines(path: Path) -> Iterator[Row | ProblemError]:
    """The objects of a file as rows; a line that is none is given as its error. Blank lines are passed over.

    Raises:
        ConfigError: a file that ends in ``.gz`` cannot be unpacked.
    """
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for number, line in enumerate(_unpacked(file, path), start=1):
            if line.isspace():
                continue
            where = f"{path}:{number}"
            try:
                yield Row(where, _parsed(line))
            except ValueError as error:
                yield ProblemError(f"{where}: {error}")


def _unpacked(lines: Iterable[bytes], path: Path) -> Iterator[bytes]:
    try:
        yield from lines
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ConfigError(f"{path}: cannot be unpacked ({error}); pack it again with gzip") from error


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        # A byte order mark is no part of the first object.
        text = line.rstrip().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 (byte {error.start + 1} of the line); save the file as UTF-8") from error
    try:
        value = _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg}, column {error.colno}); write one JSON object a line") from error
    except RecursionError as error:
        raise ValueError("nested too deeply; write a flat JSON object") from error
    if not isinstance(value, dict):
        raise ValueError(f"not an object but {type(value).__name__}; write one JSON object a line")  # noqa: TRY004
    return cast("dict[str, Any]", value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number; write a number or text")


_decoder = json.JSONDecoder(parse_constant=_refuse_constant)
