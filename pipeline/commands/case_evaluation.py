"""``tracestill policies evaluate``: what the gate says to situations written down as cases."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
from pydantic import ValidationError

from ...policies.cases import Case
from ...policies.evaluation import evaluate
from ...policies.library import TermsSet, load_terms
from .. import logs
from ..errors import ConfigError

INVALID = {"verdict": "unknown", "blocked": True, "reason_codes": ["INVALID_CASE"], "policies": [], "conditions": []}
"""The answer to a line that is no case: what cannot be read is not allowed."""


def evaluate_cases(file: Path, folder: Path | None) -> None:
    """Print the gate's answer to every line of ``file``, in order.

    Raises:
        ConfigError: the file is not there, or a terms file is wrong.
    """
    terms = load_terms(folder)
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read as UTF-8 text: {error}") from error
    for answer in _answers(file, lines, terms):
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _answers(file: Path, lines: list[str], terms: TermsSet) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = Case.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(map(str, first["loc"]))
            logs.warning(f"{file}:{number}: {key}: {first['msg']}; the line is answered as unknown")
            yield {"id": _id_of(line)} | INVALID
            continue
        if unread := list(case.unread()):
            logs.warning(f"{file}:{number}: not looked at: {', '.join(unread)}")
        yield msgspec.to_builtins(evaluate(case, terms))


def _id_of(line: str) -> str | None:
    try:
        raw: object = json.loads(line)
    except ValueError:
        return None
    found = cast(dict[str, object], raw).get("id") if isinstance(raw, dict) else None
    return found if isinstance(found, str) else None
