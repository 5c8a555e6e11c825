"""What a user reads when something is wrong, and the exit code a scheduler sees."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

Run = Callable[..., subprocess.CompletedProcess[str]]
Project = Callable[..., Path]


def change(config: Path, *keys: str | int, value: Any) -> Path:
    data = yaml.safe_load(config.read_text())
    place = data
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    config.write_text(yaml.safe_dump(data, sort_keys=False))
    return config


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("tecahers",), [], "tecahers: there is no such key; did you mean 'teachers'?"),
        (("teachers", 0, "samplng"), {}, "teachers.0.samplng: there is no such key; did you mean 'sampling'?"),
        (("teachers", 0, "sampling", "kk"), 3, "teachers.0.sampling.kk: there is no such key; did you mean 'k'?"),
        (("teachers", 0, "sampling", "k"), 0, "teachers.0.sampling.k: Input should be greater than or equal to 1"),
        (("teachers", 0, "provider"), "openai-caht", "did you mean 'openai-chat'?"),
        (("teachers", 0, "headers"), {"Authorization": "Bearer x"}, "name its environment variable in api_key_env"),
        (("teachers", 0, "prompts"), {"math": "math-coat"}, "math-cot"),
        (("verify",), {"math": {"lenght": {}}}, "verify.math.lenght: 'lenght' is not one of"),
        (("verify",), {"math": {"length": {"max_charz": 3}}}, "verify.math.length.max_charz"),
        (("schema_version",), 2, "schema_version: Input should be 1"),
        (("problems", 0, "path"), "nowhere.jsonl", "nowhere.jsonl"),
        (("problems", 0, "format"), "jsonlines", "jsonl"),
        (("use",), {"purposes": []}, "use.purposes"),
    ],
)
def test_a_wrong_key_is_named_with_the_right_one(
    project: Project, tracestill: Run, keys: tuple[str | int, ...], value: Any, message: str
) -> None:
    done = tracestill("generate", "-c", change(project(), *keys, value=value))
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_says_how_to_make_one(tracestill: Run) -> None:
    done = tracestill("run", "-c", "absent.yaml")
    assert done.returncode == 2
    assert "absent.yaml: there is no such file" in done.stderr
    assert "tracestill init" in done.stderr


def test_broken_yaml_is_said_to_be_broken(tracestill: Run, tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("a: [1, 2\n")
    done = tracestill("run", "-c", "t.yaml")
    assert (done.returncode, "is no YAML" in done.stderr) == (2, True)


def test_two_teachers_of_one_name_are_refused(project: Project, tracestill: Run) -> None:
    config = project()
    teacher = yaml.safe_load(config.read_text())["teachers"][0]
    done = tracestill("plan", "-c", change(config, "teachers", value=[teacher, teacher]))
    assert done.returncode == 2
    assert "'local' is given twice" in done.stderr


def test_a_bad_problem_line_is_named_and_stops_before_anything_is_asked(
    project: Project, tracestill: Run, tmp_path: Path
) -> None:
    config = project()
    with (tmp_path / "problems.jsonl").open("a") as file:
        file.write('{"id": "x", "prompt": \n')
    done = tracestill("generate", "-c", config)
    assert done.returncode == 2
    assert "problems.jsonl:4" in done.stderr


def test_a_bad_problem_line_may_be_skipped_and_is_on_record(
    teacher: Any, project: Project, tracestill: Run, tmp_path: Path
) -> None:
    config = change(project(teacher.url), "problems", 0, "on_error", value="skip")
    with (tmp_path / "problems.jsonl").open("a") as file:
        file.write('{"id": "x", "prompt": \n{"id": "last", "prompt": "What is 9 + 9?", "answer": "18"}\n')
    done = tracestill("generate", "-c", config)
    assert done.returncode == 0
    assert "skipped 1" in done.stderr
    assert len({seen.body["messages"][-1]["content"] for seen in teacher.seen}) == 4
    skipped = "SELECT subject FROM events WHERE kind = 'problem_skipped'"
    (event,) = json.loads(tracestill("query", skipped, "-c", config, "--output", "json").stdout)["rows"]
    assert "problems.jsonl:4" in event["subject"]


def test_two_problems_of_one_id_are_refused(project: Project, tracestill: Run, tmp_path: Path) -> None:
    config = project()
    with (tmp_path / "problems.jsonl").open("a") as file:
        file.write('{"id": "p1", "prompt": "Something else?", "answer": "2"}\n')
    done = tracestill("generate", "-c", config)
    assert done.returncode == 2
    assert "two problems have the id 'p1'" in done.stderr


def test_a_workspace_of_a_newer_version_is_refused(project: Project, tracestill: Run, tmp_path: Path) -> None:
    config = project()
    tracestill("generate", "-c", config)
    (tmp_path / "ws" / "ledger" / "version").write_text("99\n")
    done = tracestill("generate", "-c", config)
    assert done.returncode == 2
    assert "has form 99" in done.stderr
    assert "upgrade" in done.stderr


def test_a_query_without_a_workspace_says_what_makes_one(project: Project, tracestill: Run) -> None:
    done = tracestill("query", "SELECT 1", "-c", project())
    assert done.returncode == 2
    assert "tracestill generate" in done.stderr


def test_wrong_sql_is_answered_with_the_place(teacher: Any, project: Project, tracestill: Run) -> None:
    config = project(teacher.url)
    tracestill("generate", "-c", config)
    done = tracestill("query", "SELECT nonsense FROM traces", "-c", config)
    assert done.returncode == 2
    assert "nonsense" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "sql", ["SELECT * FROM read_text('/etc/hostname')", "COPY (SELECT 1) TO 'x.csv'", "ATTACH 'x.db'"]
)
def test_sql_reaches_nothing_beyond_the_workspace(teacher: Any, project: Project, tracestill: Run, sql: str) -> None:
    config = project(teacher.url)
    tracestill("generate", "-c", config)
    done = tracestill("query", sql, "-c", config)
    assert done.returncode == 2
    assert "disabled" in done.stderr or "Permission" in done.stderr


def test_overrides_have_their_order(project: Project, tracestill: Run) -> None:
    config = project(select={"per_problem": 2})
    shown = tracestill(
        "config", "show", "-c", config, "--set", "teachers.0.sampling.k=7",
        TRACESTILL__SELECT__PER_PROBLEM="3", TRACESTILL__TEACHERS__0__SAMPLING__K="5",
    )  # fmt: skip
    resolved = yaml.safe_load(shown.stdout)
    assert resolved["select"]["per_problem"] == 3
    assert resolved["teachers"][0]["sampling"]["k"] == 7
    assert resolved["use"]["student"]["class"] == "general"


def test_the_schema_accepts_what_the_program_accepts(project: Project, tracestill: Run) -> None:
    schema = json.loads(tracestill("config", "schema").stdout)
    config = yaml.safe_load(project().read_text())
    jsonschema.validate(config, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(config | {"surplus": 1}, schema)


def test_init_writes_something_that_plans(tracestill: Run, tmp_path: Path) -> None:
    assert tracestill("init", "new").returncode == 0
    planned = tracestill("plan", "-c", "new/tracestill.yaml", "--output", "json")
    assert planned.returncode == 0, planned.stderr
    (need,) = json.loads(planned.stdout.splitlines()[-1])["needs"]
    assert (need["wanted"], need["missing"]) == (16, 16)
    assert not (tmp_path / "new" / "workspace").exists(), "a plan leaves nothing behind"
    again = tracestill("init", "new")
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_plan_refuses_what_a_run_would_refuse(project: Project, tracestill: Run) -> None:
    config = change(project(), "teachers", 0, "model", value="nobody/knows-this")
    done = tracestill("plan", "-c", config)
    assert done.returncode == 3
    assert "nobody/knows-this" in done.stdout
    assert tracestill("policies", "check", "-c", config).returncode == 3


def test_policies_can_be_read(tracestill: Run) -> None:
    listed = tracestill("policies", "list", "--output", "json")
    ids = [row["id"] for row in json.loads(listed.stdout)["terms"]]
    assert "smollm2" in ids
    shown = tracestill("policies", "show", "smollm2")
    assert yaml.safe_load(shown.stdout)["id"] == "smollm2"
    assert tracestill("policies", "show", "nonsense").returncode == 2
