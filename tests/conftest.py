"""Fixtures that every test folder shares: a workspace to fill, the loopback teacher, the cases folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import msgspec
import pytest
import yaml
from teacher_server import TeacherServer
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.stages.curate import curate
from tracestill.pipeline.stages.filter import filter_traces
from tracestill.pipeline.stages.generate import generate
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop

# A shared machine may stall for longer than any deadline per example.
hypothesis.settings.register_profile("shared", deadline=None)
hypothesis.settings.load_profile("shared")

MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"


@pytest.fixture
def teacher() -> Iterator[TeacherServer]:
    """A server on loopback that speaks the providers' protocols."""
    with TeacherServer() as server:
        yield server


def write_project(folder: Path, base_url: str, problems: int = 3, k: int = 2, **changes: Any) -> Path:
    """Writes a configuration and its problems; gives the path of the configuration."""
    lines = [
        f'{{"id": "p{n}", "domain": "math", "prompt": "What is {n} + {n}?", "answer": "{2 * n}"}}'
        for n in range(problems)
    ]
    (folder / "problems.jsonl").write_text("\n".join(lines) + "\n")
    config: dict[str, Any] = {
        "schema_version": 1,
        "workspace": "ws",
        "use": {"purposes": ["internal_research"]},
        "problems": [{"path": "problems.jsonl", "source": "sums", "license": "own"}],
        "teachers": [
            {
                "id": "local",
                "provider": "openai-chat",
                "base_url": base_url,
                "model": MODEL,
                "self_hosted": True,
                "prompts": {"math": "math-cot"},
                "sampling": {"k": k, "max_tokens": 64},
                "limits": {"concurrency": 4},
                "retries": {"max_attempts": 3, "max_wait_s": 0.05},
            }
        ],
        "verify": {"workers": 1},
    } | changes
    path = folder / "tracestill.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Writes a configuration and its problems; gives the path of the configuration."""

    def write(base_url: str = "http://127.0.0.1:9/v1", problems: int = 3, k: int = 2, **changes: Any) -> Path:
        return write_project(tmp_path, base_url, problems, k, **changes)

    return write


@pytest.fixture
def sample() -> Callable[..., dict[str, Any]]:
    """Runs generate in this process, which is ten times as fast as a process; gives its result."""

    def run(config: Path, *sets: str, **options: Any) -> dict[str, Any]:
        with start(open_plan(config, sets), Stop()) as job:
            return msgspec.to_builtins(generate(job, **options))

    return run


@pytest.fixture
def tracestill(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command line as a real process."""

    def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tracestill", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=tmp_path,
            env=os.environ | environment,
        )

    return run


@pytest.fixture
def curated(project: Callable[..., Path], teacher: TeacherServer, tmp_path: Path) -> Callable[..., Path]:
    """Samples, verifies and curates problem sets under the licences given by name; gives the configuration."""

    def run(licences: dict[str, str | None], uses: Sequence[str] = ("internal_research",), **changes: Any) -> Path:
        config = project(teacher.url, k=1, use={"purposes": list(uses)}, **changes)
        data = yaml.safe_load(config.read_text())
        data["problems"] = [{"path": f"{n}.jsonl", "license": one} for n, one in enumerate(licences.values())]
        config.write_text(yaml.safe_dump(data, sort_keys=False))
        for number, name in enumerate(licences):
            problem = {"id": f"p{number}", "prompt": f"What is {number} + 1?", "answer": str(number + 1)}
            (tmp_path / f"{number}.jsonl").write_text(json.dumps(problem | {"source": name}) + "\n")
        with start(open_plan(config, ()), Stop()) as job:
            generate(job)
            filter_traces(job)
            curate(job)
        return config

    return run


@pytest.fixture
def edit() -> Callable[..., None]:
    """Changes keys of the first teacher of a configuration."""

    def change(config: Path, **keys: Any) -> None:
        data = yaml.safe_load(config.read_text())
        data["teachers"][0].update(keys)
        config.write_text(yaml.safe_dump(data, sort_keys=False))

    return change


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of shared cases."""
    folder = os.environ.get("TRACESTILL_CASES")
    if not folder:
        pytest.skip("TRACESTILL_CASES does not name the folder of shared cases")
    return Path(folder)
