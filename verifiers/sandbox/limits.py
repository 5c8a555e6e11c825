"""What one run may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from . import exceptions
from .confinement import Bounds

_MB = 1024 * 1024


class Limits(BaseModel):
    """The limits of one run of a program; a test of a problem that reads and prints is a run of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    cpu_s: int = Field(default=10, ge=1, le=3600)
    """Seconds of processor time, of all threads together."""
    wall_factor: float = Field(default=3.0, ge=1, le=100)
    """Seconds on the clock for each second of `cpu_s`."""
    memory_mb: int = Field(default=1024, ge=64)
    """Address space of one process, in MiB."""
    output_mb: int = Field(default=8, ge=1, le=1024)
    """What is printed, and the largest file, in MiB."""
    files_mb: int = Field(default=64, ge=1)
    """Room for files, in MiB; they are gone after the run."""
    threads: int = Field(default=64, ge=0, le=4096)
    """Threads beside the first."""

    @property
    def wall_s(self) -> float:
        """Seconds on the clock."""
        return self.cpu_s * self.wall_factor

    @property
    def bounds(self) -> Bounds:
        """The same as the processes of the sandbox count it."""
        return Bounds(
            cpu_s=self.cpu_s,
            memory_bytes=self.memory_mb * _MB,
            output_bytes=self.output_mb * _MB,
            scratch_bytes=self.files_mb * _MB,
            threads=self.threads,
        )

    def passed(self, limit: str) -> str:
        """What is said of a run that hit a limit, by the limit's name."""
        told = {
            "cpu": f"the limit of {self.cpu_s} s of processor time",
            "time": f"the limit of {self.wall_s:g} s on the clock",
            "memory": f"the limit of {self.memory_mb} MiB of memory",
            "output": f"the limit of {self.output_mb} MiB of output",
            "files": f"the limit of {self.files_mb} MiB of files",
            "threads": f"the limit of {self.threads} threads, or of memory for their stacks",
            "descriptors": "the limit of open files",
            "answer": "the limit of what a function may return",
        }
        return told.get(limit, f"the limit of {limit}")

    def told(self, raised: Mapping[str, Any]) -> str:
        """What a program says of its exception, in a line; every word of it is the program's."""
        try:
            told = exceptions.read(raised)
        except ValueError as error:
            return f"the program's answer cannot be read: {error}"
        return f"{self.passed(told.limit)}: {told}" if told.limit else str(told)
