"""The two files of a batch while it is on its way: what the provider is sent, and the samples that it is to fill.

The second holds each sample's trace without its answer. So whatever the configuration says by the time the results
come, they are stamped with what was asked, and none of them is lost.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ..errors import WorkspaceError
from ..records import Trace
from ..workspace import storage_errors

SUFFIX = ".samples.jsonl"


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """One sample of a batch."""

    trace: Trace
    """With everything but what an answer brings."""
    tries: int
    """In how many batches it has been, this one included."""
    usd: float
    """The most that it can cost; 0 where no price is known."""


class _TraceId(msgspec.Struct):
    trace_id: str


class _Id(msgspec.Struct):
    trace: _TraceId


_sample = msgspec.json.Decoder(Planned)
_id = msgspec.json.Decoder(_Id)


class BatchFiles:
    """The files of one batch.

    Attributes:
        requests: lines as the provider takes them.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.requests = folder / f"{key}.jsonl"
        self._samples = folder / f"{key}{SUFFIX}"

    def trace_ids(self) -> Iterator[str]:
        """The ids of its samples."""
        for line in self._lines():
            yield _id.decode(line).trace.trace_id

    def places(self) -> dict[str, int]:
        """Where in the file each sample stands, by its trace's id; the samples themselves would fill the memory."""
        places: dict[str, int] = {}
        place = 0
        for line in self._lines():
            places[_id.decode(line).trace.trace_id] = place
            place += len(line)
        return places

    def samples(self, places: list[int]) -> list[Planned]:
        """The samples at these places."""
        found: list[Planned] = []
        with self._samples.open("rb") as file:
            for place in places:
                file.seek(place)
                found.append(_sample.decode(file.readline()))
        return found

    def remove(self) -> None:
        """Delete both; there may be none."""
        self.requests.unlink(missing_ok=True)
        self._samples.unlink(missing_ok=True)

    def writer(self) -> BatchWriter:
        """Begin both files."""
        with storage_errors(self.requests.parent):
            self.requests.parent.mkdir(exist_ok=True)
            return BatchWriter(self.requests, self._samples)

    def _lines(self) -> Iterator[bytes]:
        try:
            with self._samples.open("rb") as file:
                yield from file
        except FileNotFoundError as error:
            raise WorkspaceError(
                f"{self._samples}: this file says what an open batch was asked, and it is gone; put it back from a "
                "backup, since without it nobody knows what is being paid for"
            ) from error


class BatchWriter:
    """Writes the files of a batch that is being filled.

    Attributes:
        count: requests so far.
        size: bytes of them.
        usd: the most that they can cost.
    """

    def __init__(self, requests: Path, samples: Path) -> None:
        self.count = 0
        self.size = 0
        self.usd = 0.0
        self._folder = requests.parent
        self._files = [requests.open("wb"), samples.open("wb")]

    def add(self, request: bytes, sample: Planned) -> None:
        """Add one request, given as a line without its end, and its sample."""
        with storage_errors(self._folder):
            for file, line in zip(self._files, (request, msgspec.json.encode(sample)), strict=True):
                file.write(line + b"\n")
        self.count += 1
        self.size += len(request) + 1
        self.usd += sample.usd

    def close(self) -> None:
        """Have both files on the disk: what is sent must be known afterwards."""
        with storage_errors(self._folder):
            for file in self._files:
                file.flush()
                os.fsync(file.fileno())
                file.close()


def leftover_keys(folder: Path, open_keys: set[str]) -> list[str]:
    """Keys of files whose batch was never made, or is done."""
    keys = {path.name.partition(".")[0] for path in folder.glob("*.jsonl")}
    return sorted(keys - open_keys)
