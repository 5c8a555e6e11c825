"""How an exception crosses: by the names of its types, so that only builtin ones are ever rebuilt."""

from __future__ import annotations

import builtins
import errno
import traceback
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from . import plain

PROGRAM = "solution.py"
"""The name that a program is compiled under."""
_CHARACTERS = 500
_SHOWN = 300
_NAME = 100
_LAST_LINE = 1_000_000
NAMED_LIMITS = ("memory", "answer", "output", "files", "descriptors", "threads")
"""Limits that a program can say that it hit."""
_LIMITS = {errno.EFBIG: "output", errno.ENOSPC: "files", errno.EDQUOT: "files", errno.EMFILE: "descriptors"}
_name_of = type.__dict__["__name__"].__get__
_types_of = type.__dict__["__mro__"].__get__
"""A class of a program's classes can have names and bases of its own making, which are not asked."""
_BUILTIN = {
    name: kind for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
}


def raised(error: BaseException) -> dict[str, Any]:
    """What is told of an exception: its types by name, its text cut, the line of the program, the limit behind it."""
    try:
        # The text of a KeyError is the repr of its key, from which no KeyError can be rebuilt.
        text = str(error.args[0] if isinstance(error, KeyError) and error.args else error)[:_CHARACTERS]
    except BaseException:  # noqa: BLE001 - a program's exception may do anything when it is asked for its text
        text = ""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == PROGRAM]
    return {
        "raised": [_name_of(kind)[:_NAME] for kind in _types_of(type(error))],
        "message": text,
        "line": lines[-1] if lines else error.lineno if isinstance(error, SyntaxError) else None,
        "limit": _limit(error),
    }


class Raised(NamedTuple):
    """What the other side tells of an exception; every word of it is its own."""

    kinds: list[str]
    """Names of the exception's types, the nearest first."""
    message: str
    line: int | None
    """Of the program."""
    limit: str | None
    """The limit that was hit."""

    def __str__(self) -> str:
        line = f" (line {self.line})" if self.line is not None else ""
        return f"the program raised {self.kinds[0]}: {self.message[:_SHOWN]!r}{line}"

    def rebuilt(self) -> BaseException:
        """The builtin exception next to the one that was raised."""
        for kind in self.kinds:
            if kind in _BUILTIN:
                try:
                    return _BUILTIN[kind](self.message)
                except TypeError:  # it wants more than a text
                    continue
        return RuntimeError(self.message)


def read(told: Mapping[str, Any]) -> Raised:
    """What ``raised`` told, taken from whoever may tell anything.

    Raises:
        ValueError: it is nothing that ``raised`` tells.
    """
    kinds, message, line, limit = (told.get(name) for name in ("raised", "message", "line", "limit"))
    if not isinstance(kinds, list) or not kinds or not isinstance(message, str):
        raise ValueError("an exception without a type or a message")
    names = [kind[:_NAME] for kind in cast("list[object]", kinds) if isinstance(kind, str)]
    if not names:
        raise ValueError("an exception without a type")
    is_line = type(line) is int and 0 < line <= _LAST_LINE
    return Raised(names, message, line if is_line else None, limit if limit in NAMED_LIMITS else None)


def _limit(error: BaseException) -> str | None:
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, plain.TooLarge):
        return "answer"
    if isinstance(error, OSError):
        return _LIMITS.get(error.errno or 0)
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return "threads"
    return None
