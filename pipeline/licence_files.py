"""Puts NOTICE and LICENSES/ beside an export, and takes away what an earlier export put there."""

from __future__ import annotations

from pathlib import Path

from ..policies.bundle import FOLDER, LicenceBundle
from ..policies.licence_texts import licence_text
from .workspace import replace_file


def write_licences(folder: Path, notice: str, bundle: LicenceBundle) -> None:
    """Write NOTICE and the texts of a bundle, each file in one step.

    Texts of an earlier export are removed. They are told by their content: what somebody added by hand, because
    no text of it ships, stays.
    """
    replace_file(folder / "NOTICE", notice.encode())
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    for path, text in bundle.licences.items():
        replace_file(folder / path, text.encode())
    for path in place.iterdir():
        if f"{FOLDER}/{path.name}" not in bundle.licences and _is_ours(path):
            path.unlink()
    if not any(place.iterdir()):
        place.rmdir()


def _is_ours(path: Path) -> bool:
    text = licence_text(path.stem)
    return text is not None and path.is_file() and path.read_bytes() == text.encode()
