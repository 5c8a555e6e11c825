"""The clients that are compared, and the work they are given.

Every client is a command that is given a file of problems and a server; it ends when it has asked for each once.
"""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CURATOR = ROOT / ".venvs/curator/bin/python"
MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"
TRACESTILL = f"{sys.executable} -m tracestill"


@dataclass(frozen=True)
class Work:
    """What a client is asked to do, in a folder of its own."""

    folder: Path
    url: str
    count: int
    concurrency: int
    requests_per_minute: int | None = None

    @property
    def problems(self) -> Path:
        """The problems, one JSON object a line."""
        return self.folder / "problems.jsonl"

    def write(self) -> None:
        """Write the problems."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.problems.open("w") as file:
            for number in range(self.count):
                prompt = f"What is {number} + {number}? Think step by step, then give the sum."
                problem = {"id": f"p{number}", "domain": "math", "prompt": prompt, "answer": str(2 * number)}
                file.write(json.dumps(problem) + "\n")


def names() -> list[str]:
    """Clients that can be run here."""
    return ["bare", "openai", "curator", "tracestill"] if CURATOR.exists() else ["bare", "openai", "tracestill"]


def command(name: str, work: Work, tracestill: str = TRACESTILL) -> list[str]:
    """How a client is started."""
    if name == "tracestill":
        return [*shlex.split(tracestill), "generate", "-c", str(configuration(work))]
    script = {"bare": "bare.py", "openai": "openai_sdk.py", "curator": "curator_llm.py"}[name]
    python = str(CURATOR) if name == "curator" else sys.executable
    options = {"url": work.url, "model": MODEL, "problems": work.problems, "concurrency": work.concurrency}
    return [python, str(HERE / "clients" / script), *(f"--{key}={value}" for key, value in options.items())]


def environment(name: str, work: Work) -> dict[str, str]:
    """What a client needs to find in its environment; no telemetry, and a home of its own."""
    if name != "curator":
        return {}
    quiet = {"CURATOR_DISABLE_CACHE": "true", "CURATOR_VIEWER": "0", "TELEMETRY_ENABLED": "false"}
    home = {"HOME": str(work.folder), "CURATOR_CACHE_DIR": str(work.folder / "cache"), "HF_HUB_OFFLINE": "1"}
    return quiet | home | {"OPENAI_API_KEY": "none", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}


def configuration(work: Work, **changes: Any) -> Path:
    """A configuration of Tracestill for this work: one completion per problem, our own server, no budget."""
    limits: dict[str, Any] = {"concurrency": work.concurrency}
    if work.requests_per_minute is not None:
        limits["requests_per_minute"] = work.requests_per_minute
    teacher = {
        "id": "local",
        "provider": "openai-chat",
        "base_url": work.url,
        "model": MODEL,
        "self_hosted": True,
        "sampling": {"k": 1, "max_tokens": 2048},
        "limits": limits,
    }
    config = {
        "schema_version": 1,
        "workspace": "ws",
        "use": {"purposes": ["internal_research"]},
        "problems": [{"path": "problems.jsonl", "source": "sums", "license": "own"}],
        "teachers": [teacher | changes],
    }
    path = work.folder / "tracestill.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path
