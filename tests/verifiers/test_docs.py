"""What the page on verifiers says, held against the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from tracestill.pipeline.config_verify import Verify
from tracestill.pipeline.plugins import plugin_class, plugin_ids
from tracestill.verifiers.base import Verifier
from tracestill.verifiers.cascade import Cascade

PAGE = (Path(__file__).parents[2] / "docs" / "verifiers.md").read_text(encoding="utf-8")
ROWS = {row[0]: row for row in re.findall(r"^\| `([\w-]+)` \| (\d+) \| .* \| (.*) \|$", PAGE, re.MULTILINE)}


def test_every_verifier_has_a_row():
    assert sorted(ROWS) == plugin_ids("tracestill.verifiers", Verifier)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_row_gives_cost_and_settings(name):
    verifier = plugin_class("tracestill.verifiers", name, Verifier)
    _, cost, described = ROWS[name]
    settings = {key: field.default for key, field in verifier.Settings.model_fields.items() if key != "required"}
    shown = {key: "none" if value is None else str(value).lower() for key, value in settings.items()}
    assert int(cost) == verifier.cost
    assert described == (", ".join(f"`{key}` ({value.removesuffix('.0')})" for key, value in shown.items()) or "none")


def test_the_example_is_a_configuration():
    example = re.search(r"(?: {4}verify:\n)(?: {4}.*\n)+", PAGE)
    assert example is not None
    Cascade(Verify(**yaml.safe_load(example[0])["verify"])).close()


def test_the_example_of_a_verifier_is_one(math_problem, candidate):
    example = re.search(r"^ {4}from pydantic.*?(?=^\S)", PAGE, re.MULTILINE | re.DOTALL)
    assert example is not None
    source = re.sub(r"^ {4}", "", example[0], flags=re.MULTILINE).replace("from ..", "from tracestill.")
    names = {"__name__": "exclamations"}
    exec(source.replace("from .base", "from tracestill.verifiers.base"), names)
    verifier = names["Exclamations"](names["Exclamations"].Settings())
    assert verifier.verify(math_problem, candidate("Two!")).outcome == "pass"
    assert verifier.verify(math_problem, candidate("Two!!!!")).outcome == "fail"
