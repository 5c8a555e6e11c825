"""Full texts of licences that ship with Tracestill, to be put beside what is passed on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

_PACKAGE = __name__.rpartition(".")[0]
_NOTE = "README"
_SCANCODE = "LicenseRef-scancode-"
_OTHER_NAMES: Mapping[str, str] = {
    "llama-2-license-2023": "llama2",
    "llama-3.1-license-2024": "llama3.1",
    "llama-3.2-license-2024": "llama3.2",
    "llama-3.3-license-2024": "llama3.3",
    "llama-4-cla-2025": "llama4",
    "gemma-tou-2025-03-24": "gemma1-3",
    "deepseek-la-1.0": "deepseek-la-1.0",
    "qwen-2024": "qwen-2024",
    "bigcode-open-rail-m-v1": "starcoder-openrail",
    "falcon-2-11b-1.0": "falcon2",
    "nvidia-open-model-2025-04-28": "nemotron-oml",
    "openmdw-1.0": "openmdw",
    "moonshot-ai-modified-mit-2025": "kimi-k2",
}
"""ScanCode's keys of texts that ship under the id of our own terms."""


def licence_text(name: str) -> str | None:
    """The text of a licence by its SPDX id, ScanCode's ``LicenseRef``, or the id of terms; None where none ships."""
    file = _files().get(_OTHER_NAMES.get(name.removeprefix(_SCANCODE), name))
    # Read as bytes: universal newlines would change the copy.
    return None if file is None else (resources.files(_PACKAGE) / "licence_texts" / file).read_bytes().decode()


@cache
def _files() -> dict[str, str]:
    # The folder is listed rather than asked for a name, so that no name can lead out of it.
    names = [file.name for file in (resources.files(_PACKAGE) / "licence_texts").iterdir()]
    return {name.removesuffix(".txt"): name for name in names if name.endswith(".txt") and name != f"{_NOTE}.txt"}
