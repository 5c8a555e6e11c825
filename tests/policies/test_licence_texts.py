from __future__ import annotations

from pathlib import Path

import pytest
from tracestill.policies import library
from tracestill.policies.licence_texts import licence_text
from tracestill.policies.licences import check_spdx

FOLDER = Path(library.__file__).parent / "licence_texts"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt") if path.stem != "README")


@pytest.mark.parametrize("name", NAMES)
def test_a_text_is_the_file_to_the_letter(name):
    text = licence_text(name)
    assert text.encode() == (FOLDER / f"{name}.txt").read_bytes()
    assert len(text) > 600
    assert not text.startswith("---\nkey:")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Apache-2.0", "Version 2.0, January 2004"),
        ("CC-BY-SA-4.0", "Attribution-ShareAlike 4.0 International"),
        ("CC-BY-NC-4.0", "Attribution-NonCommercial 4.0 International"),
        ("llama3.1", "LLAMA 3.1 COMMUNITY LICENSE AGREEMENT"),
        ("llama3.2", "LLAMA 3.2 COMMUNITY LICENSE AGREEMENT"),
        ("llama4", "LLAMA 4 COMMUNITY LICENSE AGREEMENT"),
        ("llama4-use-policy", "Llama 4 Acceptable Use Policy"),
        ("gemma1-3", "Gemma Terms of Use"),
        ("deepseek-la-1.0", "DEEPSEEK LICENSE AGREEMENT"),
        ("LicenseRef-scancode-llama-3.3-license-2024", "LLAMA 3.3 COMMUNITY LICENSE AGREEMENT"),
        ("LicenseRef-scancode-openmdw-1.0", "OpenMDW License Agreement, version 1.0"),
    ],
)
def test_the_text_is_that_of_the_name(name, words):
    assert words in licence_text(name)


@pytest.mark.parametrize("name", ["README", "llama3", "", "../terms/cc-by", "/etc/passwd", "MIT.txt", "mit"])
def test_what_is_no_licence_that_ships_has_no_text(name):
    assert licence_text(name) is None


def test_names_are_spdx_ids_or_ids_of_terms():
    # Terms have small letters only; a name with a capital is an SPDX id.
    for name in NAMES:
        if name != name.lower():
            check_spdx(name)
