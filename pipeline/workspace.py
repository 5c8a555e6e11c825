"""Where things lie in a workspace, and the lock that keeps it to one run at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from .errors import ConfigError, DiskFull, WorkspaceError, WorkspaceLocked, WorkspaceTooNew
from .segments import KINDS, write_empty_segment

FORMAT = 2
"""Version of the form on disk that this code writes; a workspace with a higher one is refused."""


class Workspace:
    """A folder of journals, segments, the corpus and what was made from it.

    Attributes:
        path: the folder itself.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journals = path / "journal"
        self.segments = path / "ledger"
        self.corpus = path / "corpus.duckdb"
        self.exports = path / "exports"
        self.models = path / "models"
        self.reports = path / "reports"
        self.batches = path / "batches"
        self.ablations = path / "ablations"
        self.status = path / "status.json"
        self._lock = path / "lock"
        self._version = self.segments / "version"
        self._beneath = self.segments / "beneath"

    @classmethod
    def create(cls, path: Path) -> Workspace:
        """Open the workspace at ``path``, making what is missing of it.

        Raises:
            WorkspaceTooNew: it was written by a newer version.
            DiskFull: there is no space for it.
            WorkspaceError: the folder cannot be written.
        """
        workspace = cls(path)
        with storage_errors(path):
            for folder in (workspace.journals, workspace.exports, workspace.models, workspace.reports):
                folder.mkdir(parents=True, exist_ok=True)
            for kind in KINDS:
                folder = workspace.segments / kind
                folder.mkdir(parents=True, exist_ok=True)
                write_empty_segment(kind, folder)
        if not workspace._version.exists():
            workspace.set_form(FORMAT)
        workspace.check_version()
        return workspace

    @classmethod
    def open(cls, path: Path) -> Workspace:
        """Open a workspace that exists, to read it.

        Raises:
            ConfigError: there is none at ``path``.
            WorkspaceTooNew: it was written by a newer version.
        """
        workspace = cls(path)
        if not workspace.segments.is_dir():
            raise ConfigError(f"{path}: no workspace here yet; `tracestill generate` makes it")
        workspace.check_version()
        return workspace

    @property
    def beneath(self) -> Workspace | None:
        """The workspace whose ledger is read as if it were part of this one's, and never written from here."""
        try:
            return Workspace(Path(os.path.normpath(self.path / self._beneath.read_text(encoding="utf-8").strip())))
        except FileNotFoundError:
            return None

    def put_above(self, other: Workspace) -> None:
        """Have readers of this workspace see the ledger of ``other`` too; named by the way there, so both can move."""
        way = os.path.relpath(other.path.resolve(), self.path.resolve())
        with storage_errors(self.path):
            replace_file(self._beneath, f"{way}\n".encode())

    def form(self) -> int:
        """Version of the form that it has on disk.

        Raises:
            WorkspaceError: it does not say.
        """
        try:
            return int(self._version.read_text())
        except (FileNotFoundError, ValueError) as error:
            raise WorkspaceError(
                f"{self._version}: does not say which version the workspace has; "
                f"write {FORMAT} into it if you know that Tracestill made this folder"
            ) from error

    def set_form(self, form: int) -> None:
        """Put on record that it has another form now."""
        with storage_errors(self.path):
            replace_file(self._version, f"{form}\n".encode())

    def check_version(self) -> None:
        """Refuse a workspace whose form this code does not know."""
        found = self.form()
        if found > FORMAT:
            raise WorkspaceTooNew(
                f"{self.path}: the workspace has form {found}, this version of Tracestill knows up to {FORMAT}; "
                "upgrade with `pip install --upgrade tracestill`"
            )

    @contextlib.contextmanager
    def locked(self, run_id: str) -> Generator[None]:
        """Hold the workspace for one run; a killed process gives it back by itself.

        Raises:
            WorkspaceLocked: another process holds it; the message says which.
        """
        with storage_errors(self.path):
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise WorkspaceLocked(
                    f"{self.path}: another run holds this workspace ({_holder(self._lock)}); wait for it, or stop it"
                ) from None
            holder = json.dumps({"pid": os.getpid(), "run_id": run_id, "since": utc_now()})
            with storage_errors(self.path):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, holder.encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def held(self) -> bool:
        """Whether a run holds the workspace now."""
        try:
            descriptor = os.open(self._lock, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def write_status(self, status: dict[str, Any]) -> None:
        """Replace status.json, which tells other processes how far the run is."""
        with storage_errors(self.path):
            replace_file(self.status, json.dumps(status).encode(), durable=False)


@contextlib.contextmanager
def storage_errors(path: Path) -> Generator[None]:
    """Turn what the file system refuses into a typed error that says what to do."""
    try:
        yield
    except OSError as error:
        raise_storage_error(error, path)


def raise_storage_error(error: OSError, path: Path) -> NoReturn:
    """Raise the typed form of ``error``, which came from writing below ``path``."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        raise DiskFull(
            f"{path}: no space left on the disk; everything that was acknowledged is saved. "
            "Free some space and give the same command again"
        ) from error
    raise WorkspaceError(
        f"{error.filename or path}: {error.strerror or error}; check the folder and its rights"
    ) from error


def replace_file(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Put ``content`` at ``path`` in one step: readers see the old file or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(path)


def utc_now() -> str:
    """The time of day in UTC as the ledger writes it: ISO 8601 to the microsecond, no zone."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def new_run_id() -> str:
    """A name for one run that sorts by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def _holder(lock: Path) -> str:
    try:
        held = json.loads(lock.read_text())
        return f"process {held['pid']}, run {held['run_id']}, since {held['since']} UTC"
    except (OSError, ValueError, KeyError):
        return "its lock file does not say which"
