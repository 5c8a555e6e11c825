"""Text of others on a terminal: it is shown as it is, and steers nothing."""

from __future__ import annotations

import json
from typing import Any


def printable(text: str) -> str:
    """Text without control characters and without those that turn the direction of writing; lines stay lines."""
    return "".join(char if char in "\n\t" or char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def printable_json(value: Any) -> str:
    """JSON on one line that reads as it was and holds no character that a terminal obeys: these are escaped."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)
