"""What is told on standard error: sentences for a person, or one JSON object a line for a machine.

Every stage speaks through this module, so that a scheduler's log has one form. Results go to standard output and are
none of its business.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

FORM = "TRACESTILL_LOG_FORMAT"
"""The environment variable that says ``text`` or ``json``; processes that are started inherit it."""


def in_json() -> bool:
    """Whether lines are JSON objects."""
    return os.environ.get(FORM) == "json"


def bind(**fields: object) -> None:
    """Have every later line of this process carry these fields, such as the run's id."""
    structlog.contextvars.bind_contextvars(**fields)


def info(sentence: str, **fields: object) -> None:
    """Tell how things are; ``fields`` are shown in JSON alone."""
    _logger().info(sentence, **fields)


def warning(sentence: str, **fields: object) -> None:
    """Tell what should be looked at."""
    _logger().warning(sentence, **fields)


def error(sentence: str, **fields: object) -> None:
    """Tell what went wrong."""
    _logger().error(sentence, **fields)


def notice(sentence: str) -> bytes:
    """A line that a signal handler can write by itself."""
    return (
        json.dumps({"event": sentence, "level": "info"}).encode() + b"\n" if in_json() else f"\n{sentence}\n".encode()
    )


@cache
def _logger() -> FilteringBoundLogger:
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    render = structlog.processors.JSONRenderer(default=str)
    if in_json():
        # Libraries speak through the standard library's logging and warnings: their lines get the same form.
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=render, foreign_pre_chain=shared))
        logging.getLogger().addHandler(handler)
        logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[*shared, render if in_json() else _sentence],
        logger_factory=_to_standard_error,
        cache_logger_on_first_use=False,
    )
    return structlog.get_logger()


def _to_standard_error(*args: object) -> WrappedLogger:
    # Looked up at every line: a test, or a caller, may have put another stream there.
    return structlog.PrintLogger(sys.stderr)


def _sentence(logger: WrappedLogger, method: str, event: EventDict) -> str:
    """The line for a person: what is no mere information says so first."""
    level = event["level"]
    return f"{event['event']}" if level == "info" else f"{level}: {event['event']}"
