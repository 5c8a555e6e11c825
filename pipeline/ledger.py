"""The writing side of the ledger: append a record, and it is there after a kill.

A record is acknowledged once its line is in the journal. One background thread syncs the journals
once a second, seals full ones into segments and deletes sealed ones a minute later, so that readers
who listed them before are not disturbed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import secrets
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import msgspec

from .parts import clear
from .records import valid_unicode
from .segments import KINDS, seal, segment_name
from .workspace import Workspace, raise_storage_error, storage_errors

SEAL_BYTES = 4_000_000
SYNC_SECONDS = 1.0
KEEP_SEALED_SECONDS = 60.0
NEWBORN = ".new"
"""Ending of a journal that has no lock yet; nobody but its writer looks at it."""

_encoder = msgspec.json.Encoder()


@dataclass
class _Journal:
    kind: str
    path: Path
    descriptor: int
    size: int = 0
    dirty: bool = False


class Ledger:
    """Appends to a workspace. Use as a context manager; ``append`` may be called from one thread.

    Every writer has journals of its own, so a process that lives beside the run (a reviewer's page)
    can append reviews without the run's lock. Such a process leaves it to runs to tidy up: ``tidy=False``.
    """

    def __init__(self, workspace: Workspace, *, tidy: bool = True) -> None:
        self._workspace = workspace
        self._tidy = tidy
        self._journals: dict[str, _Journal] = {}
        self._full: queue.SimpleQueue[_Journal | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._failure: Exception | None = None
        self._keeper = threading.Thread(target=self._keep, name="ledger-keeper", daemon=True)

    def __enter__(self) -> Ledger:
        if self._tidy:
            with storage_errors(self._workspace.path):
                recover(self._workspace)
        self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for journal in self._journals.values():
            self._full.put(journal)
        self._journals.clear()
        self._full.put(None)
        self._keeper.join()
        if error is None:
            self._raise_failure()

    def append(self, kind: str, *records: msgspec.Struct) -> None:
        """Write records of ``kind``; they are safe from a kill when this returns.

        Raises:
            DiskFull: no space is left; the records were not written.
            WorkspaceError: the journal cannot be written.
        """
        self._raise_failure()
        lines = b"".join(map(encode_line, records))
        journal = self._journals.get(kind) or self._open(kind)
        self._write(journal, lines)
        if journal.size >= SEAL_BYTES:
            with self._guard:
                del self._journals[kind]
            self._full.put(journal)

    def _open(self, kind: str) -> _Journal:
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        path = self._workspace.journals / f"{kind}-{name}.jsonl"
        newborn = path.with_name(f".{kind}-{name}{NEWBORN}")
        with storage_errors(self._workspace.path):
            descriptor = os.open(newborn, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Under this name others take an unlocked journal for a dead one's, so it gets the name with its lock on.
            newborn.rename(path)
        journal = _Journal(kind, path, descriptor)
        with self._guard:
            self._journals[kind] = journal
        return journal

    def _write(self, journal: _Journal, lines: bytes) -> None:
        written = 0
        try:
            while written < len(lines):
                written += os.write(journal.descriptor, lines[written:])
        except OSError as error:
            # A torn line was never acknowledged; a later line must not be appended to it.
            os.ftruncate(journal.descriptor, journal.size)
            raise_storage_error(error, self._workspace.path)
        journal.size += written
        journal.dirty = True

    def _keep(self) -> None:
        delete_at: list[tuple[float, Path]] = []
        next_sync = time.monotonic() + SYNC_SECONDS
        while True:
            try:
                with contextlib.suppress(queue.Empty):
                    journal = self._full.get(timeout=max(0.0, next_sync - time.monotonic()))
                    if journal is None:
                        return
                    self._seal(journal)
                    delete_at.append((time.monotonic() + KEEP_SEALED_SECONDS, journal.path))
                if time.monotonic() >= next_sync:
                    self._sync()
                    next_sync = time.monotonic() + SYNC_SECONDS
                while delete_at and delete_at[0][0] <= time.monotonic():
                    delete_at.pop(0)[1].unlink(missing_ok=True)
            except Exception as error:  # noqa: BLE001 - raised by the next append; the journals stay
                self._failure = error

    def _seal(self, journal: _Journal) -> None:
        try:
            os.fsync(journal.descriptor)
            seal(journal.kind, journal.path, self._workspace.segments / journal.kind)
        finally:
            os.close(journal.descriptor)

    def _sync(self) -> None:
        with self._guard:
            dirty = [journal for journal in self._journals.values() if journal.dirty]
        for journal in dirty:
            journal.dirty = False
            os.fsync(journal.descriptor)

    def _raise_failure(self) -> None:
        if isinstance(self._failure, OSError):
            raise_storage_error(self._failure, self._workspace.path)
        if self._failure is not None:
            raise self._failure


def encode_line(record: msgspec.Struct) -> bytes:
    """The record as one line of JSON; text that UTF-8 cannot hold is mended first."""
    try:
        return _encoder.encode(record) + b"\n"
    except UnicodeEncodeError:
        mended = {
            name: valid_unicode(value)
            for name in record.__struct_fields__
            if isinstance(value := getattr(record, name), str)
        }
        return _encoder.encode(msgspec.structs.replace(record, **mended)) + b"\n"


def recover(workspace: Workspace) -> None:
    """Seal what dead writers left, and delete journals whose segment is a minute old.

    A journal whose writer lives, or that another process is recovering, is left alone: its lock is held.
    """
    leftovers = [*workspace.journals.glob(f".*{NEWBORN}")]
    for kind in KINDS:
        folder = workspace.segments / kind
        leftovers += folder.glob(".*.tmp")
        clear(folder)
        for journal in sorted(workspace.journals.glob(f"{kind}-*.jsonl")):
            with _claimed(journal) as claimed:
                if claimed:
                    _recover_journal(kind, journal, folder)
    for leftover in leftovers:
        if _age(leftover) > KEEP_SEALED_SECONDS:
            leftover.unlink(missing_ok=True)


def _recover_journal(kind: str, journal: Path, folder: Path) -> None:
    """Seal a journal that has no segment; looked at under its lock, which a writer holds until it has sealed."""
    segment = folder / f"{segment_name(journal)}.parquet"
    if not segment.exists():
        seal(kind, journal, folder)
    elif _age(segment) > KEEP_SEALED_SECONDS:
        journal.unlink(missing_ok=True)


def _age(path: Path) -> float:
    """Seconds since it was written; none for what has got another name meanwhile."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


@contextlib.contextmanager
def _claimed(journal: Path) -> Generator[bool]:
    """Hold the journal's lock; gives whether it could be had. One that has gone was sealed by somebody else."""
    try:
        descriptor = os.open(journal, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        yield False
        return
    try:
        yield True
    finally:
        os.close(descriptor)
