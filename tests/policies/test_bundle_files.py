"""Whether a file that terms ask for is found among what is published, and whether its text ships under that name."""

from __future__ import annotations

import pytest
from tracestill.policies.bundle import FOLDER
from tracestill.policies.circumstances import Bundle
from tracestill.policies.duties import Duty
from tracestill.policies.licence_texts import licence_text

WITHOUT_A_TEXT = {
    "command-r-use-policy", "falcon2-use-policy", "llama2-use-policy", "llama3", "llama3-use-policy",
    "llama3.1-use-policy", "llama3.2-use-policy", "llama3.3-use-policy", "minimax-01", "minimax-m2", "tongyi-2023",
}  # fmt: skip
"""Files that terms ask for and whose text nobody may have put here yet: the bundle lists them as open points."""


@pytest.mark.parametrize(
    ("wanted", "others", "path"),
    [
        ("LICENSES/llama3.1.txt", (), "LICENSES/llama3.1.txt"),
        ("LICENSES/llama3.1.txt", (), "Llama-3.1-Community-Licence.md"),
        ("LICENSES/llama3.1.txt", ("license-llama",), "LICENSE-llama"),
        ("LICENSES/llama3.1.txt", ("license-llama",), "LICENCE_Llama.txt"),
        ("LICENSES/llama3.1-use-policy.md", ("use-policy",), "USE_POLICY.md"),
        ("LICENSES/MIT.txt", ("license-mit",), "LICENSE-MIT"),
        ("LICENSES/MIT.txt", (), "a/b/MIT"),
        ("LICENSES/Apache-2.0.txt", (), "apache_2_0.txt"),
    ],
)
def test_a_file_is_found_under_its_names(wanted, others, path):
    assert Bundle({path: None}).holds(wanted, others)


@pytest.mark.parametrize(
    ("wanted", "others", "path"),
    [
        ("LICENSES/llama3.1.txt", (), "Llama-3.1-Acme/config.json"),
        ("LICENSES/llama3.txt", (), "LICENSES/llama3.1.txt"),
        ("LICENSES/llama3.1.txt", ("license-llama",), "LICENSE-llama-2"),
        ("LICENSES/llama3.1.txt", ("license-llama",), "LICENSES/llama3.1-use-policy.md"),
        ("LICENSES/MIT.txt", (), "limits.md"),
        ("LICENSES/MIT.txt", (), "mitigation.md"),
        ("LICENSES/MIT.txt", (), "submit.txt"),
        ("LICENSES/deepseek-la-1.0.txt", ("license-model",), "LICENSE"),
    ],
)
def test_what_only_looks_like_it_is_not_taken_for_it(wanted, others, path):
    assert not Bundle({path: None}).holds(wanted, others)


def _files(terms):
    rules = [condition for rule in terms.rules.values() for condition in (*rule.conditions, *rule.as_base)]
    ways = [condition for exemption in terms.exceptions for condition in exemption.conditions]
    return {one.file for one in (*rules, *ways) if isinstance(one, Duty) and one.file is not None}


def test_every_file_that_is_asked_for_ships_or_is_known_not_to(shipped):
    asked = {file for terms in shipped.all for file in _files(terms)}
    assert all(file.startswith(f"{FOLDER}/") for file in asked)
    names = {file.removeprefix(f"{FOLDER}/").rpartition(".")[0] for file in asked}
    assert {name for name in names if licence_text(name) is None} == WITHOUT_A_TEXT


def test_a_text_that_ships_satisfies_whoever_asks_for_it(shipped):
    for terms in shipped.all:
        for file in _files(terms):
            assert Bundle({file: None}).holds(file), file


@pytest.mark.parametrize(
    ("card", "verdict", "code"),
    [
        (None, "conditional", "CONDITIONS_MET"),
        ("Built with Llama", "conditional", "CONDITIONS_MET"),
        ("Built with care", "prohibited", "CONDITION_UNMET"),
    ],
)
def test_a_card_is_read_where_its_text_is_known(make_gate, local, card, verdict, code):
    notice = "Llama 3.1 is licensed under the Llama 3.1 Community License, "
    notice += "Copyright © Meta Platforms, Inc. All Rights Reserved."
    texts = {"README.md": card, "NOTICE": card and notice}
    files = texts | dict.fromkeys(["LICENSES/llama3.1.txt", "LICENSES/llama3.1-use-policy.md"], card)
    gate = make_gate(
        "weights_release",
        student={"name": "Llama-Acme"},
        attest=("mau_at(2024-07-23)<=700M",),
        bundle=Bundle(files),
    )
    ruling = gate.judge_teacher(local("meta-llama/Llama-3.1-8B-Instruct"), "publish")
    assert (ruling.verdict, code in ruling.reason_codes) == (verdict, True)


def test_a_card_too_long_to_be_read_stays_to_be_checked(make_gate, local):
    files = dict.fromkeys(["LICENSES/llama3.1.txt", "USE_POLICY.md", "NOTICE"], "Built with Llama") | {
        "README.md": None
    }
    gate = make_gate("weights_release", student={"name": "Llama-Acme"}, bundle=Bundle(files))
    ruling = gate.judge_teacher(local("meta-llama/Llama-3.1-8B-Instruct"), "publish")
    display = next(one for one in ruling.obligations if one.condition.type == "display")
    assert display.state.name == "PENDING"
