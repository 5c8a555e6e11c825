"""Commands about the configuration itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import yaml

from ..config import Config
from ..config_file import load_config
from ..errors import ConfigError

STARTER = {"tracestill.yaml": "starter.yaml", "problems.jsonl": "starter_problems.jsonl"}


def init(directory: Path) -> None:
    """Write the starter files into a folder."""
    taken = [name for name in STARTER if (directory / name).exists()]
    if taken:
        raise ConfigError(f"{directory / taken[0]}: is there already; choose another folder or move it away")
    directory.mkdir(parents=True, exist_ok=True)
    for name, source in STARTER.items():
        text = files("tracestill.pipeline").joinpath("starter", source).read_text(encoding="utf-8")
        (directory / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {', '.join(str(directory / name) for name in STARTER)}\n")
    sys.stdout.write(f"next: tracestill plan -c {directory / 'tracestill.yaml'}\n")


def config_show(config: Path, sets: Sequence[str] | None) -> None:
    """Print the configuration as it holds after defaults and overrides."""
    resolved = load_config(config, sets or ()).model_dump(mode="json", by_alias=True)
    sys.stdout.write(yaml.safe_dump(resolved, sort_keys=False, allow_unicode=True))


def config_schema() -> None:
    """Print the JSON schema of the file."""
    schema = Config.model_json_schema(by_alias=True) | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    sys.stdout.write(json.dumps(schema, indent=2) + "\n")
