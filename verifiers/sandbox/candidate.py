"""The child that runs a program: nothing that it says is a verdict.

Either the program is run as a whole, from what it reads to what it prints, or it is loaded and its functions are called
as the other side of a socket asks for.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import errno
import gc
import os
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

from . import plain
from .exceptions import PROGRAM, raised
from .peer import ANYTHING, CHANNEL, Foreign, Peer


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
        _end()
    except BaseException as error:  # noqa: BLE001 - whatever a program raises is its end
        plain.send(CHANNEL, raised(error))
    os._exit(0)


def _end() -> None:
    """What Python does at its own end, in that order."""
    if (threading := sys.modules.get("threading")) is not None:
        threading._shutdown()
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
    _flush()
    sys.modules.pop("__main__", None)
    gc.collect()  # what is left of it is closed, and may still print
    sys.stdout = sys.__stdout__
    _flush()


def _flush() -> None:
    for file in (sys.stdout, sys.__stdout__):
        try:
            if file is not None and not file.closed:
                file.flush()
        except OSError as error:
            if error.errno != errno.EBADF:
                raise


def _serve(program: str, requests: Iterator[dict[str, Any]]) -> NoReturn:
    peer = Peer("program", Foreign, ANYTHING, may_keep=lambda value: True, named={})
    unloaded: dict[str, Any] | None = None
    try:
        peer.named = _load(program, "solution")
    except BaseException as error:  # noqa: BLE001 - it is told to whoever asks for the program's names
        unloaded = raised(error)
    with contextlib.suppress(OSError):  # nobody reads any more
        for request in requests:
            if unloaded is not None:
                plain.send(CHANNEL, unloaded)
            else:
                peer.reply(request)
    os._exit(0)


def _load(program: str, name: str) -> dict[str, Any]:
    module = type(sys)(name)
    sys.modules[name] = module
    namespace = module.__dict__
    namespace |= {"__builtins__": builtins, "__file__": PROGRAM}
    exec(compile(program, PROGRAM, "exec"), namespace)
    return namespace
