"""``tracestill grade``: the verifiers by themselves, on any file."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

from ...verifiers.math_answer import Graded, MathAnswer, MathAnswerSettings
from ..errors import ConfigError


def grade_math(file: Path, out: Path) -> None:
    """Grade every line of ``file`` into the same line of ``out``, which appears when it is complete.

    A line is ``{"id", "gold", "pred"}`` with an optional ``"form"``: ``response`` (the default) is a whole model
    response, ``answer`` a bare answer. A line that cannot be read is answered too, with the outcome ``error``.

    Raises:
        ConfigError: the input is not there or the output cannot be written.
    """
    with closing(MathAnswer(MathAnswerSettings())) as verifier:
        verifier.warm()
        write_answers(file, out, lambda: _answers(file, verifier))


def write_answers(file: Path, out: Path, answers: Callable[[], Iterable[dict[str, Any]]]) -> None:
    """Write the answers to the lines of ``file``; ``out`` appears when they are complete.

    Raises:
        ConfigError: the input is not there or the output cannot be written.
    """
    if not file.is_file():
        raise ConfigError(f"{file}: there is no such file")
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as lines:
            lines.writelines(json.dumps(answer) + "\n" for answer in answers())
        temporary.replace(out)
    except OSError as error:
        raise ConfigError(f"{error.filename or out}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _answers(file: Path, verifier: MathAnswer) -> Iterator[dict[str, Any]]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            started = time.perf_counter()
            answer: dict[str, Any] = {"id": None, "outcome": "error", "extracted": None, "reason": ""}
            try:
                answer |= _graded(line, verifier, answer)
            except Exception as error:  # noqa: BLE001 - a line that breaks something is answered like any other
                answer["reason"] = f"{file}:{number}: {error or type(error).__name__}"
            yield answer | {"seconds": round(time.perf_counter() - started, 6)}


def _graded(line: bytes, verifier: MathAnswer, answer: dict[str, Any]) -> dict[str, Any]:
    row = row_of(line)
    answer["id"] = row.get("id")
    if missing := [name for name in ("id", "gold", "pred") if name not in row]:
        raise ValueError(f"the key {missing[0]!r} is missing")
    gold, pred, form = text_of(row, "gold"), text_of(row, "pred"), row.get("form", "response")
    if form not in ("answer", "response"):
        raise ValueError(f"form is {form!r}; it is one of: answer, response")
    graded: Graded = verifier.grade_answer(gold, pred) if form == "answer" else verifier.grade(gold, pred)
    return {"outcome": graded.finding.outcome, "extracted": graded.extracted, "reason": graded.finding.reason}


def row_of(line: bytes) -> dict[str, Any]:
    """The JSON object of a line.

    Raises:
        ValueError, TypeError: it holds none.
    """
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON: {error}") from error
    if not isinstance(row, dict):
        raise TypeError("no JSON object")
    return cast("dict[str, Any]", row)


def text_of(row: dict[str, Any], name: str) -> str:
    """The text, or the number as text, under a key.

    Raises:
        TypeError: it is something else.
    """
    value = row[name]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value
