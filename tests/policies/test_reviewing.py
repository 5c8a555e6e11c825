from __future__ import annotations

import datetime
import json
import os
import pty
import subprocess
import sys

import pytest
import yaml
from tracestill.pipeline.errors import ConfigError
from tracestill.policies.library import load_terms, shipped_files
from tracestill.policies.lint import lint_folder
from tracestill.policies.reviewing import record, renewed

TODAY = datetime.datetime.now(datetime.UTC).date()
LATER = datetime.date(2027, 1, 15)


def test_every_shipped_file_can_be_read_again_and_is_accepted(shipped, tmp_path):
    renewable = [terms for terms in shipped.all if terms.clauses and terms.superseded is None]
    assert len(renewable) >= 65
    for terms in renewable:
        record(renewed(terms, "J. Doe", LATER, LATER), tmp_path)
    again = load_terms(tmp_path)
    assert again.own == ()
    for terms in renewable:
        found = again.by_id(terms.id)
        assert found.review.reviewed == LATER
        assert found.review.reviewer == "J. Doe"
        assert {document.retrieved for document in found.documents} == {LATER}
        same = found.model_copy(update={"review": terms.review, "documents": terms.documents})
        assert same == terms
    assert lint_folder(tmp_path, LATER).complaints == ()


@pytest.mark.parametrize(
    ("id", "last"),
    [
        ("together", datetime.date(2027, 4, 15)),
        ("llama3.1", datetime.date(2028, 1, 15)),
        ("tulu3", datetime.date(2028, 1, 15)),
        ("qwen3", None),
    ],
)
def test_a_reading_holds_as_long_as_its_kind_allows(shipped, id, last):
    assert renewed(shipped.by_id(id), "J. Doe", LATER, LATER).review.review_by == last


@pytest.mark.parametrize(
    ("id", "reviewer", "on", "complaint"),
    [
        ("groq", "J. Doe", LATER, "quotes no text"),
        ("own-data", "J. Doe", LATER, "quotes no text"),
        ("mistral-2024-02-08", "J. Doe", LATER, "is an earlier text"),
        ("together", " ", LATER, "--reviewer"),
        ("together", "J. Doe", LATER + datetime.timedelta(days=1), "lies in the future"),
        ("together", "J. Doe", datetime.date(2026, 11, 22), "lies before the reading in force"),
    ],
)
def test_what_cannot_be_a_reading_is_refused(shipped, id, reviewer, on, complaint):
    with pytest.raises(ConfigError, match=complaint):
        renewed(shipped.by_id(id), reviewer, on, LATER)


def test_a_users_own_file_is_written_in_its_place(write_terms):
    folder = write_terms("acme")
    (folder / "acme.yaml").rename(folder / "acme.yml")
    path = record(renewed(load_terms(folder).by_id("acme"), "J. Doe", LATER, LATER), folder)
    assert [file.name for file in folder.iterdir()] == ["acme.yml"]
    assert path.name == "acme.yml"
    assert load_terms(folder).by_id("acme").review.reviewer == "J. Doe"


def test_a_reading_that_cannot_be_written_leaves_nothing_behind(shipped, tmp_path):
    (tmp_path / "together.yaml").mkdir()
    with pytest.raises(ConfigError, match="cannot be written"):
        record(renewed(shipped.by_id("together"), "J. Doe", LATER, LATER), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["together.yaml"]


def test_the_command_records_a_reading_that_is_then_in_force(tracestill, tmp_path, project):
    config = project(policy={"terms": "our-terms"})
    done = tracestill("policies", "review", "mistral-commercial", "--reviewer", "J. Doe", "--yes", "-c", config)
    assert done.returncode == 0, done.stderr
    assert "https://legal.mistral.ai/terms/commercial-terms-of-service" in done.stdout
    assert '"use the Output or any modified version of the Output to reverse engineer' in done.stdout
    written = yaml.safe_load((tmp_path / "our-terms" / "mistral-commercial.yaml").read_text())
    last = TODAY + datetime.timedelta(days=90)
    assert written["review"] == {"reviewed": TODAY, "reviewer": "J. Doe", "review_by": last}
    assert [path.name for path in (tmp_path / "our-terms").iterdir()] == ["mistral-commercial.yaml"]

    shown = tracestill("policies", "show", "mistral-commercial", "-c", config)
    assert yaml.safe_load(shown.stdout)["review"]["reviewer"] == "J. Doe"
    listed = tracestill("policies", "list", "--terms", tmp_path / "our-terms", "--output", "json")
    rows = {row["id"]: row for row in json.loads(listed.stdout)["terms"]}
    assert rows["mistral-commercial"]["review_by"] == last.isoformat()
    assert rows["mistral-commercial"]["stale"] is False


def test_what_is_past_its_day_is_marked(tracestill, write_terms):
    folder = write_terms("acme", review={"reviewed": "2025-01-01", "review_by": "2025-03-01"})
    line = next(
        line for line in tracestill("policies", "list", "--terms", folder).stdout.splitlines() if "acme" in line
    )
    assert line.split() == ["acme", "model-licence", "2025-03-01", "stale", "Acme", "licence"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("together", "--terms", "t"), "nobody is here to confirm"),
        (("together", "--yes"), "name one with --terms, or set policy.terms"),
        (("nothing", "--terms", "t", "--yes"), "no terms have this id"),
        (("groq", "--terms", "t", "--yes"), "quotes no text"),
        (("together", "--terms", "t", "--yes", "--on", "soon"), "'soon' is no date"),
        (("together", "--terms", "t", "--yes", "--on", "2099-01-01"), "lies in the future"),
    ],
)
def test_the_command_refuses_and_writes_nothing(tracestill, tmp_path, arguments, complaint):
    done = tracestill("policies", "review", *arguments, "--reviewer", "J. Doe")
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "t").exists()


def test_a_configuration_without_a_folder_of_terms_is_told_so(tracestill, project):
    done = tracestill("policies", "review", "together", "--reviewer", "J. Doe", "--yes", "-c", project())
    assert done.returncode == 2
    assert "set policy.terms" in done.stderr


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2), ("", 2)])
def test_a_reader_is_asked(tmp_path, answer, code):
    ours, theirs = pty.openpty()
    arguments = ["policies", "review", "together", "--reviewer", "J. Doe", "--terms", tmp_path / "terms"]
    command = [sys.executable, "-m", "tracestill", *map(str, arguments)]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        os.close(theirs)
        os.write(ours, f"{answer}\n".encode())
        out, error = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == code, error
    assert "Do all of these words still stand there? [y/N]" in out
    assert (tmp_path / "terms").exists() is (code == 0)
    assert ("not recorded" in error) is (code == 2)


def test_reading_again_keeps_a_files_name(tmp_path):
    """The one who wrote the folder by hand finds each file where it was."""
    source = next(file for file in shipped_files() if file.name == "together.yaml").read_text()
    (tmp_path / "together.yaml").write_text(source)
    terms = load_terms(tmp_path).by_id("together")
    assert record(renewed(terms, "J. Doe", LATER, LATER), tmp_path) == tmp_path / "together.yaml"
    assert [path.name for path in tmp_path.iterdir()] == ["together.yaml"]
