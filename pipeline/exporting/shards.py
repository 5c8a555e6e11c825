"""Files of one split of one form: each is followed by another once it has grown large, and named when all are there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, cast

import pyarrow as pa
import pyarrow.parquet as pq

from ..corpus import Row

GROUP_ROWS = 1000
GROUP_CHARACTERS = 16 * 2**20
"""A group of rows is written when it holds this much text, or GROUP_ROWS: whoever wants one row reads a whole group."""


class _File(Protocol):
    """A file that rows are appended to."""

    def write(self, rows: pa.RecordBatch) -> int:
        """Append a group of rows; gives how many bytes the file has now."""
        ...

    def close(self) -> None:
        """End the file."""
        ...


class _Parquet:
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = path.open("wb")
        self._writer = pq.ParquetWriter(
            self._file, schema, compression="zstd", write_page_index=True, use_content_defined_chunking=True
        )

    def write(self, rows: pa.RecordBatch) -> int:
        self._writer.write_batch(rows)
        return self._file.tell()

    def close(self) -> None:
        self._writer.close()
        self._file.close()


class _JsonLines:
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = path.open("wb")

    def write(self, rows: pa.RecordBatch) -> int:
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows.to_pylist())
        self._file.write("".join(lines).encode())
        return self._file.tell()

    def close(self) -> None:
        self._file.close()


FORMATS: Mapping[str, type[_Parquet | _JsonLines]] = {"parquet": _Parquet, "jsonl": _JsonLines}
"""By the end of a file's name."""


class Shards:
    """One split, written in order. Where a row ends a group or a file depends on the rows alone."""

    def __init__(self, folder: Path, split: str, file_format: str, schema: pa.Schema, shard_bytes: float) -> None:
        self.split = split
        self.rows = 0
        self._folder = folder
        self._format = file_format
        self._schema = schema
        self._shard_bytes = shard_bytes
        self._group: list[Row] = []
        self._characters = 0
        self._file: _File | None = None
        self._paths: list[Path] = []

    def __enter__(self) -> Shards:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, row: Row) -> None:
        """Append a row."""
        self.rows += 1
        self._group.append(row)
        self._characters += _characters(row)
        if len(self._group) == GROUP_ROWS or self._characters >= min(GROUP_CHARACTERS, self._shard_bytes):
            self._write_group()

    def finish(self) -> list[Path]:
        """Write what is left and give every file its name; none where there was no row."""
        if self._group:
            self._write_group()
        if self._file is not None:
            self._close()
        return [path.rename(path.with_name(self._name(number))) for number, path in enumerate(self._paths)]

    def _name(self, number: int) -> str:
        return f"{self.split}-{number:05d}-of-{len(self._paths):05d}.{self._format}"

    def _write_group(self) -> None:
        if self._file is None:
            path = self._folder / f".{self.split}-{len(self._paths):05d}.{self._format}"
            self._paths.append(path)
            self._file = FORMATS[self._format](path, self._schema)
        written = self._file.write(pa.RecordBatch.from_pylist(self._group, schema=self._schema))
        self._group, self._characters = [], 0
        if written >= self._shard_bytes:
            self._close()

    def _close(self) -> None:
        assert self._file is not None
        self._file.close()
        self._file = None


def _characters(value: Any) -> int:
    """How much text a value holds; anything else counts as a word."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_characters, cast("dict[str, Any]", value).values()))
    if isinstance(value, list):
        return sum(map(_characters, cast("list[Any]", value)))
    return 8
