"""Puts NOTICE and LICENSES/ beside rows or weights, with the texts that a person added to the export before."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..policies.bundle import FOLDER, LicenceBundle
from ..policies.licence_texts import licence_text


def write_licences(folder: Path, notice: str, bundle: LicenceBundle, before: Path | None = None) -> None:
    """Write NOTICE and the texts of a bundle.

    Args:
        folder: the new export, or a student's.
        notice: the text of NOTICE.
        bundle: which texts come along.
        before: the export whose place it takes, if any. What somebody added to the licences there stays; it is told
            by its content, because no text of it ships. A file that is needed now is written again.
    """
    (folder / "NOTICE").write_text(notice, encoding="utf-8")
    for path, text in bundle.licences.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    for path in sorted((before / FOLDER).glob("*")) if before is not None else ():
        if f"{FOLDER}/{path.name}" not in bundle.licences and not _is_ours(path):
            (folder / FOLDER).mkdir(exist_ok=True)
            _copy(path, folder / FOLDER / path.name)


def _copy(path: Path, target: Path) -> None:
    if path.is_dir():
        shutil.copytree(path, target)
    else:
        shutil.copy2(path, target)


def _is_ours(path: Path) -> bool:
    text = licence_text(path.stem)
    return text is not None and path.is_file() and path.read_bytes() == text.encode()
