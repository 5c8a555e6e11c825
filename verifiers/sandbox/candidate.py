"""The child that runs a program: nothing that it says is a verdict.

Either the program is run as a whole, from what it reads to what it prints, or it is loaded and its functions are called
as the other side of a socket asks for.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import errno
import operator
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from . import plain

CHANNEL = 3
"""The descriptor of the socket to whoever asks."""
FILE = "solution.py"
_MESSAGE_CHARACTERS = 500


def _call(target: Any, *args: Any, **kwargs: Any) -> Any:
    return target(*args, **kwargs)


def _get(target: Any) -> Any:
    return target


OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": _call,
    "get": _get,
    "attribute": getattr,
    "set_attribute": setattr,
    "length": len,
    "item": operator.getitem,
    "set_item": operator.setitem,
    "iterator": iter,
    "next": next,
    "contains": operator.contains,
    "text": str,
    "repr": repr,
}
"""What can be asked of a value of the program."""

_LIMITS = {errno.EFBIG: "output", errno.ENOSPC: "files", errno.EDQUOT: "files", errno.EMFILE: "descriptors"}


def run(payload: dict[str, Any]) -> NoReturn:
    """Run ``payload["program"]`` by ``payload["mode"]``.

    ``whole`` runs it as a program and tells what it raised; ``calls`` loads it and answers ``payload["requests"]`` one
    after the other; ``serve`` loads it and answers what comes over the channel.
    """
    match payload["mode"]:
        case "whole":
            _run_whole(payload["program"])
        case "calls":
            _serve(payload["program"], iter(payload["requests"]))
        case _:
            _serve(payload["program"], _incoming())


def _incoming() -> Iterator[dict[str, Any]]:
    while True:
        try:
            yield plain.receive(CHANNEL)
        except EOFError:
            return


def _run_whole(program: str) -> NoReturn:
    try:
        with contextlib.suppress(SystemExit):
            _load(program, "__main__")
        if (threading := sys.modules.get("threading")) is not None:
            threading._shutdown()
        atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage] - what Python's own end does
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - whatever a program raises is its end
        plain.send(CHANNEL, raised(error))
    os._exit(0)


def _serve(program: str, requests: Iterator[dict[str, Any]]) -> NoReturn:
    kept: list[Any] = []
    namespace: dict[str, Any] = {}

    def keep(value: Any) -> Any:
        kept.append(value)
        return {"object": [len(kept) - 1, type(value).__name__[:100]]}

    def find(target: Any) -> Any:
        if isinstance(target, int):
            return kept[target]
        if target in namespace:
            return namespace[target]
        raise NameError(f"name {target!r} is not defined")

    def fetch(body: Any) -> Any:
        return find(body[0])

    unloaded: dict[str, Any] | None = None
    try:
        namespace = _load(program, "solution")
    except BaseException as error:  # noqa: BLE001
        unloaded = raised(error)
    for request in requests:
        _reply(unloaded or _answer(request, find, fetch, keep))
    os._exit(0)


def _load(program: str, name: str) -> dict[str, Any]:
    module = type(sys)(name)
    sys.modules[name] = module
    namespace = module.__dict__
    namespace["__builtins__"] = builtins
    exec(compile(program, FILE, "exec"), namespace)
    return namespace


def _answer(
    request: dict[str, Any], find: Callable[[Any], Any], fetch: Callable[[Any], Any], keep: plain.Keep
) -> dict[str, Any]:
    try:
        target = find(request["target"])
        args = [plain.decode(item, fetch) for item in request.get("args", ())]
        kwargs = {name: plain.decode(item, fetch) for name, item in request.get("kwargs", ())}
        return {"value": plain.encode(OPERATIONS[request["do"]](target, *args, **kwargs), keep)}
    except BaseException as error:  # noqa: BLE001
        return raised(error)


def _reply(answer: dict[str, Any]) -> None:
    try:
        plain.send(CHANNEL, answer)
    except plain.TooLarge as error:
        plain.send(CHANNEL, raised(error))
    except OSError:
        os._exit(0)


def raised(error: BaseException) -> dict[str, Any]:
    """What is told of an exception: its types by name, its text cut, the line of the program, the limit behind it."""
    try:
        text = str(error)[:_MESSAGE_CHARACTERS]
    except BaseException:  # noqa: BLE001 - a program's exception may do anything when it is asked for its text
        text = ""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == FILE]
    return {
        "raised": [kind.__name__[:100] for kind in type(error).__mro__],
        "message": text,
        "line": lines[-1] if lines else getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None,
        "limit": _limit(error),
    }


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
