from __future__ import annotations

import datetime
import json

import pytest
import yaml
from tracestill.policies import lint
from tracestill.policies.lint import lint_folder, lint_shipped

TODAY = datetime.date(2026, 11, 23)
SIX = (
    "internal_research",
    "internal_product_noncompeting",
    "competing_model",
    "dataset_release",
    "weights_release",
    "commercial_use",
)
ALLOWED = {"verdict": "allowed", "basis": "express", "clause": "c"}
ALL = dict.fromkeys(SIX, ALLOWED)


def _said(folder):
    return [str(one) for one in lint_folder(folder, TODAY).complaints]


def test_nothing_is_wrong_with_what_ships():
    report = lint_shipped(datetime.date(2026, 11, 30))  # the day of the latest reading
    assert report.files >= 85
    assert report.complaints == ()


def test_nothing_is_said_of_a_complete_file(write_terms):
    assert _said(write_terms("acme", rules=ALL)) == []
    assert _said(write_terms("acme", rules={}, missing="The text has to be read.")) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"rules": ALL | {"commercial_use": None}}, "acme.yaml: rules.commercial_use"),
        (
            {"rules": dict.fromkeys(SIX[:5], ALLOWED)},
            "acme.yaml: rules.commercial_use: is missing; give the use a rule",
        ),
        ({"rules": ALL | {"commercial_use": {"verdict": "allowed", "basis": "express"}}}, "needs a clause"),
        ({"id": "acme-2", "rules": ALL}, "acme.yaml: id: 'acme-2' is not the file's name"),
        ({"review": {"reviewed": "2026-11-23", "review_by": "2028-01-01"}}, "review.review_by: at most 365 days"),
        (
            {"rules": ALL, "review": {"reviewed": "2027-01-01", "review_by": "2027-02-01"}},
            "review.reviewed: 2027-01-01 lies in the future",
        ),
        (
            {"rules": ALL, "review": {"reviewed": "2026-11-01", "review_by": "2027-02-01"}},
            "documents.d.retrieved: 2026-11-23 lies after review.reviewed",
        ),
        (
            {
                "rules": ALL,
                "exceptions": [
                    {"id": "e", "clause": "c", "uses": ["commercial_use"], "when": [{"type": "not_distributed"}]}
                ],
            },
            "exceptions.e.uses: opens nothing for commercial_use, which is allowed",
        ),
        (
            {"rules": ALL | {"weights_release": ALLOWED | {"as_base": [{"type": "licence_copy", "text": "Copy it."}]}}},
            "rules.weights_release.as_base: licence_copy names no file, so that nobody can find it",
        ),
        (
            {
                "kind": "dataset-licence",
                "matches": {"datasets": ["acme/set"]},
                "rules": ALL,
                "lineage": [{"policy": "nowhere", "note": "as its card says"}],
            },
            "lineage: no terms have the id 'nowhere'",
        ),
        (
            {
                "kind": "service-terms",
                "matches": {},
                "rules": ALL,
                "superseded": {"by": "nowhere", "since": "2026-02-01", "until": "2026-01-01"},
            },
            "superseded.by: no terms have the id 'nowhere'",
        ),
        (
            {
                "kind": "service-terms",
                "matches": {},
                "rules": ALL,
                "superseded": {"by": "together", "since": "2026-02-01", "until": "2026-01-01"},
            },
            "superseded.until: 2026-01-01 is no day",
        ),
        (
            {"matches": {"models": ["*llama-3.1-8b*"]}, "rules": {}, "missing": "It has to be read."},
            "matches.models: 'llama-3.1-8b' is known by llama3.1 and would become unknown; narrow the patterns",
        ),
        (
            {"matches": {"models": ["*llama-3*"]}, "rules": {}, "missing": "It has to be read."},
            "matches.models: 'llama-3.1' is known by llama3.1 and would become unknown; narrow the patterns",
        ),
    ],
)
def test_each_complaint_names_file_key_and_mend(write_terms, changes, complaint):
    said = _said(write_terms("acme", **changes))
    assert any(complaint in line for line in said), said
    assert all(line.startswith("acme.yaml: ") for line in said)


def test_all_that_is_wrong_with_the_form_is_said_at_once(write_terms):
    folder = write_terms("acme", surprise=1, spdx="Acme-1.0", rules={"internal_research": {"verdict": "perhaps"}})
    keys = {one.key for one in lint_folder(folder, TODAY).complaints}
    assert {"surprise", "spdx", "rules.internal_research.verdict", "rules.internal_research.basis"} <= keys


def test_a_quotation_that_is_too_long_or_was_changed_is_found(write_terms):
    path = write_terms("acme", rules=ALL) / "acme.yaml"
    text = path.read_text()
    path.write_text(text.replace("Anyone may", "Nobody may"))
    assert any("clauses.c: quote_sha256 does not match" in line for line in _said(path.parent))
    path.write_text(text.replace("any purpose", "any " * 20 + "purpose"))
    assert any("clauses.c: the quotation has more than 25 words" in line for line in _said(path.parent))


@pytest.mark.parametrize("evidence", ["secondary", "memory"])
def test_a_verdict_on_what_nobody_read_is_found(write_terms, evidence):
    folder = write_terms("acme", rules=ALL)
    data = yaml.safe_load((folder / "acme.yaml").read_text())
    data["documents"][0]["evidence"] = evidence
    (folder / "acme.yaml").write_text(yaml.safe_dump(data))
    said = _said(folder)
    assert len(said) == 6
    assert f"which nobody read (evidence: {evidence})" in said[0]


def test_a_host_of_two_files_is_found_in_both(write_terms):
    service = {"kind": "service-terms", "matches": {"hosts": ["llm.example.net"]}, "rules": ALL}
    write_terms("one", **service)
    said = _said(write_terms("two", **service))
    assert said == [
        "one.yaml: matches.hosts: llm.example.net is claimed by two as well; drop one",
        "two.yaml: matches.hosts: llm.example.net is claimed by one as well; drop one",
    ]


def test_a_host_that_ships_may_have_a_file_of_the_users_own_beside_it(write_terms):
    service = {"kind": "service-terms", "matches": {"hosts": ["api.openai.com"]}, "rules": ALL}
    assert _said(write_terms("our-openai", **service)) == []


def test_a_file_that_loosens_what_ships_is_found(tmp_path):
    for name in ("s1k", "llama3"):
        text = next(file for file in lint.shipped_files() if file.name == f"{name}.yaml").read_text()
        loose = text.replace("&prohibited {verdict: prohibited,", "&prohibited {verdict: allowed,")
        (tmp_path / f"{name}.yaml").write_text(loose.partition("lineage:")[0])
    said = _said(tmp_path)
    assert any(line.startswith("llama3.yaml: rules.internal_research: is more lenient") for line in said)
    assert any(line.startswith("s1k.yaml: lineage: is more lenient") for line in said)


def test_a_file_that_is_no_yaml_is_found_and_the_others_are_still_looked_at(write_terms):
    folder = write_terms("acme", rules={})
    (folder / "broken.yaml").write_text("rules: [\n")
    said = _said(folder)
    assert said[0].startswith("acme.yaml: rules.internal_research: is missing")
    assert said[-1].startswith("broken.yaml: no valid YAML")
    assert all("\n" not in line for line in said)


def test_the_command_says_what_it_found_and_fails(tracestill, write_terms):
    folder = write_terms("acme", rules={})
    done = tracestill("policies", "check", "--lint", folder)
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 6
    assert "acme.yaml: rules.commercial_use: is missing" in done.stdout
    assert done.stderr == "error: 6 complaints about 1 terms files; mend what is listed above\n"
    done = tracestill("policies", "check", "--lint", folder, "--output", "json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["complaints"][0]["key"].startswith("rules.")
    write_terms("acme", rules=ALL)
    done = tracestill("policies", "check", "--lint", folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 files, no complaint\n", "")


def test_the_command_looks_at_what_ships_and_at_the_configurations_own(tracestill, project, write_terms):
    shipped = tracestill("policies", "check", "--lint")
    assert shipped.returncode == 0, shipped.stdout
    count = int(shipped.stdout.split()[0])
    assert shipped.stdout == f"{count} files, no complaint\n"
    config = project(policy={"terms": "terms"})
    write_terms("acme", rules=ALL)
    done = tracestill("policies", "check", "--lint", "-c", config)
    assert (done.returncode, done.stdout) == (0, f"{count + 1} files, no complaint\n")
    write_terms("acme", rules={})
    assert tracestill("policies", "check", "--lint", "-c", config).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--lint", "nowhere"), "nowhere is no folder"),
        (("nowhere",), "a folder belongs to --lint"),
        (("--lint", "-c", "nowhere.yaml"), "nowhere.yaml"),
    ],
)
def test_a_wrong_command_line_is_refused(tracestill, arguments, complaint):
    done = tracestill("policies", "check", *arguments)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
