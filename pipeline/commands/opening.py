"""What every command begins and ends with: the configuration, and results on standard output."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..config_file import load_config
from ..job import Plan
from ..printable import printable_json


def open_plan(config: Path, sets: Sequence[str] | None) -> Plan:
    """Read the configuration and check all of it that can be checked without a workspace or a server."""
    return Plan.of(load_config(config, sets or ()), config.resolve().parent)


def print_result(result: Any, output: str, text: str) -> None:
    """Print ``text``, or the result as one JSON object on the last line."""
    if output == "json":
        text = printable_json(msgspec.to_builtins(result))
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
