"""The bound that a Python client can reach: bounded workers over one aiohttp session, each answer parsed as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import aiohttp


async def work(session: aiohttp.ClientSession, url: str, model: str, prompts: Iterator[str]) -> int:
    done = 0
    for prompt in prompts:
        body = {"model": model, "messages": [{"role": "user", "content": prompt}], "max_tokens": 2048}
        async with session.post(f"{url}/chat/completions", json=body) as answer:
            content = json.loads(await answer.read())
        done += bool(content["choices"][0]["message"]["content"])
    return done


async def sample(url: str, model: str, prompts: Iterator[str], concurrency: int) -> int:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
        workers = [group.create_task(work(session, url, model, prompts)) for _ in range(concurrency)]
    return sum(worker.result() for worker in workers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--problems", type=Path, required=True)
    parser.add_argument("--concurrency", type=int, required=True)
    asked = parser.parse_args()
    with asked.problems.open() as lines:
        prompts = (json.loads(line)["prompt"] for line in lines)
        done = asyncio.run(sample(asked.url, asked.model, prompts, asked.concurrency))
    print(json.dumps({"completions": done}))


if __name__ == "__main__":
    main()
