"""A workspace with hostile traces, its page served by the real command, and a real browser where there is one."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import write_project
from teacher_server import TeacherServer

VIEWING = Path(__file__).parents[2] / "pipeline/viewing"
CHROMIUM = shutil.which("chromium")

BOMB = "\\def\\a{\\a\\a}\\a"
ATTACKS = [
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 2'><svg onload='window.hacked = 3'>",
    "[click](javascript:window.hacked=4) <a href='javascript:window.hacked=5'>me</a>",
    "</pre></details><iframe srcdoc='<script>parent.hacked=6</script>'></iframe>",
    "{{ 7 * 7 }} {% raw %} ${window.hacked = 7} \u202e\u0000 \ud83d",
    f"$${BOMB}$$ $\\href{{javascript:window.hacked=8}}{{x}}$ $\\htmlData{{x=y}}{{z}}$ $\\includegraphics{{http://evil.example/x}}$",
    "$" + "{" * 1500 + "}" * 1500 + "$",
    "```html\n<script>window.hacked = 9</script>\n``` and \\boxed{<img src=x onerror=window.hacked=10>}",
    "x" * 5_000_000,
    "It is $\\frac{1}{2} + \\frac{1}{2}$, so \\boxed{1}.\n```python\nprint(1)  # one\n```",
]


def hostile(body: dict[str, Any]) -> dict[str, Any]:
    """Answers problem number n with attack number n, and reasons with another."""
    number = int(re.search(r"What is (\d+)", body["messages"][-1]["content"])[1])  # type: ignore[index]
    attack = ATTACKS[number % len(ATTACKS)]
    return {"content": f"{attack}\nThe answer is \\boxed{{{2 * number}}}.", "reasoning": ATTACKS[(number + 1) % 8]}


@pytest.fixture(scope="session")
def hostile_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    with TeacherServer(answer=hostile) as server:
        config = write_project(folder, server.url, len(ATTACKS), 2, verify={"workers": 1, "math": {"math-answer": {}}})
        lines = [json.loads(line) for line in (folder / "problems.jsonl").read_text().splitlines()]
        lines[3]["prompt"] += " <script>window.hacked = 11</script>"
        lines = [line | {"source": "<b>sums</b>", "license": "own"} for line in lines]
        lines[4]["id"] = "p/4?<b>"
        (folder / "problems.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        for command in ("generate", "filter"):
            subprocess.run(
                [sys.executable, "-m", "tracestill", command, "-c", str(config)], check=True, capture_output=True
            )
    return config


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Starts the page for a configuration; gives its address."""
    running: list[subprocess.Popen[str]] = []

    def start(config: Path, *options: str) -> str:
        command = [sys.executable, "-m", "tracestill", "view", "-c", str(config), "--port", "0", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, process.stderr.read() if process.stderr else ""
        return address.rstrip("/")

    yield start
    for process in running:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 0


@pytest.fixture
def project_copy(hostile_project: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    shutil.copytree(hostile_project.parent, tmp_path / "copy")
    return tmp_path / "copy" / "tracestill.yaml"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, for one module: as long as it is there an event loop runs in this thread, and others could not."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    if not (VIEWING / "assets-for-tests").exists():
        pytest.skip("the page's assets are missing: make assets")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
