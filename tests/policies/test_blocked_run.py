"""A run that the gate refuses opens no socket and reads no key: watched in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from teacher_server import TeacherServer

WATCHED = """
import os, sys
events = []

def hook(event, args):
    if event.startswith("socket.") and event != "socket.__new__" or "key-file" in str(args):
        events.append(event)

class Watched(type(os.environ)):
    def __getitem__(self, name):
        if "SECRET" in str(name):
            events.append("key read")
        return super().__getitem__(name)

kept = os.environ
os.environ = Watched(kept._data, kept.encodekey, kept.decodekey, kept.encodevalue, kept.decodevalue)
sys.addaudithook(hook)
from tracestill.pipeline.cli import main
sys.argv = ["tracestill", *sys.argv[1:]]
try:
    main()
except SystemExit as left:
    print("exit", left.code)
print("events", sorted(set(events)))
"""


@pytest.fixture
def watched(tmp_path: Path) -> Callable[..., tuple[str, str]]:
    """Runs a command under the watch; gives its exit code and what was seen."""
    script = tmp_path / "watched.py"
    script.write_text(WATCHED)
    (tmp_path / "key-file").write_text("a-key-in-a-file")

    def run(*arguments: str | Path, **environment: str) -> tuple[str, str]:
        done = subprocess.run(
            [sys.executable, str(script), *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PATH": "", "HOME": str(tmp_path), "SECRET_KEY": "a-key", **environment},
            check=False,
        )
        seen = dict(line.split(" ", 1) for line in done.stdout.splitlines() if line.startswith(("exit ", "events ")))
        assert "events" in seen, done.stderr
        return seen.get("exit", "0"), seen["events"]

    return run


@pytest.mark.parametrize("command", ["generate", "run", "plan"])
def test_a_refused_run_opens_no_socket_and_reads_no_key(
    project: Callable[..., Path], watched: Callable[..., tuple[str, str]], command: str, tmp_path: Path
) -> None:
    config = project("https://api.openai.com/v1")
    data = yaml.safe_load(config.read_text())
    data["use"] = {"purposes": ["competing_model"]}
    data["teachers"][0] |= {"model": "gpt-5", "self_hosted": False, "api_key_env": "SECRET_KEY"}
    data["teachers"].append(data["teachers"][0] | {"id": "second", "api_key_env": "SECRET_OTHER"})
    config.write_text(yaml.safe_dump(data))
    assert watched(command, "-c", config, SECRET_OTHER_FILE=str(tmp_path / "key-file")) == ("3", "[]")


def test_the_watch_sees_what_an_allowed_run_does(
    teacher: TeacherServer, project: Callable[..., Path], watched: Callable[..., tuple[str, str]]
) -> None:
    config = project(teacher.url, problems=1, k=1)
    data = yaml.safe_load(config.read_text())
    data["teachers"][0]["api_key_env"] = "SECRET_KEY"
    config.write_text(yaml.safe_dump(data))
    code, seen = watched("generate", "-c", config)
    assert code == "0"
    assert "key read" in seen
    assert "socket.connect" in seen
