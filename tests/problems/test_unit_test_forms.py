from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tracestill.pipeline.config_problems import ProblemSet
from tracestill.pipeline.errors import ProblemError
from tracestill.pipeline.problems.reading import read_problems

FORMS: list[dict[str, Any]] = [
    {"kind": "function", "entry_point": "f", "cases": [{"args": [1, "a", None], "expected": [True]}]},
    {"kind": "function", "entry_point": "f", "cases": [{"args": [], "kwargs": {"b": 2.0, "a": {}}, "expected": None}]},
    {"kind": "asserts", "asserts": ["assert f(1) == 2"]},
    {"kind": "asserts", "setup": "import math", "asserts": ["assert f(1) == 2"]},
    {"kind": "check", "entry_point": "f", "code": "def check(candidate):\n    assert candidate(1) == 2"},
    {"kind": "stdio", "cases": [{"stdin": "", "stdout": "ä\n"}]},
    {"kind": "stdio", "cases": [{"stdin": "1", "stdout": "1"}], "checker": "def check(stdin, stdout): ..."},
    {"kind": "pytest", "code": "def test_f(): ..."},
]


def kept(folder: Path, tests: object) -> str | None:
    (folder / "set.jsonl").write_text(json.dumps({"prompt": "Q", "domain": "code", "tests": tests}))
    (problem,) = read_problems(ProblemSet(path="set.jsonl"), folder, print)
    return problem.tests


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_kept_to_the_letter(tmp_path: Path, form: dict[str, Any]) -> None:
    text = kept(tmp_path, form)
    assert text == json.dumps(form, separators=(",", ":"), ensure_ascii=False)
    assert kept(tmp_path, json.dumps(form)) == text


def test_numbers_and_the_order_of_keys_stay_as_they_are(tmp_path: Path) -> None:
    text = kept(tmp_path, FORMS[1])
    assert text is not None
    assert '"kwargs":{"b":2.0,"a":{}}' in text


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        ({"kind": "functions"}, "tests: .*'function', 'asserts', 'check', 'stdio', 'pytest'"),
        ({"asserts": ["assert True"]}, "tests: .*kind"),
        ({"kind": "function", "entry_point": "f"}, "tests.function.cases: Field required; docs/problems.md"),
        ({"kind": "function", "entry_point": "f", "cases": []}, "tests.function.cases: .*at least 1"),
        ({"kind": "function", "entry_point": "", "cases": [{"args": [], "expected": 1}]}, "tests.function.entry_point"),
        ({"kind": "function", "entry_point": "f", "cases": [{"args": []}]}, "tests.function.cases.0.expected"),
        (
            {"kind": "function", "entry_point": "f", "cases": [{"args": 1, "expected": 1}]},
            "tests.function.cases.0.args",
        ),
        ({"kind": "asserts", "asserts": [""]}, "tests.asserts.asserts.0"),
        ({"kind": "asserts", "assert": ["x"], "asserts": ["x"]}, "tests.asserts.assert: Extra inputs"),
        ({"kind": "check", "code": "x"}, "tests.check.entry_point"),
        ({"kind": "stdio", "cases": [{"stdin": "1"}]}, "tests.stdio.cases.0.stdout"),
        ({"kind": "stdio", "cases": [{"stdin": 1, "stdout": "1"}]}, "tests.stdio.cases.0.stdin"),
        ({"kind": "pytest"}, "tests.pytest.code"),
        (["assert True"], "tests: must be an object, not list"),
        ("assert True", "tests: not JSON"),
        ("[1]", "tests: must be an object, not list"),
        ('{"kind": "pytest", "code": NaN}', "tests"),
    ],
)
def test_another_form_is_refused_with_its_key(tmp_path: Path, tests: object, message: str) -> None:
    with pytest.raises(ProblemError, match=rf"set\.jsonl:1: {message}"):
        kept(tmp_path, tests)
