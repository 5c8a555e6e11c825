"""Damage of every kind is found, named, and told what to do about; a workspace at work is none."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import write_project
from teacher_server import TeacherServer
from tracestill.pipeline.housekeeping.checking import check
from tracestill.pipeline.progress import Progress
from tracestill.pipeline.view import View
from tracestill.pipeline.workspace import Workspace

Run = Callable[..., subprocess.CompletedProcess[str]]
Nights = Callable[..., Path]


def newest(config: Path, kind: str) -> Path:
    return sorted((config.parent / "ws" / "ledger" / kind).glob("2*.parquet"))[-1]


def verified(tracestill: Run, config: Path) -> tuple[int, dict[str, Any]]:
    done = tracestill("verify-workspace", "-c", config, "--output", "json")
    return done.returncode, json.loads(done.stdout)


def test_a_whole_river_is_sound(teacher: TeacherServer, project: Callable[..., Path], tracestill: Run) -> None:
    config = project(teacher.url)
    assert tracestill("run", "-c", config).returncode == 0
    assert tracestill("report", "--compliance", "-c", config).returncode == 0
    code, result = verified(tracestill, config)
    assert (code, result["damage"], result["manifest"]) == (0, [], True)
    assert result["rows"]["traces"] == 6
    assert result["rows"]["problems"] == 3


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose workspace has nothing wrong, with its journals sealed and gone."""
    folder = tmp_path_factory.mktemp("sound")
    with TeacherServer() as teacher:
        config = write_project(folder, teacher.url, verify={"workers": 1, "math": {"math-answer": {}}})
        for command in ("generate", "filter"):
            subprocess.run([sys.executable, "-m", "tracestill", command, "-c", str(config)], check=True)
    for journal in (folder / "ws" / "journal").glob("*"):
        journal.unlink()
    assert check(Workspace(folder / "ws"), View(), Progress("check", "files", None, "")).damage == []
    return folder


def flip(config: Path) -> None:
    path = newest(config, "traces")
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)


def cut(config: Path) -> None:
    path = newest(config, "verdicts")
    path.write_bytes(path.read_bytes()[:-100])


def forge(column: str, value: object, kind: str) -> Callable[[Path], None]:
    def change(config: Path) -> None:
        path = newest(config, kind)
        table = cast("Any", pq).read_table(path)
        place = table.schema.get_field_index(column)
        values = pa.array([value] * table.num_rows, table.schema.field(column).type)
        cast("Any", pq).write_table(table.set_column(place, column, values), path)

    return change


def lose(kind: str) -> Callable[[Path], None]:
    def take_away(config: Path) -> None:
        for path in newest(config, kind).parent.glob("2*.parquet"):
            path.unlink()

    return take_away


def double(config: Path) -> None:
    path = newest(config, "traces")
    shutil.copy(path, path.with_name("20990101T000000000000-00000000.parquet"))


def spoil_journal(config: Path) -> None:
    (config.parent / "ws" / "journal" / "traces-20990101T000000000000-00000000.jsonl").write_text(
        '{"trace_id": 5, \n{}\n'
    )


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        (flip, "cannot be read"),
        (cut, "cannot be read"),
        (forge("answer", "5", "problems"), "not what their identity says"),
        (forge("attempt", 7, "traces"), "not what their identity says"),
        (forge("verifier", "kind-judge", "verdicts"), "not what their identity says"),
        (forge("blocked", True, "decisions"), "not what their identity says"),
        (forge("kind", "settled", "events"), "not what their identity says"),
        (lose("traces"), "verdicts without their trace"),
        (lose("problems"), "traces without the problem that they answer"),
        (lose("decisions"), "traces without the decision"),
        (double, "traces that are there more than once"),
        (spoil_journal, "cannot be read"),
    ],
)
def test_damage_is_found(
    sound: Path, tmp_path: Path, tracestill: Run, harm: Callable[[Path], None], problem: str
) -> None:
    config = Path(shutil.copytree(sound, tmp_path / "copy")) / "tracestill.yaml"
    harm(config)
    code, result = verified(tracestill, config)
    assert code == 1
    found = "\n".join(one["problem"] for one in result["damage"])
    assert problem in found
    assert all(one["mend"] and one["where"] for one in result["damage"])


def test_what_the_manifest_says_is_checked_too(nights: Nights, tracestill: Run) -> None:
    config = nights(1)
    for command in (("filter",), ("curate",), ("export",), ("report", "--compliance")):
        assert tracestill(*command, "-c", config).returncode == 0
    (config.parent / "ws" / "exports" / "README.md").write_text("something else")
    code, result = verified(tracestill, config)
    assert code == 1
    assert [one["where"] for one in result["damage"]] == ["output exports/README.md"]
    assert "tracestill export" in result["damage"][0]["mend"]
