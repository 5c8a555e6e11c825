"""Pushing to a Hub on loopback, with the real client, and loading from it as others would."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_server import TOKEN, HubServer
from teacher_server import TeacherServer
from tiny_model import make_tiny_model
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.stages.curate import curate
from tracestill.pipeline.stages.filter import filter_traces
from tracestill.pipeline.stages.generate import generate
from tracestill.pipeline.stages.train_sft import train_sft
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop
from training_project import training_project

Run = Callable[..., subprocess.CompletedProcess[str]]
RELEASE = "use.purposes=[internal_research, dataset_release]"
NAME = "acme/sums"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    with HubServer() as server:
        for name, value in {
            "HF_ENDPOINT": server.url, "HF_TOKEN": TOKEN, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def push(curated: Callable[..., Path], tracestill: Run) -> Callable[..., dict[str, Any]]:
    config = curated({"sums": "Apache-2.0", "more": "CC-BY-4.0", "mine": "own"})

    def run(*arguments: str, code: int = 0) -> dict[str, Any]:
        done = tracestill("export", "-c", config, "--output", "json", *arguments)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout.splitlines()[-1]) if code == 0 else {"error": done.stderr}

    return run


def test_a_pushed_set_can_be_loaded_by_anybody_with_access(hub: HubServer, push: Callable[..., Any]) -> None:
    pushed = push("--push", NAME, "--set", RELEASE)["pushed"]
    repo = hub.dataset(NAME)
    assert repo.private
    assert (pushed["changed"], pushed["commit"], len(repo.commits)) == (True, repo.head, 2)
    assert {"README.md", "NOTICE", "croissant.json", "compliance/report.md", "compliance/manifest.jsonl"} <= (
        repo.files.keys()
    )
    code = (
        "import datasets, json; "
        f"rows = datasets.load_dataset('{NAME}', 'sft', split='train'); "
        "print(json.dumps([rows.num_rows, rows[0]['messages'][-1]['role']]))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert loaded.returncode == 0, loaded.stderr
    assert json.loads(loaded.stdout.splitlines()[-1]) == [3, "assistant"]


def test_a_second_push_of_the_same_changes_nothing(hub: HubServer, push: Callable[..., Any]) -> None:
    first = push("--push", NAME, "--set", RELEASE)["pushed"]
    hub.requests.clear()
    second = push("--push", NAME, "--set", RELEASE)["pushed"]
    assert (second["changed"], second["commit"], second["files"]) == (False, first["commit"], 0)
    assert not [path for method, path in hub.requests if "/commit/" in path or method == "PUT"]
    assert len(hub.dataset(NAME).commits) == 2


def test_a_smaller_set_takes_away_what_it_does_not_have_any_more(hub: HubServer, push: Callable[..., Any]) -> None:
    push("--push", NAME, "--set", RELEASE)
    theirs = {"my-notes.md", "data/train-00000-of-00001.parquet"}
    hub.dataset(NAME).files.update(dict.fromkeys(theirs, hub.dataset(NAME).files["NOTICE"]))
    done = push("--push", NAME, "--set", RELEASE, "--set", "export.configs=[sft]")["pushed"]
    assert done["removed"] == 2
    files = hub.dataset(NAME).files.keys()
    assert {path.split("/")[0] for path in files - theirs if path.endswith(".parquet")} == {"sft"}
    assert theirs <= files, "what somebody else has put there stays"


def test_a_push_that_breaks_off_is_completed_by_the_next(hub: HubServer, push: Callable[..., Any]) -> None:
    hub.fault = lambda method, path: 500 if "/commit/" in path else None
    broken = push("--push", NAME, "--set", RELEASE, code=6)
    assert "run the command again" in broken["error"]
    assert hub.dataset(NAME).files.keys() == {".gitattributes"}, "nothing is half there"
    sent = {path for method, path in hub.requests if method == "PUT"}
    hub.fault = lambda method, path: None
    hub.requests.clear()
    assert push("--push", NAME, "--set", RELEASE)["pushed"]["changed"]
    assert sent
    assert not {path for method, path in hub.requests if method == "PUT"} & sent, "large files are not sent twice"


def test_what_is_not_declared_or_public_already_is_not_pushed(hub: HubServer, push: Callable[..., Any]) -> None:
    refused = push("--push", NAME, code=3)
    assert "dataset_release is not declared" in refused["error"]
    assert not hub.requests
    push("--push", NAME, "--set", RELEASE, "--public")
    assert not hub.dataset(NAME).private
    assert "add --public" in push("--push", NAME, "--set", RELEASE, code=2)["error"]
    assert "write the name as ORG/NAME" in push("--push", "sums", "--set", RELEASE, code=2)["error"]


def test_a_token_is_needed_and_never_shown(
    hub: HubServer, push: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    assert "no token for the Hub" in push("--push", NAME, "--set", RELEASE, code=2)["error"]
    monkeypatch.setenv("HF_TOKEN", "hf_wrong_secret")
    refused = push("--push", NAME, "--set", RELEASE, code=6)["error"]
    assert "HF_TOKEN" in refused
    assert "hf_wrong_secret" not in refused
    monkeypatch.delenv("HF_TOKEN")
    (tmp_path / "token").write_text(TOKEN + "\n")
    monkeypatch.setenv("HF_TOKEN_FILE", str(tmp_path / "token"))
    assert push("--push", NAME, "--set", RELEASE)["pushed"]["changed"]
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.name != "token":
            assert TOKEN.encode() not in path.read_bytes(), path


def test_a_hub_that_is_not_there_is_named(push: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert "cannot be reached" in push("--push", NAME, "--set", RELEASE, code=6)["error"]


def test_a_student_is_pushed_with_what_its_licences_ask(
    hub: HubServer, teacher: TeacherServer, project: Callable[..., Path], tracestill: Run, tmp_path: Path
) -> None:
    pytest.importorskip("trl", reason="the train extra is not installed")
    config = training_project(project, teacher, make_tiny_model(tmp_path / "tiny"), problems=2, epochs=1)
    with start(open_plan(config, ()), Stop()) as job:
        generate(job)
        filter_traces(job)
        curate(job)
        trained = train_sft(job)

    def push(*sets: str) -> subprocess.CompletedProcess[str]:
        wanted = [part for one in sets for part in ("--set", one)]
        return tracestill("train-sft", "-c", config, "--push", "acme/student", "--output", "json", *wanted)

    assert "weights_release is not declared" in push().stderr
    done = push("use.purposes=[internal_research, weights_release]")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["train_id"], found["pushed"]["changed"]) == (trained.train_id, True)
    files = hub.model("acme/student").files
    assert {"README.md", "NOTICE", "LICENSES/Apache-2.0.txt", "adapter_model.safetensors", "adapter_config.json",
            "chat_template.jinja", "compliance/report.md"} <= files.keys()  # fmt: skip
    weights = tmp_path / "ws" / trained.adapter / "adapter_model.safetensors"
    assert files["adapter_model.safetensors"].content == weights.read_bytes()
    again = push("use.purposes=[internal_research, weights_release]")
    assert json.loads(again.stdout.splitlines()[-1])["pushed"]["changed"] is False
