"""docs/problems.md says what is so."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from tracestill.pipeline.config_problems import ProblemSet
from tracestill.pipeline.plugins import plugin_class, plugin_ids
from tracestill.pipeline.problems.base import FIELDS, ProblemSource
from tracestill.pipeline.problems.reading import read_problems

PAGE = (Path(__file__).parents[2] / "docs/problems.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
PACKAGE = "tracestill.pipeline.problems"
SOURCES = plugin_ids(PACKAGE, ProblemSource)


def test_every_reader_is_described() -> None:
    assert sorted(SECTIONS) == SOURCES
    assert len(SOURCES) == 8


@pytest.mark.parametrize("source_id", SOURCES)
def test_every_option_is_described_where_its_reader_is(source_id: str) -> None:
    for option in plugin_class(PACKAGE, source_id, ProblemSource).Options.model_fields:
        assert f"`{option}`" in SECTIONS[source_id]


@pytest.mark.parametrize("source_id", SOURCES)
def test_a_reader_exports_its_one_class(source_id: str) -> None:
    module = import_module(f"{PACKAGE}.{source_id.replace('-', '_')}")
    assert [getattr(module, name) for name in module.__all__] == [plugin_class(PACKAGE, source_id, ProblemSource)]


def test_every_field_is_described() -> None:
    for field in FIELDS:
        assert re.search(rf"^\| .*`{field}`", PAGE, re.MULTILINE)


def test_the_examples_are_valid_settings() -> None:
    examples = [yaml.safe_load(block) for block in re.findall(r"(?:^    .*\n)+", PAGE, re.MULTILINE)]
    sets = [entry for block in examples for entry in (block["problems"] if isinstance(block, dict) else block)]
    assert len(sets) == 6
    for entry in sets:
        problem_set = ProblemSet(**entry)
        source_id = problem_set.format or ("jsonl" if str(problem_set.path).endswith("jsonl") else "table")
        plugin_class(PACKAGE, source_id, ProblemSource)(problem_set, Path())


def test_the_forms_of_tests_are_taken_as_they_are_shown(tmp_path: Path) -> None:
    forms = PAGE.partition("```json\n")[2].partition("```")[0].splitlines()
    rows = [{"prompt": "Q", "tests": json.loads(form)} for form in forms]
    (tmp_path / "set.jsonl").write_text("\n".join(map(json.dumps, rows)))
    problems = list(read_problems(ProblemSet(path="set.jsonl", domain="code"), tmp_path, print))
    assert len(problems) == 5
    assert [json.loads(problem.tests or "") for problem in problems] == [row["tests"] for row in rows]
