from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import get_args

import pytest
from tracestill.policies import gate
from tracestill.policies.conditions import Condition
from tracestill.policies.library import load_terms
from tracestill.policies.lint import lint_folder
from tracestill.policies.overrides import load_overrides

PAGE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "overrides.yaml"])
def test_an_example_of_a_terms_file_loads(name, tmp_path):
    (tmp_path / name).write_text(EXAMPLES[name], encoding="utf-8")
    assert [terms.id for terms in load_terms(tmp_path).own] == [name.removesuffix(".yaml")]
    assert lint_folder(tmp_path, datetime.date(2026, 11, 23)).complaints == ()


def test_the_example_of_an_overrides_file_loads(tmp_path, shipped):
    path = tmp_path / "overrides.yaml"
    path.write_text(EXAMPLES["overrides.yaml"], encoding="utf-8")
    assert [override.id for override in load_overrides(path, shipped).overrides] == ["ov-1"]


def test_every_type_of_condition_is_explained():
    types = {get_args(one.model_fields["type"].annotation) for one in get_args(get_args(Condition)[0])}
    named = {name for names in types for name in names}
    assert len(named) >= 19
    assert not {name for name in named if f"`{name}`" not in PAGE}


def test_every_reason_code_is_explained():
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(gate.__file__).parent.glob("*.py"))
    codes = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', sources)) - {"LICENSES", "NOTICE"}
    assert len(codes) >= 20
    assert not {code for code in codes if f"`{code}`" not in PAGE}
