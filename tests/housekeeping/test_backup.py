"""A copy of a workspace elsewhere, and back: only what is new is sent, and what comes back is what was there."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from reading import rows
from teacher_server import TeacherServer

Run = Callable[..., subprocess.CompletedProcess[str]]
Nights = Callable[..., Path]
Edit = Callable[..., None]
Sample = Callable[..., dict[str, Any]]

CONTENT = "SELECT o.outcome, t.trace_id, t.response FROM traces t JOIN outcomes o USING (trace_id) ORDER BY ALL"


def backed_up(tracestill: Run, place: Path | str, config: Path) -> dict[str, Any]:
    done = tracestill("backup", str(place), "-c", config, "--output", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def restored(tracestill: Run, place: Path | str, config: Path) -> subprocess.CompletedProcess[str]:
    return tracestill("restore", str(place), "-c", config, "--set", "workspace=again")


def content(config: Path, workspace: str = "ws") -> list[dict[str, Any]]:
    return rows(config, CONTENT, f"workspace={workspace}")


def test_it_comes_back_as_it_was_and_only_what_is_new_is_sent(
    nights: Nights, sample: Sample, tracestill: Run, tmp_path: Path
) -> None:
    config, place = nights(2), tmp_path / "copy"
    assert tracestill("filter", "-c", config).returncode == 0
    first = backed_up(tracestill, place, config)
    assert first["sent"] == first["files"]
    assert backed_up(tracestill, place, config)["sent"] == 0
    sample(config, "teachers.0.sampling.k=3")
    second = backed_up(tracestill, place, config)
    assert 0 < second["sent"] < first["files"]
    assert restored(tracestill, place, config).returncode == 0
    assert content(config, "again") == content(config)
    assert tracestill("verify-workspace", "-c", config, "--set", "workspace=again").returncode == 0
    assert sample(config, "teachers.0.sampling.k=3", "workspace=again")["completions"] == 0, "nothing is bought again"


def test_what_is_merged_or_forgotten_goes_from_the_copy_too(
    nights: Nights, later: Callable[[Path], None], tracestill: Run, tmp_path: Path
) -> None:
    config, place = nights(3), tmp_path / "copy"
    backed_up(tracestill, place, config)
    assert tracestill("compact", "-c", config).returncode == 0
    later(config)
    assert tracestill("forget", "--problem", "p1", "--reason", "asked", "--yes", "-c", config).returncode == 0
    assert backed_up(tracestill, place, config)["removed"] > 0
    held = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
    assert b"What is 1 + 1?" not in held
    assert restored(tracestill, place, config).returncode == 0
    assert content(config, "again") == content(config)


def test_beside_a_run_at_work_the_copy_is_sound(
    teacher: TeacherServer, project: Callable[..., Path], edit: Edit, tracestill: Run, tmp_path: Path
) -> None:
    config, place = project(teacher.url, problems=600, k=4), tmp_path / "copy"
    teacher.delay = 0.2
    edit(config, sampling={"k": 4, "max_tokens": 64, "stop_after": 2}, limits={"concurrency": 8})
    command = [sys.executable, "-m", "tracestill", "generate", "-c", str(config)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + 30
        while not list((config.parent / "ws" / "journal").glob("verdicts-*")) and time.monotonic() < deadline:
            time.sleep(0.1)
        for _ in range(3):
            backed_up(tracestill, place, config)
        assert run.poll() is None, "it was still at work"
        run.send_signal(signal.SIGKILL)
    done = restored(tracestill, place, config)
    assert done.returncode == 0, done.stderr
    checked = tracestill("verify-workspace", "-c", config, "--set", "workspace=again", "--output", "json")
    assert checked.returncode == 0, checked.stdout
    assert json.loads(checked.stdout)["rows"]["traces"] > 0


def test_another_file_system_that_fsspec_reaches(nights: Nights, tmp_path: Path, tracestill: Run) -> None:
    config = nights(1)
    place = f"simplecache::file://{tmp_path / 'elsewhere'}"
    done = tracestill("backup", f"file://{tmp_path / 'elsewhere'}", "-c", config)
    assert done.returncode == 0, done.stderr
    assert restored(tracestill, place, config).returncode == 0
    assert content(config, "again") == content(config)


def test_damage_of_the_copy_is_found_and_nothing_is_made(nights: Nights, tracestill: Run, tmp_path: Path) -> None:
    config, place = nights(1), tmp_path / "copy"
    backed_up(tracestill, place, config)
    (segment,) = (place / "ledger" / "traces").glob("2*.parquet")
    segment.write_bytes(segment.read_bytes()[:-1] + b"x")
    done = restored(tracestill, place, config)
    assert done.returncode == 1
    assert "is not what backup.json says" in done.stderr
    assert not (config.parent / "again").exists()
    segment.unlink()
    assert backed_up(tracestill, place, config)["sent"] == 1, "the next backup mends it"
    assert restored(tracestill, place, config).returncode == 0


@pytest.mark.parametrize("occupied", ["target", "source", "workspace"])
def test_what_is_there_is_not_written_over(nights: Nights, tracestill: Run, tmp_path: Path, occupied: str) -> None:
    config, place = nights(1), tmp_path / "copy"
    place.mkdir()
    if occupied == "target":
        (place / "precious").write_text("mine")
        done = tracestill("backup", place, "-c", config)
        assert "no backup" in done.stderr
    elif occupied == "source":
        done = restored(tracestill, place, config)
        assert "there is no backup.json here" in done.stderr
    else:
        backed_up(tracestill, place, config)
        done = tracestill("restore", place, "-c", config)
        assert "there is a workspace here already" in done.stderr
    assert done.returncode == 2


def test_an_index_that_names_a_place_outside_is_refused(nights: Nights, tracestill: Run, tmp_path: Path) -> None:
    config, place = nights(1), tmp_path / "copy"
    backed_up(tracestill, place, config)
    index = json.loads((place / "backup.json").read_text())
    index["../../evil"] = next(iter(index.values()))
    (place / "backup.json").write_text(json.dumps(index))
    done = restored(tracestill, place, config)
    assert done.returncode == 1
    assert "lies outside" in done.stderr
    assert not (config.parent / "again").exists()
    shutil.rmtree(place)
