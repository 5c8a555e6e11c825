"""The loopback server as a process beside the client that is measured."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[2] / "tests"


class Server:
    """A server process for as long as the context lasts; the arguments are those of ``python -m teacher_server``."""

    def __init__(self, *arguments: str) -> None:
        self._command = [sys.executable, "-m", "teacher_server", "--port", "0", *arguments]

    def __enter__(self) -> Server:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True, cwd=TESTS)
        assert self._process.stdout is not None
        self.port = int(json.loads(self._process.stdout.readline())["port"])
        self.root = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.root}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def stats(self, expected: int = 0) -> dict[str, Any]:
        """What it did so far."""
        with urllib.request.urlopen(f"{self.root}/__stats?expected={expected}", timeout=30) as answer:
            return json.load(answer)

    def reset(self) -> None:
        """Let it forget what it did."""
        urllib.request.urlopen(urllib.request.Request(f"{self.root}/__reset", method="POST"), timeout=30).close()
