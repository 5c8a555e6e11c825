"""What is built is what is here: the wheel's files, its commands in a clean environment, and its dependencies."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import site
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FOLDERS = ("pipeline", "verifiers", "policies", "prompts")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HEAVY = ("duckdb", "pyarrow", "msgspec", "yaml", "datasets", "torch", "rich")
"""Libraries that a page of help has no use for."""
UNIMPORTED = {
    "accelerate": "the trainer of transformers needs it",
    "gguf": "transformers reads GGUF files with it",
    "ray": "for runs over many machines to come",
    "vllm": "imported by name, in an environment of its own",
}


NOT_PACKED = {"__pycache__", "package.json", "package-lock.json", ".npmrc", "assets-for-tests"}
"""What lies in the folders for tests and for whoever builds the wheel."""


def files_of(root: Path) -> dict[str, Path]:
    """Every file of the four folders by its place in the wheel."""
    found = {
        f"tracestill/{path.relative_to(root).as_posix()}".replace("tracestill/pipeline/_root/", "tracestill/"): path
        for folder in FOLDERS
        for path in (root / folder).rglob("*")
        if path.is_file() and NOT_PACKED.isdisjoint(path.parts)
    }
    suffixes = {Path(name).suffix for name in found if "/viewing/" not in name}
    assert suffixes == {".py", ".sql", ".yaml", ".md", ".jinja", ".jsonl", ".typed", ".cpp", ".js", ".txt"}
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: nothing is left in the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def clean_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel, and sees the libraries of this one but not its tracestill."""
    folder = tmp_path_factory.mktemp("clean")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=300)
    python = folder / "bin/python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True, timeout=300)
    # A folder that a .pth file names is searched after the environment's own; .pth files in it are not read.
    (site_packages(folder) / "libraries.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return python


def site_packages(environment: Path) -> Path:
    (folder,) = environment.glob("lib/python3.*/site-packages")
    return folder


def run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TRACESTILL"))}
    answer = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_tree_and_no_other(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        packed = {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}
    expected = files_of(ROOT)
    assert set(packed) == set(expected)
    assert [name for name, path in expected.items() if packed[name] != path.read_bytes()] == []


@pytest.mark.slow
def test_the_wheel_says_what_it_is(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        about = Parser().parsestr(archive.read(name).decode())
        assert archive.read(name.replace("METADATA", "licenses/LICENSE")) == (ROOT / "LICENSE").read_bytes()
    assert about["Name"] == "tracestill"
    assert about["Version"] == PROJECT["project"]["version"]
    assert about["License-Expression"] == "Apache-2.0"
    assert about["Requires-Python"] == ">=3.11"
    assert about.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_only_the_name_tracestill_is_installed(clean_python: Path):
    names = {path.name for path in site_packages(clean_python.parents[1]).iterdir()} - {"libraries.pth"}
    assert names == {"tracestill", f"tracestill-{PROJECT['project']['version']}.dist-info"}


@pytest.mark.slow
def test_the_installed_package_is_the_one_that_runs(clean_python: Path, tmp_path: Path):
    code = "import tracestill.pipeline as p, tracestill; print(p.__file__, tracestill.__version__)"
    place, version = run(clean_python, "-c", code, cwd=tmp_path).split()
    assert Path(place).is_relative_to(clean_python.parents[1])
    assert version == PROJECT["project"]["version"]


@pytest.mark.slow
def test_the_commands_run_from_any_folder(clean_python: Path, tmp_path: Path):
    tracestill = clean_python.parent / "tracestill"
    assert "Usage: tracestill" in run(tracestill, "--help", cwd=tmp_path)
    assert "Usage: " in run(clean_python, "-m", "tracestill", "--help", cwd=tmp_path)
    assert json.loads(run(tracestill, "config", "schema", cwd=tmp_path))["title"] == "Config"
    listed = json.loads(run(tracestill, "policies", "list", "--output", "json", cwd=tmp_path))["terms"]
    assert len(listed) == len(list((ROOT / "policies/terms").glob("*.yaml")))
    assert "next: tracestill plan" in run(tracestill, "init", "project", cwd=tmp_path)
    shown = yaml.safe_load(run(tracestill, "config", "show", "-c", "project/tracestill.yaml", cwd=tmp_path))
    assert shown["teachers"][0]["sampling"]["k"] == 4
    plan = json.loads(
        run(tracestill, "plan", "--output", "json", "-c", "project/tracestill.yaml", cwd=tmp_path).splitlines()[-1]
    )
    assert plan["blocked"] is False
    assert plan["needs"][0]["missing"] == 16


@pytest.mark.parametrize("command", [[], ["run"], ["query"], ["grade", "math"], ["policies", "list"], ["config"]])
def test_help_imports_nothing_heavy(command: list[str]):
    """Typer takes pydantic in by itself once a command has options."""
    code = (
        "import json, sys\n"
        "from tracestill.pipeline.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "print(json.dumps(list(sys.modules)))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, *command, "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "Usage: " in answer.stdout
    imported = set(json.loads(answer.stdout.splitlines()[-1]))
    assert imported & {*HEAVY, "pydantic"} <= ({"pydantic"} if command else set())
    ours = {name for name in imported if name.startswith("tracestill")}
    assert ours == {"tracestill", "tracestill.pipeline"} | {
        f"tracestill.pipeline.{name}" for name in ("cli", "cli_options", "cli_policies", "cli_review", "cli_workspace")
    }


def test_every_folder_of_code_is_listed_in_the_project():
    mapping: dict[str, str] = PROJECT["tool"]["setuptools"]["package-dir"]
    listed = {mapping[f"tracestill.{folder}"] for folder in FOLDERS}
    assert listed == set(FOLDERS)
    packages = {f"tracestill.{'.'.join(path.parent.relative_to(ROOT).parts)}" for path in _modules()}
    packages = {name.replace("tracestill.pipeline._root", "tracestill") for name in packages}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == packages


def test_every_dependency_is_used_and_everything_used_is_a_dependency():
    extras: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
    core = {_name(line) for line in PROJECT["project"]["dependencies"]}
    declared = core | {_name(line) for lines in extras.values() for line in lines}
    used = set(_distributions_used())
    assert declared - used == set(UNIMPORTED)
    # sympy's own, and pinned by it; several distributions share the name opentelemetry.
    assert {name for name in used - declared if not name.startswith("opentelemetry-")} == {"mpmath"}


def test_every_dependency_has_a_tested_version():
    tested = {_name(line) for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")}
    train = PROJECT["project"]["optional-dependencies"]["train"]
    wanted = [*PROJECT["project"]["dependencies"], *train, *PROJECT["dependency-groups"]["dev"]]
    assert {_name(line) for line in wanted} - tested == set()


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~ ;]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def _modules() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (path for path in (ROOT / folder).rglob("*.py"))


def _distributions_used() -> Iterator[str]:
    """Distributions whose modules the code imports, or names as text where it imports by name."""
    for path in _modules():
        text = path.read_text(encoding="utf-8")
        by_name = "importlib.import_module" in text
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            elif by_name and isinstance(node, ast.Constant) and isinstance(node.value, str):
                names = [node.value]
            else:
                names = []
            for name in names:
                yield from _distributions().get(name.partition(".")[0], [])


@cache
def _distributions() -> dict[str, list[str]]:
    return {
        module: sorted({name.lower().replace("_", "-") for name in names})
        for module, names in packages_distributions().items()
        if module not in ("tracestill", "_distutils_hack")
    }
