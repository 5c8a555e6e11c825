"""Asks a tiny model through the real engine, and prints what came as one JSON object: run by test_vllm.py.

A program of its own, since vLLM pins libraries that the environment of the tests has in other versions.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import psutil
from tracestill.pipeline.config_teacher import Teacher
from tracestill.pipeline.errors import TracestillError
from tracestill.pipeline.records import Message
from tracestill.pipeline.teachers.base import Completion, Request, SampleFailed
from tracestill.pipeline.teachers.vllm import VLLM

ENGINE = {"dtype": "float32", "max_model_len": 512, "max_num_seqs": 16, "enforce_eager": True, "seed": 0}


def request(text: str, seed: int | None = 1, max_tokens: int = 16, temperature: float | None = 1.0) -> Request:
    message = Message(role="user", content=text)
    return Request(messages=(message,), max_tokens=max_tokens, temperature=temperature, top_p=None, seed=seed)


def shown(answer: Completion | SampleFailed | TracestillError) -> dict[str, Any]:
    if isinstance(answer, Completion):
        return {name: getattr(answer, name) for name in Completion.__struct_fields__}
    return {"kind": getattr(answer, "kind", type(answer).__name__), "detail": str(answer)}


async def asked(client: VLLM, wanted: Request) -> dict[str, Any]:
    try:
        return shown(await client.sample(wanted))
    except (SampleFailed, TracestillError) as error:
        return shown(error)


async def trial(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    teacher = Teacher(id="t", provider="vllm", model=folder, engine=ENGINE, extra_body={"top_k": 50})
    async with VLLM(teacher, None) as client:
        found["one"] = await asked(client, request("What is 2 + 2?"))
        found["again"] = await asked(client, request("What is 2 + 2?"))
        found["other seed"] = await asked(client, request("What is 2 + 2?", seed=2))
        found["group"] = [shown(answer) for answer in await client.sample_group(request("What is 2 + 2?"), 4)]
        greedy = request("What is 2 + 2?", temperature=0)
        found["greedy group"] = [shown(answer) for answer in await client.sample_group(greedy, 4)]
        found["too long"] = await asked(client, request("x" * 600))
        found["no room"] = await asked(client, request("x" * 400, max_tokens=500))
        many = [asyncio.create_task(asked(client, request(f"Number {n}?", seed=n))) for n in range(24)]
        found["many"] = [await task for task in many]
        found["cancelled"] = await cancelled(client)
        found["children"] = [child.name() for child in psutil.Process().children(recursive=True)]
        engine = await client._engine()  # its processes are what is looked at
        found["unfinished"] = engine.get_num_unfinished_requests()
        del engine
    found["children after"] = [child.name() for child in psutil.Process().children(recursive=True) if lives(child)]
    return found


async def cancelled(client: VLLM) -> int:
    """Requests in the engine while a sample is under way."""
    task = asyncio.create_task(asked(client, request("Go on and on", max_tokens=450)))
    await asyncio.sleep(0.3)
    engine = await client._engine()
    under_way = engine.get_num_unfinished_requests()
    task.cancel()
    await asyncio.wait([task])
    return under_way


def lives(process: psutil.Process) -> bool:
    # Python's own tracker of shared memory ends with this process.
    return "resource_tracker" not in " ".join(process.cmdline())


async def death(folder: str) -> dict[str, Any]:
    async with VLLM(Teacher(id="t", provider="vllm", model=folder, engine=ENGINE), None) as client:
        await asked(client, request("Begin"))
        task = asyncio.create_task(asked(client, request("Go on and on", max_tokens=450)))
        await asyncio.sleep(0.3)
        for child in psutil.Process().children(recursive=True):
            if lives(child):
                os.kill(child.pid, signal.SIGKILL)
        return {"under way": await task, "after": await asked(client, request("Anybody?"))}


async def refused(folder: str) -> dict[str, Any]:
    """What is wrong is said before anything is loaded."""
    wrong = {
        "engine": {"engine": {"max_model_length": 5}},
        "engine model": {"engine": {"model": "other"}},
        "engine value": {"engine": {"dtype": "float31"}},
        "extra_body": {"extra_body": {"topk": 5}},
        "extra_body value": {"extra_body": {"min_p": 7}},
        "extra_body type": {"extra_body": {"top_k": "many"}},
        "sampling": {"extra_body": {"seed": 5}},
        "adapter": {"adapter": folder},
        "model": {"model": f"{folder}/nothing"},
    }
    found: dict[str, Any] = {}
    for name, change in wrong.items():
        async with VLLM(Teacher(**{"id": "t", "provider": "vllm", "model": folder} | change), None) as client:
            found[name] = await asked(client, request("Hello"))
    return found


if __name__ == "__main__":
    part, folder = sys.argv[1:]
    sys.path.append(str(Path(__file__).parents[1]))
    from tiny_model import make_tiny_model

    if not Path(folder).exists():
        make_tiny_model(Path(folder), head_dim=32)
    sys.stdout.write(json.dumps(asyncio.run(globals()[part](folder))) + "\n")
