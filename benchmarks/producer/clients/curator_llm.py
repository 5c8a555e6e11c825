"""bespokelabs-curator over its own OpenAI backend, its limits out of the way, without cache, viewer and telemetry.

It runs in an environment of its own; README.md beside the scripts says how that is made. Its tokenizer is read from
what litellm brings along, since it would be downloaded otherwise.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import litellm.litellm_core_utils.default_encoding  # noqa: F401  # points tiktoken at the copy that litellm holds
from bespokelabs import curator

NO_LIMIT = 10**9


class Prompter(curator.LLM):
    """Sends each prompt as it is."""

    def prompt(self, input: dict[str, Any]) -> str:
        return input["prompt"]

    def parse(self, input: dict[str, Any], response: str) -> dict[str, Any]:
        return {"prompt": input["prompt"], "response": response}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--problems", type=Path, required=True)
    parser.add_argument("--concurrency", type=int, required=True)
    asked = parser.parse_args()
    with asked.problems.open() as lines:
        prompts = [{"prompt": json.loads(line)["prompt"]} for line in lines]
    llm = Prompter(
        model_name=asked.model,
        backend="openai",
        generation_params={"max_tokens": 2048},
        backend_params={
            "base_url": asked.url,
            "api_key": "none",
            "max_concurrent_requests": asked.concurrency,
            "max_requests_per_minute": NO_LIMIT,
            "max_tokens_per_minute": NO_LIMIT,
            "require_all_responses": False,
        },
    )
    answered = llm(prompts)
    rows = getattr(answered, "dataset", answered)
    print(json.dumps({"completions": sum(bool(row["response"]) for row in rows)}))


if __name__ == "__main__":
    main()
