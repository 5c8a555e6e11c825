"""What the supervisor asks the kernel about a run, and the files that it shares with one."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .confinement import MAX_FILES


@contextmanager
def memory_file(content: bytes = b"") -> Generator[BinaryIO]:
    """A file that lies nowhere, at its beginning."""
    descriptor = os.memfd_create("run", os.MFD_CLOEXEC)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield file


def content_of(file: BinaryIO, most: int) -> bytes:
    """The first ``most`` bytes of a file, wherever whoever shares it has left the position."""
    parts: list[bytes] = []
    place = 0
    while place < most and (part := os.pread(file.fileno(), min(most - place, 1 << 20), place)):
        parts.append(part)
        place += len(part)
    return b"".join(parts)


def seconds_on_run_queue(handle: int) -> float:
    """Seconds that the threads of a process, given by its pidfd, were ready to run and did not.

    Raises:
        OSError, LookupError, ValueError: the kernel does not tell.
    """
    tasks = _about(handle) / "task"
    return sum(int((task / "schedstat").read_text().split()[1]) for task in tasks.iterdir()) / 1e9


def _about(handle: int) -> Path:
    words = dict(line.split(":", 1) for line in Path(f"/proc/self/fdinfo/{handle}").read_text().splitlines())
    return Path(f"/proc/{int(words['Pid'])}")


def deleted_files(handle: int) -> int:
    """Files without a name that a process, given by its pidfd, keeps as memory: no descriptor and no folder shows them.

    Raises:
        OSError: the process has ended.
    """
    with (_about(handle) / "maps").open("rb") as lines:
        return len({line.split(None, 5)[4] for line in lines if line.endswith(b" (deleted)\n")})


def overflows(folder: Path, most_bytes: int) -> bool:
    """Whether a folder that a run writes to holds more than it may; one that cannot be read counts as if it did."""
    size = count = 0
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    count += 1
                    size += _size(entry)
                    if size > most_bytes or count > MAX_FILES:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except FileNotFoundError:  # it has gone meanwhile
            continue
        except OSError:
            return True
    return False


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_blocks * 512
    except FileNotFoundError:
        return 0


def remove(folder: Path) -> None:
    """Delete a folder that a program wrote to, however deep and however closed it left it."""
    with contextlib.suppress(OSError):
        folder.rmdir()
    for command in (["rm", "-rf"], ["chmod", "-R", "u+rwx"], ["rm", "-rf"]):  # rmtree knows no way down a deep one
        if folder.exists():
            subprocess.run([*command, "--", str(folder)], check=False, stderr=subprocess.DEVNULL)
