"""Workspaces of earlier forms: kept here as they were written, read as they are, brought up to date by a run."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from reading import rows
from teacher_server import TeacherServer
from tracestill.pipeline.housekeeping.migrating import STEPS
from tracestill.pipeline.workspace import FORMAT

Run = Callable[..., subprocess.CompletedProcess[str]]
Edit = Callable[..., None]

KEPT = Path(__file__).parents[1] / "workspaces"
FORMS = sorted(int(path.name.removeprefix("form_")) for path in KEPT.iterdir())


def test_there_is_a_workspace_of_every_earlier_form_and_a_step_to_each_later_one():
    assert list(range(1, FORMAT)) == FORMS
    assert sorted(STEPS) == list(range(2, FORMAT + 1))


@pytest.fixture(params=FORMS)
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    shutil.copytree(KEPT / f"form_{request.param}", tmp_path / "old")
    return tmp_path / "old" / "tracestill.yaml"


def test_it_is_read_as_it_is(config: Path, tracestill: Run) -> None:
    form = (config.parent / "ws" / "ledger" / "version").read_text()
    assert rows(config, "SELECT outcome, count(*) AS n FROM outcomes GROUP BY ALL ORDER BY ALL") == [
        {"outcome": "accepted", "n": 7}, {"outcome": "pending", "n": 12}, {"outcome": "rejected", "n": 1},
    ]  # fmt: skip
    assert tracestill("verify-workspace", "-c", config).returncode == 0
    assert (config.parent / "ws" / "ledger" / "version").read_text() == form, "reading changes nothing"


def test_a_run_brings_it_up_to_date_and_goes_on_from_there(
    config: Path, teacher: TeacherServer, edit: Edit, tracestill: Run
) -> None:
    before = rows(config, "SELECT trace_id, response FROM traces ORDER BY trace_id")
    edit(config, base_url=teacher.url)
    done = tracestill("run", "-c", config)
    assert done.returncode == 0, done.stderr
    assert f"to form {FORMAT}" in done.stderr
    assert (config.parent / "ws" / "ledger" / "version").read_text() == f"{FORMAT}\n"
    assert teacher.seen == [], "nothing is bought again"
    assert rows(config, "SELECT trace_id, response FROM traces ORDER BY trace_id") == before
    counts = rows(config, "SELECT outcome, count(*) AS n FROM outcomes GROUP BY ALL ORDER BY ALL")
    assert sum(row["n"] for row in counts) == len(before) == 20
    assert not [row for row in counts if row["outcome"] == "pending"]
    assert tracestill("compact", "-c", config).returncode == 0
    assert tracestill("verify-workspace", "-c", config).returncode == 0
    assert "to form" not in tracestill("run", "-c", config).stderr
