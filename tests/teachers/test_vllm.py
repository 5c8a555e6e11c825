"""A teacher on vLLM's engine: what needs no engine, and the real one where a Python has it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from reading import rows
from tracestill.pipeline.config_teacher import Teacher
from tracestill.pipeline.job import client_class

TRIAL = Path(__file__).with_name("vllm_trial.py")
PROCESSOR = {
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "1",
    "KMP_BLOCKTIME": "0",
    "VLLM_CPU_KVCACHE_SPACE": "1",
}
"""How vLLM behaves on a machine that others use too."""

Project = Callable[..., Path]
Run = Callable[..., subprocess.CompletedProcess[str]]


def with_engine(config: Path, model: str, **changes: Any) -> Path:
    data = yaml.safe_load(config.read_text())
    teacher = data["teachers"][0]
    del teacher["base_url"]
    teacher |= {"provider": "vllm", "model": model} | changes
    config.write_text(yaml.safe_dump(data, sort_keys=False))
    return config


# Without an engine.


def test_the_class_is_found_without_vllm() -> None:
    found = client_class(Teacher(id="t", provider="vllm", model="m"))
    assert (found.__name__, found.takes_n, found.takes_seed) == ("VLLM", True, True)


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vllm is installed here")
def test_a_missing_vllm_is_named_with_the_command_that_installs_it(project: Project, tracestill: Run) -> None:
    config = with_engine(project(problems=1, k=1), "HuggingFaceTB/SmolLM2-135M-Instruct")
    done = tracestill("generate", "-c", config)
    assert done.returncode == 2
    assert "pip install 'tracestill[vllm]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_only_vllm_has_an_engine(project: Project, tracestill: Run) -> None:
    config = project(problems=1, k=1)
    data = yaml.safe_load(config.read_text())
    data["teachers"][0]["engine"] = {"max_model_len": 2048}
    config.write_text(yaml.safe_dump(data))
    done = tracestill("plan", "-c", config)
    assert done.returncode == 2
    assert "engine is for provider vllm" in done.stderr


# With the real one.


@pytest.fixture(scope="session")
def python() -> str:
    """A Python that has vLLM."""
    if named := os.environ.get("TRACESTILL_VLLM_PYTHON"):
        return named
    if importlib.util.find_spec("vllm") is None:
        pytest.skip("vllm is not installed here, and TRACESTILL_VLLM_PYTHON names no Python that has it (make vllm)")
    return sys.executable


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the trial makes its model."""
    return tmp_path_factory.mktemp("vllm") / "tiny"


def run(python: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = PROCESSOR | dict(os.environ)
    return subprocess.run(
        [python, *map(str, arguments)], capture_output=True, text=True, timeout=600, check=False, env=environment
    )


def trial(python: str, part: str, folder: Path) -> dict[str, Any]:
    done = run(python, TRIAL, part, folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_the_engine_answers_as_it_is_asked(python: str, folder: Path) -> None:
    found = trial(python, "trial", folder)
    one, other, group = found["one"], found["other seed"], found["group"]
    assert one["response"] == found["again"]["response"] != other["response"]
    assert [group[0]["response"], group[1]["response"]] == [one["response"], other["response"]], "seed, seed + 1, ..."
    assert len({answer["response"] for answer in group}) == 4
    assert all(answer["completion_tokens"] <= 16 for answer in group)
    assert one["prompt_tokens"] == 33
    assert (one["finish_reason"], one["completion_tokens"]) == ("length", 16)
    assert len(found["greedy group"]) == 1, "several would be the same"
    assert found["too long"]["kind"] == "context_too_long"
    assert found["no room"]["finish_reason"] in ("length", "stop")
    assert {answer["finish_reason"] for answer in found["many"]} <= {"length", "stop"}
    assert len(found["many"]) == 24
    assert (found["cancelled"], found["unfinished"]) == (1, 0)
    assert found["children"]
    assert found["children after"] == []


@pytest.mark.slow
def test_a_dead_engine_ends_the_teacher(python: str, folder: Path) -> None:
    found = trial(python, "death", folder)
    assert {one["kind"] for one in found.values()} == {"TeacherUnavailable"}
    assert "engine has died" in found["under way"]["detail"]


@pytest.mark.slow
def test_what_is_wrong_is_named_before_anything_is_loaded(python: str, folder: Path) -> None:
    found = trial(python, "refused", folder)
    assert {one["kind"] for one in found.values()} == {"ConfigError"}
    assert "engine.max_model_length" in found["engine"]["detail"]
    assert "did you mean 'max_model_len'" in found["engine"]["detail"]
    assert "did you mean 'top_k'" in found["extra_body"]["detail"]
    assert "min_p must be in [0, 1]" in found["extra_body value"]["detail"]
    assert "$.top_k" in found["extra_body type"]["detail"]
    assert "under sampling" in found["sampling"]["detail"]


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 4])
def test_a_run_of_the_command_line(python: str, folder: Path, project: Project, tmp_path: Path, n: int) -> None:
    if not folder.exists():
        trial(python, "refused", folder)
    sampling = {"k": 4, "n": n, "max_tokens": 8}
    terms = tmp_path / "terms"
    terms.mkdir()
    own = {
        "schema": 1,
        "id": "tiny",
        "name": "Our own",
        "kind": "model-licence",
        "like": "smollm2",
        "matches": {"models": [str(folder)]},
    }
    (terms / "tiny.yaml").write_text(yaml.safe_dump(own, sort_keys=False))
    config = with_engine(
        project(problems=2, policy={"terms": "terms"}), str(folder), sampling=sampling, engine={"max_model_len": 1024}
    )
    done = run(python, "-m", "tracestill", "generate", "-c", config, "--output", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["completions"] == 8
    found = rows(config, "SELECT DISTINCT host, served_model, error FROM traces")
    assert found == [{"host": "in-process", "served_model": str(folder), "error": None}]
