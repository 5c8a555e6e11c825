"""The manifest of a workspace: hashes of its terms, prompts, segments and outputs, chained so that a change shows.

``reports/manifest.jsonl`` only grows. Each line holds the hash of the line before it, so no line can be changed or
taken out without every later one showing it; whoever notes the last line's hash elsewhere, such as in a signed
release, can prove what the workspace held on that day.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from .corpus import Corpus
from .errors import WorkspaceError
from .parts import parts_of, rows_by_part
from .row_hashes import root, row_hash
from .segments import KINDS, list_files
from .workspace import Workspace, replace_file

BEGINNING = "0" * 64
"""What stands in the place of a line before the first."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that existed when a report was written."""

    sequence: int
    kind: Literal["policy", "prompt", "segment", "output"]
    name: str
    sha256: str
    """Of the text, the file or the rows; null characters never stand for a missing thing: it has an entry ``gone``."""
    rows: int | None = None
    """Rows of a segment, those that were taken out included."""
    recorded_at: str
    previous: str
    """Hash of the line before."""
    hash: str = ""
    """Hash of this line without this field."""

    def sealed(self) -> Entry:
        """The entry with its own hash."""
        bare = msgspec.structs.replace(self, hash="")
        text = msgspec.json.encode(bare, order="sorted")
        return msgspec.structs.replace(self, hash=hashlib.sha256(text).hexdigest())


GONE = "gone"
"""In the place of a hash: an output that was there at an earlier report and is not any more."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not as the manifest says."""

    kind: str
    name: str
    problem: str


def manifest_path(workspace: Workspace) -> Path:
    """Where the manifest lies."""
    return workspace.reports / "manifest.jsonl"


def extend(workspace: Workspace, corpus: Corpus, now: str) -> list[Entry]:
    """Add what is new or changed since the last report; gives the whole manifest.

    Segments never change, so one that has an entry is not read again.

    Raises:
        WorkspaceError: the manifest that is there is damaged.
    """
    entries = read_manifest(workspace)
    latest = {(entry.kind, entry.name): entry for entry in entries}
    known = {name for kind, name in latest if kind == "segment"}
    for kind, name, sha256, rows in _present(workspace, corpus, known):
        before = latest.pop((kind, name), None)
        if before is None or before.sha256 != sha256:
            entries.append(_next(entries, kind, name, sha256, rows, now))
    for (kind, name), before in latest.items():
        if kind == "output" and before.sha256 != GONE:
            entries.append(_next(entries, "output", name, GONE, None, now))
    lines = b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)
    replace_file(manifest_path(workspace), lines)
    return entries


def read_manifest(workspace: Workspace) -> list[Entry]:
    """The entries so far; none where no report was written yet.

    Raises:
        WorkspaceError: a line cannot be read.
    """
    path = manifest_path(workspace)
    if not path.exists():
        return []
    entries: list[Entry] = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            entries.append(msgspec.json.decode(line, type=Entry))
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise WorkspaceError(f"{path}:{number}: is no entry of a manifest ({error}); it was changed") from error
    return entries


def verify(workspace: Workspace, corpus: Corpus) -> list[Finding]:
    """Everything in which the workspace differs from its manifest.

    Raises:
        WorkspaceError: there is no manifest, or a line of it cannot be read.
    """
    entries = read_manifest(workspace)
    if not entries:
        raise WorkspaceError(
            f"{manifest_path(workspace)}: there is no manifest yet; `tracestill report --compliance` writes it"
        )
    findings = list(_broken_links(entries))
    latest = {(entry.kind, entry.name): entry for entry in entries if entry.sha256 != GONE}
    present = {(kind, name): sha256 for kind, name, sha256, _ in _present(workspace, corpus, set())}
    for key, entry in latest.items():
        kind, name = key
        found = present.get(key)
        if found is None and not (kind == "output" and _gone_since(entries, entry)):
            findings.append(Finding(kind=kind, name=name, problem="is not there any more"))
        elif found is not None and found != entry.sha256:
            problem = "has other rows" if kind == "segment" else "was changed"
            findings.append(Finding(kind=kind, name=name, problem=f"{problem} since {entry.recorded_at}"))
    return findings


def _gone_since(entries: list[Entry], entry: Entry) -> bool:
    return any(one.name == entry.name and one.sha256 == GONE and one.sequence > entry.sequence for one in entries)


def _broken_links(entries: Iterable[Entry]) -> Iterator[Finding]:
    previous = BEGINNING
    for sequence, entry in enumerate(entries):
        if entry.sequence != sequence or entry.previous != previous or entry.sealed().hash != entry.hash:
            problem = f"line {sequence + 1} of the manifest was changed, or one before it was taken out"
            yield Finding(kind="manifest", name=entry.name, problem=problem)
        previous = entry.hash


def _next(entries: list[Entry], kind: str, name: str, sha256: str, rows: int | None, now: str) -> Entry:
    previous = entries[-1].hash if entries else BEGINNING
    raw = {"sequence": len(entries), "kind": kind, "name": name, "sha256": sha256, "rows": rows}
    return msgspec.convert(raw | {"recorded_at": now, "previous": previous}, Entry).sealed()


_Item = tuple[str, str, str, int | None]


def _present(workspace: Workspace, corpus: Corpus, known: set[str]) -> Iterator[_Item]:
    """Kind, name, hash and rows of everything that is there; segments that are known are passed over."""
    for row in corpus.ask("texts_on_record"):
        yield row["kind"], row["subject"], hashlib.sha256(row["details"].encode()).hexdigest(), None
    taken_out: dict[str, list[str]] = {}
    for row in corpus.ask("tombstones"):
        taken_out.setdefault(row["segment"], []).extend(row["rows"])
    for kind in KINDS:
        for segment in list_files(kind, workspace.journals, workspace.segments).segments:
            if known.issuperset(f"{kind}/{part.name}" for part in parts_of(segment)):
                continue
            for part, present in rows_by_part(segment):
                name = f"{kind}/{part}"
                sha256, rows = root([*map(row_hash, present), *taken_out.get(name, [])])
                yield "segment", name, sha256, rows
    for path in sorted(_outputs(workspace)):
        with path.open("rb") as file:
            yield "output", str(path.relative_to(workspace.path)), hashlib.file_digest(file, "sha256").hexdigest(), None


def _outputs(workspace: Workspace) -> Iterator[Path]:
    """Files that others may get: exported sets and trained students."""
    for folder in (workspace.exports, workspace.models):
        for place, folders, names in os.walk(folder):
            folders[:] = [
                name for name in folders if name not in ("checkpoints", "prepared") and not name.startswith(".")
            ]
            yield from (Path(place) / name for name in names if not name.startswith("."))
