"""The server as a process of its own: ``python -m teacher_server --port 0 --delay 0.2``.

It prints one line of JSON with its port when it is ready, and serves until it is killed. ``GET /__stats`` tells what
it did (``?expected=N`` adds when 10, 50 and 90 % of N answers had been sent), ``POST /__reset`` forgets it.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
from collections.abc import Callable
from typing import Any

from .delays import Lognormal
from .fast import FastChat
from .faults import KINDS, RandomFaults
from .limits import Limits
from .server import TeacherServer
from .voice import Voice


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="teacher_server", description=__doc__)
    add = parser.add_argument
    add("--port", type=int, default=0, help="0 takes a free one")
    add("--protocols", choices=("chat", "all"), default="chat", help="chat completions alone are many times faster")
    add("--delay", type=float, default=0.0, help="seconds before an answer")
    add("--lognormal", action="store_true", help="take --delay as the mean of a lognormal distribution")
    add("--sigma", type=float, default=0.6)
    add("--seed", type=int, default=0, help="of the delays")
    add("--answer-chars", type=int, help="length of an answer; without it, it solves the sum it is asked")
    add("--solves", action="store_true", help="solve the sum even so; slower")
    add("--served-model", help="the name it answers as")
    add("--ignores-n", action="store_true", help="answer one choice whatever n is")
    add("--requests-per-minute", type=int)
    add("--tokens-per-minute", type=int)
    add("--concurrency", type=int)
    add("--burst", type=float, help="a token bucket of so many seconds' worth in place of a sliding window")
    add("--fault-share", type=float, default=0.0)
    add("--fault-kinds", default=",".join(KINDS), help="separated by commas")
    add("--fault-seed", type=int, default=0)
    add("--fault-wait", type=float, default=0.2, help="seconds that a 429 asks for")
    add("--stall", type=float, default=5.0, help="seconds that a stalled request is held")
    return parser.parse_args(arguments)


def voice_of(asked: argparse.Namespace) -> dict[str, Any]:
    """What it says."""
    fixed = asked.answer_chars is not None and not asked.solves
    return {
        "answer": (lambda body: {"content": "The answer is \\boxed{0}."}) if fixed else None,
        "answer_chars": asked.answer_chars,
        "served_model": asked.served_model,
        "takes_n": not asked.ignores_n,
    }


async def serve(asked: argparse.Namespace) -> None:
    """Serve until killed."""
    lognormal = Lognormal(asked.delay, asked.sigma, asked.seed) if asked.lognormal else None
    delay: float | Callable[[], float] = lognormal or asked.delay
    limits = Limits(asked.requests_per_minute, asked.tokens_per_minute, asked.concurrency, asked.burst)
    kinds = tuple(asked.fault_kinds.split(","))
    faults = RandomFaults(asked.fault_share, kinds, asked.fault_seed, asked.fault_wait, asked.stall)
    random_faults = faults if asked.fault_share else None
    said = voice_of(asked)
    if asked.protocols == "all":
        server = TeacherServer(**said, delay=delay, limits=limits, random_faults=random_faults, keeps_seen=False)
        port = await server.start(asked.port)
    else:
        fast = FastChat(Voice(**said), delay, limits, random_faults, prerendered=said["answer"] is not None)
        port = (await fast.listen(asked.port)).sockets[0].getsockname()[1]
    sys.stdout.write(json.dumps({"port": port}) + "\n")
    sys.stdout.flush()
    gc.freeze()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(parse()))
