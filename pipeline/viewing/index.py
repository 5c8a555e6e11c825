"""What the page shows, as the ledger was a moment ago: made beside the requests, so that none waits for it.

A snapshot is a reader of its own with small tables of all traces and problems. A thread makes a new one when files of
the ledger have changed, and spends half of its time on that at the most. Texts are read from the ledger when asked for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import pyarrow as pa

from .. import logs
from ..corpus import Corpus, Row, read
from ..errors import TracestillError
from ..segments import table_of_lines
from ..view import View
from ..workspace import Workspace

Answer = TypeVar("Answer")

LOOK_SECONDS = 2.0
"""Between two looks at whether the ledger has changed."""
MEMORY_MB = 1024
_FATES = pa.schema([("trace_id", pa.string()), ("reason", pa.string())])


class Snapshot:
    """The workspace at one moment; may be asked by several threads at once."""

    def __init__(self, workspace: Workspace, view: View) -> None:
        self._corpus = Corpus(workspace, view)
        self._corpus.limit_memory(MEMORY_MB)
        for table in ("reported", "shown", "shown_problems"):
            self._corpus.share(table, table)
        self._corpus.create("fates", _fates(workspace))
        self.made_at = time.time()
        self._guard = threading.RLock()
        self._remembered: dict[Hashable, Any] = {}

    def remember(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """What ``make`` gives, made once for this snapshot."""
        with self._guard:
            if key not in self._remembered:
                self._remembered[key] = make()
            return self._remembered[key]

    def ask(self, question: str, **parameters: Any) -> list[Row]:
        """The answer of a question of queries/."""
        return self.reader().ask(question, **parameters)

    def reader(self) -> Corpus:
        """A reader for one request."""
        return self._corpus.cursor()


class Index:
    """The newest snapshot. Use as a context manager."""

    def __init__(self, workspace: Workspace, view: View, prepare: Callable[[Snapshot], object]) -> None:
        """Read the workspace.

        Args:
            workspace: the workspace.
            view: what of it the configuration describes.
            prepare: what every snapshot is asked once, before anybody sees it: the answers that take longest.
        """
        self._workspace = workspace
        self._view = view
        self._prepare = prepare
        self._seen = self._files()
        self._snapshot = self._make()
        self._ended = threading.Event()
        self._due = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="view-index", daemon=True)

    def __enter__(self) -> Self:
        self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._due.set()
        self._keeper.join()

    @property
    def snapshot(self) -> Snapshot:
        """The newest one; it stays usable for whoever holds it."""
        return self._snapshot

    def refresh(self) -> None:
        """Have a new one made now, such as after a review."""
        self._due.set()

    def _keep(self) -> None:
        while not self._ended.is_set():
            self._due.wait(LOOK_SECONDS)
            self._due.clear()
            if self._ended.is_set() or (seen := self._files()) == self._seen:
                continue
            began = time.monotonic()
            try:
                self._snapshot, self._seen = self._make(), seen
            except TracestillError as error:  # the page goes on with what it has
                logs.warning(f"view: the workspace could not be read again ({error})")
            self._ended.wait(time.monotonic() - began)

    def _make(self) -> Snapshot:
        # A reader that starts over when a file has gone; it must outlive the call.
        snapshot = read(self._workspace, self._view, lambda _: Snapshot(self._workspace, self._view))
        self._prepare(snapshot)
        return snapshot

    def _files(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for folder in (self._workspace.segments, self._workspace.journals):
            for path in folder.rglob("*"):
                status = _status(path)
                if status is not None:
                    found[str(path)] = status
        return found


def _fates(workspace: Workspace) -> pa.Table:
    """What the latest curation left out, and why."""
    path = workspace.reports / "left-out.jsonl"
    return table_of_lines(path.read_bytes() if path.exists() else b"", _FATES)


def _status(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns
