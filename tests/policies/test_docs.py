from __future__ import annotations

import re
from pathlib import Path

import pytest
from tracestill.policies import gate, reading
from tracestill.policies.library import load_terms
from tracestill.policies.overrides import load_overrides

PAGE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "overrides.yaml"])
def test_an_example_of_a_terms_file_loads(name, tmp_path):
    (tmp_path / name).write_text(EXAMPLES[name], encoding="utf-8")
    assert [terms.id for terms in load_terms(tmp_path).own] == [name.removesuffix(".yaml")]


def test_the_example_of_an_overrides_file_loads(tmp_path, shipped):
    path = tmp_path / "overrides.yaml"
    path.write_text(EXAMPLES["overrides.yaml"], encoding="utf-8")
    assert [override.id for override in load_overrides(path, shipped)] == ["ov-1"]


def test_every_reason_code_is_explained():
    sources = Path(gate.__file__).read_text() + Path(reading.__file__).read_text()
    codes = set(re.findall(r'"((?:UNKNOWN|CONDITION|EXCEPTION|STALE|SELF|LICENCE)_?[A-Z_]+)"', sources))
    assert len(codes) >= 8
    assert not {code for code in codes if f"`{code}`" not in PAGE}
