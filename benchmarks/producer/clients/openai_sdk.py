"""OpenAI's SDK with its own transport and its own retries, under a semaphore; tasks are made as places get free."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterable
from pathlib import Path

import openai


async def sample(url: str, model: str, prompts: Iterable[str], concurrency: int, retries: int) -> int:
    places, done = asyncio.Semaphore(concurrency), 0
    client = openai.AsyncOpenAI(api_key="none", base_url=url, max_retries=retries)

    async def ask(prompt: str) -> None:
        nonlocal done
        try:
            answer = await client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": prompt}], max_tokens=2048
            )
            done += bool(answer.choices and answer.choices[0].message.content)
        except (openai.OpenAIError, json.JSONDecodeError):
            pass  # counted by its absence
        finally:
            places.release()

    async with client, asyncio.TaskGroup() as group:
        for prompt in prompts:
            await places.acquire()
            group.create_task(ask(prompt))
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--problems", type=Path, required=True)
    parser.add_argument("--concurrency", type=int, required=True)
    parser.add_argument("--retries", type=int, default=openai.DEFAULT_MAX_RETRIES)
    asked = parser.parse_args()
    with asked.problems.open() as lines:
        prompts = (json.loads(line)["prompt"] for line in lines)
        done = asyncio.run(sample(asked.url, asked.model, prompts, asked.concurrency, asked.retries))
    print(json.dumps({"completions": done}))


if __name__ == "__main__":
    main()
