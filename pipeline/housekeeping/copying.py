"""Copies a workspace to another place and back: a folder, or whatever fsspec reaches.

A copy is a workspace like any other, with ``backup.json`` beside it: the size and SHA-256 of every file. Only what is
new or changed is sent. The index comes last, so a copy that breaks off is completed by the next, and a file that was
not sent whole is found when it is restored.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, cast

import fsspec  # pyright: ignore[reportMissingTypeStubs]
import msgspec

from .. import logs
from ..errors import ConfigError, WorkspaceError
from ..progress import Progress
from ..segments import list_files
from ..stopping import Stop
from ..workspace import Workspace, storage_errors

INDEX = "backup.json"
DEPENDENTS_FIRST = ("examples", "reviews", "verdicts", "events", "traces", "decisions", "problems")
"""The order in which journals are listed: what a row refers to is listed after it, and so is in the copy."""
NOT_COPIED = {"lock", "status.json", "corpus.duckdb", "journal", "ledger", "checkpoints", "prepared", "__pycache__"}
"""What belongs to a running process, can be made again, or is copied by its own rules."""
JOURNAL = ".jsonl"
LISTINGS = 20
"""How often the ledger is listed again because a journal was sealed meanwhile."""


class Copied(msgspec.Struct, frozen=True):
    """One file of a copy."""

    size: int
    sha256: str
    modified_ns: int
    """When the file of the workspace was changed last, to pass it over unread; 0 for one that grows."""


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy holds, and what was done for it."""

    files: int
    bytes: int
    sent: int
    """Files that were new or changed."""
    removed: int
    """Files that were in the copy and are not in the workspace any more."""


Index = dict[str, Copied]


def back_up(workspace: Workspace, target: str, progress: Progress, stop: Stop) -> Backup:
    """Bring the copy at ``target`` up to date; a run may write meanwhile.

    Raises:
        ConfigError: there is something else at ``target``, or no library that reaches it.
        WorkspaceError: it cannot be written.
        Interrupted: a signal came; the next backup goes on from there.
    """
    place = _Place(target)
    before = place.index() or {}
    if not before and place.holds_something():
        raise ConfigError(f"{target}: there is something here, and it is no backup; name an empty folder")
    sending = _Sending(place, before, progress, stop)
    for path in _files(workspace):
        sending.bring(path.relative_to(workspace.path).as_posix(), path)
    names = sending.bring_ledger(workspace)
    index = {name: one for name, one in sending.index.items() if not _is_of_ledger(name) or name in names}
    place.write_index(index)
    gone = sorted((before.keys() | sending.index.keys()) - index.keys())
    place.remove(gone)
    size = sum(one.size for one in index.values())
    return Backup(files=len(index), bytes=size, sent=sending.sent, removed=len(gone))


def restore(source: str, path: Path, progress: Progress, stop: Stop) -> Backup:
    """Make a workspace at ``path`` from the copy at ``source``; it is there whole, or not at all.

    Raises:
        ConfigError: there is no copy at ``source``, or something at ``path``.
        WorkspaceError: a file of the copy is missing or damaged.
        Interrupted: a signal came; nothing was made.
    """
    place = _Place(source)
    index = place.index()
    if index is None:
        raise ConfigError(f"{source}: there is no {INDEX} here; name what `tracestill backup` was given")
    if path.exists() and any(path.iterdir()):
        raise ConfigError(f"{path}: there is a workspace here already; move it away, or set another `workspace`")
    scratch = path.with_name(f".{path.name}.restoring")
    with storage_errors(path):
        shutil.rmtree(scratch, ignore_errors=True)
        for name, one in index.items():
            stop.check("the restoration")
            place.fetch(name, one, scratch / name)
            progress.advance()
        if path.exists():
            path.rmdir()
        scratch.rename(path)
    return Backup(files=len(index), bytes=sum(one.size for one in index.values()), sent=len(index), removed=0)


def _files(workspace: Workspace) -> Iterator[Path]:
    """Everything but segments and journals: reports, exports, students, open batches, what kind of workspace it is."""
    for path in sorted(workspace.path.rglob("*")):
        parts = path.relative_to(workspace.path).parts
        if path.is_file() and not any(part in NOT_COPIED or part.startswith(".") for part in parts):
            yield path
    yield from (path for name in ("version", "beneath") if (path := workspace.segments / name).exists())


def _is_of_ledger(name: str) -> bool:
    return name.startswith("journal/") or (name.startswith("ledger/") and name.endswith(".parquet"))


class _Sending:
    """One backup under way.

    Attributes:
        index: what the copy holds of the workspace now.
        sent: files that were new or changed.
    """

    def __init__(self, place: _Place, before: Index, progress: Progress, stop: Stop) -> None:
        self.index: Index = {}
        self.sent = 0
        self._place = place
        self._before = before
        self._progress = progress
        self._stop = stop

    def bring(self, name: str, path: Path) -> None:
        """Send a file unless the copy has it."""
        self._stop.check("the backup")
        known = self.index.get(name) or self._before.get(name)
        self.index[name], was_sent = self._place.bring(path, name, known)
        self.sent += was_sent
        self._progress.advance()

    def bring_ledger(self, workspace: Workspace) -> set[str]:
        """Send the segments and journals of one moment, listed again as long as one goes; gives their names."""
        for _ in range(LISTINGS):
            found = [list_files(kind, workspace.journals, workspace.segments) for kind in DEPENDENTS_FIRST]
            paths = {
                path.relative_to(workspace.path).as_posix(): path
                for one in found
                for path in (*one.segments, *one.journals)
            }
            try:
                for name, path in paths.items():
                    if name not in self.index or path.suffix == JOURNAL:
                        self.bring(name, path)
            except FileNotFoundError:
                continue
            if all(path.exists() for path in paths.values()):
                return set(paths)
        raise WorkspaceError(f"{workspace.path}: its files changed under {LISTINGS} listings in a row; try again")


class _Place:
    """Where a copy lies."""

    def __init__(self, url: str) -> None:
        self._url = url
        try:
            self._files: Any
            self._root: str
            self._files, self._root = cast("Any", fsspec).url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise ConfigError(f"{url}: cannot be reached ({error}); give a path, or install what it names") from error

    def index(self) -> Index | None:
        """What the copy holds; null where there is none."""
        try:
            with self._files.open(f"{self._root}/{INDEX}", "rb") as file:
                return msgspec.json.decode(file.read(), type=Index)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError as error:
            raise WorkspaceError(f"{self._url}/{INDEX}: is damaged ({error}); back up to another place") from error

    def holds_something(self) -> bool:
        return self._files.exists(self._root) and bool(self._files.ls(self._root))

    def write_index(self, index: Index) -> None:
        with self._writing(INDEX) as target:
            self._files.pipe_file(target, msgspec.json.format(msgspec.json.encode(index), indent=1) + b"\n")

    def bring(self, path: Path, name: str, known: Copied | None) -> tuple[Copied, bool]:
        """Send a file unless the copy has it; gives what the copy has now, and whether it was sent."""
        if path.suffix == JOURNAL and path.parent.name == "journal":
            return self._bring_journal(path, name, known)
        modified = path.stat().st_mtime_ns
        if known is not None and known.modified_ns == modified and self._has(name, known):
            return known, False
        with path.open("rb") as file:
            one = Copied(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest(), modified)
        if known is not None and known.sha256 == one.sha256 and self._has(name, one):
            return one, False
        with self._writing(name) as target:
            self._files.put_file(str(path), target)
        return one, True

    def _bring_journal(self, path: Path, name: str, known: Copied | None) -> tuple[Copied, bool]:
        content = path.read_bytes()
        content = content[: content.rfind(b"\n") + 1]  # the last line may still be on its way
        one = Copied(len(content), hashlib.sha256(content).hexdigest(), 0)
        if known is not None and known.sha256 == one.sha256 and self._has(name, one):
            return one, False
        with self._writing(name) as target:
            self._files.pipe_file(target, content)
        return one, True

    def fetch(self, name: str, one: Copied, path: Path) -> None:
        """Write a file of the copy to ``path``, and see that it is what the index says."""
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise WorkspaceError(f"{self._url}/{INDEX}: names {name!r}, which lies outside; this is no backup of ours")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._files.get_file(f"{self._root}/{name}", str(path))
        except FileNotFoundError as error:
            raise WorkspaceError(f"{self._url}/{name}: is missing; the copy is damaged") from error
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != one.sha256:
                raise WorkspaceError(f"{self._url}/{name}: is not what {INDEX} says; the copy is damaged, or broke off")

    def remove(self, names: list[str]) -> None:
        for name in names:
            try:
                self._files.rm_file(f"{self._root}/{name}")
            except FileNotFoundError:
                logs.info(f"{self._url}/{name}: was gone already")

    def _has(self, name: str, one: Copied) -> bool:
        try:
            return self._files.info(f"{self._root}/{name}")["size"] == one.size
        except FileNotFoundError:
            return False

    @contextlib.contextmanager
    def _writing(self, name: str) -> Generator[str]:
        target = f"{self._root}/{name}"
        try:
            self._files.makedirs(target.rpartition("/")[0], exist_ok=True)
            yield target
        except FileNotFoundError:
            raise
        except OSError as error:
            raise WorkspaceError(f"{self._url}: cannot be written ({error})") from error
