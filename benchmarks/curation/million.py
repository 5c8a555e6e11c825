"""Time and memory of the whole of `curate` over a ledger of accepted traces: memory must not grow with their number.

    python benchmarks/curation/million.py --traces 100000 400000 1000000

Each size is curated in a process of its own, whose peak is what is reported. Four traces a problem, of 90 words made
of syllables; in every fifth problem they are all the same. Verified by ``math-answer`` alone.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.job import Job
from tracestill.pipeline.records import Problem
from tracestill.pipeline.segments import arrow_schema, table_of_rows, write_segment
from tracestill.pipeline.stages.curate import curate
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop

ROWS = 20_000
K = 4
SYLLABLES = ("ba", "ro", "te", "mi", "so", "lu", "ga", "ne")
WORDS = ["".join(syllables) for syllables in product(SYLLABLES, repeat=3)]


def configuration(folder: Path) -> Path:
    """Write the configuration that is curated; gives its path."""
    teacher = {
        "id": "local", "provider": "openai-chat", "base_url": "http://127.0.0.1:9/v1", "self_hosted": True,
        "model": "HuggingFaceTB/SmolLM2-135M-Instruct", "sampling": {"k": K},
    }  # fmt: skip
    config = {
        "schema_version": 1,
        "workspace": "ws",
        "use": {"purposes": ["internal_research"]},
        "problems": [{"path": "none.jsonl", "source": "sums", "license": "own"}],
        "teachers": [teacher],
        "verify": {"math": {"math-answer": {}}},
        "select": {"per_problem": K},
    }
    path = folder / "tracestill.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def fill(job: Job, traces: int) -> None:
    """Write segments of problems, traces and verdicts."""
    (step,) = [one for one in job.plan.steps if one.domain == "math"]
    recipe = job.plan.recipes["local"]["math"].recipe_id
    for first in range(0, traces, ROWS):
        draw = random.Random(first)
        problems: list[dict[str, Any]] = []
        rows: list[dict[str, Any]] = []
        verdicts: list[dict[str, Any]] = []
        for n in range(first, min(first + ROWS, traces), K):
            problem = Problem(problem_id=f"p{n:08d}", domain="math", prompt=text(draw, 25, n), answer=str(n))
            problems.append(stored(problem))
            for index in range(K):
                trace_id = f"{n + index:032x}"
                again = index and n % 20 == 0
                response = rows[-1]["response"] if again else text(draw, 90, n + index)
                rows.append(trace(trace_id, recipe, problem, index, response))
                verdicts.append(verdict(trace_id, step, problem))
        for kind, made in (("problems", problems), ("traces", rows), ("verdicts", verdicts)):
            write_segment(table_of_rows(made, arrow_schema(kind)), job.workspace.segments / kind / f"1-{first}.parquet")


def text(draw: random.Random, words: int, number: int) -> str:
    """So many words, and numbers that make it a text of its own."""
    return f"{' '.join(draw.choices(WORDS, k=words))} {number} and {draw.randrange(1000)}."


def stored(problem: Problem) -> dict[str, Any]:
    """The ledger's row of a problem."""
    own = {name: getattr(problem, name) for name in Problem.__struct_fields__} | {"source": "sums", "license": "own"}
    hashes = {"revision": problem.revision, "reference_hash": problem.reference_hash}
    return blank("problems") | own | hashes | {"key": problem.problem_id, "created_at": "2026-11-01T00:00:00"}


def trace(trace_id: str, recipe: str, problem: Problem, index: int, response: str) -> dict[str, Any]:
    """The ledger's row of a trace."""
    return blank("traces") | {
        "trace_id": trace_id, "slot_id": trace_id, "recipe_id": recipe, "problem_id": problem.problem_id,
        "problem_revision": problem.revision, "purpose": "train", "sample_index": index, "teacher_id": "local",
        "provider": "openai-chat", "host": "127.0.0.1:9", "model": "HuggingFaceTB/SmolLM2-135M-Instruct",
        "prompt_id": "math-cot", "prompt_hash": "h", "response": response, "reasoning_kind": "none",
        "finish_reason": "stop", "completion_tokens": 120, "created_at": "2026-11-01T00:00:00",
    }  # fmt: skip


def verdict(trace_id: str, step: Any, problem: Problem) -> dict[str, Any]:
    """The ledger's row of a pass."""
    return blank("verdicts") | {
        "verdict_id": trace_id, "trace_id": trace_id, "verifier": step.verifier, "version": step.version,
        "settings_hash": step.settings_hash, "reference_hash": problem.reference_hash, "outcome": "pass",
        "reason": "the answer is the reference", "created_at": "2026-11-01T00:00:00",
    }  # fmt: skip


@cache
def blank(kind: str) -> dict[str, Any]:
    """A row in which nothing is missing that has to be there; it is copied, never changed."""
    fillers: dict[pa.DataType, Any] = {pa.string(): "", pa.int64(): 0, pa.float64(): 0.0, pa.bool_(): False}
    nullable = {
        "error",
        "error_detail",
        "quarantine",
        "reasoning",
        "incomplete",
        "served_model",
        "cost_usd",
        "parent_id",
    }
    return {one.name: None if one.name in nullable else fillers.get(one.type) for one in arrow_schema(kind)}


def make(config: Path, traces: int) -> None:
    """Make the ledger."""
    with start(open_plan(config, ()), Stop()) as job:
        fill(job, traces)


def measure(config: Path) -> None:
    """Curate, and print what it took as JSON."""
    began = time.perf_counter()
    with start(open_plan(config, ()), Stop()) as job:
        done = curate(job)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"seconds": time.perf_counter() - began, "peak_mb": peak, "examples": done.examples, "left": done.left}
    print(json.dumps(found), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", type=int, nargs="+", default=[100_000, 400_000, 1_000_000])
    parser.add_argument("--config", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--make", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.config is not None:
        make(asked.config, asked.make) if asked.make else measure(asked.config)
        return
    for traces in asked.traces:
        with tempfile.TemporaryDirectory() as folder:
            config = configuration(Path(folder))
            again = [sys.executable, __file__, "--config", str(config)]
            subprocess.run([*again, "--make", str(traces)], check=True)
            found = json.loads(
                subprocess.run(again, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
            )
            print(f"{traces:>9,} traces {found['seconds']:8.1f} s {found['peak_mb']:8.0f} MB  {found}", flush=True)


if __name__ == "__main__":
    main()
