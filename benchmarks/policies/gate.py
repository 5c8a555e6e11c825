"""How long the gate takes over a ledger of a million traces: at export, and for the report's manifest.

    .venv/bin/python benchmarks/policies/gate.py [--traces 1000000] [--problems 100000]

The ledger is made of real segments: eight teachers over five problem sets under different licences, two servers, half
of the traces before a change of terms. Timed are the question to the ledger and the rulings (what the gate adds to an
export), beside DuckDB merely counting the same traces by teacher as the floor; then ``admit`` as a whole, which also
settles which traces are written; then the hashes of the manifest.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml
from tracestill.pipeline.admission import admit
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.job import Job
from tracestill.pipeline.lineage import lineage_of
from tracestill.pipeline.manifest import extend
from tracestill.pipeline.segments import arrow_schema, table_of_rows, write_segment
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop
from tracestill.pipeline.workspace import Workspace, utc_now

MODELS = ("HuggingFaceTB/SmolLM2-135M-Instruct", "deepseek-ai/DeepSeek-R1", "Qwen/Qwen3-8B", "openai/gpt-oss-20b")
LICENCES = ("own", "MIT", "Apache-2.0", "CC-BY-4.0", "CC0-1.0")
ROWS = 50_000
TEXT = "The sum is found by adding the two numbers, one digit at a time. " * 8


def configuration(folder: Path) -> Path:
    """Eight teachers on servers of one's own."""
    teachers = [
        {
            "id": f"t{n}",
            "provider": "openai-chat",
            "model": MODELS[n % len(MODELS)],
            "base_url": f"http://10.0.0.{n + 1}:8000/v1",
            "self_hosted": True,
            "sampling": {"k": 1000},
        }
        for n in range(8)
    ]
    (folder / "problems.jsonl").write_text('{"id": "p0", "prompt": "What is 0 + 0?", "answer": "0"}\n')
    config: dict[str, Any] = {
        "schema_version": 1,
        "workspace": "ws",
        "use": {"purposes": ["internal_research", "dataset_release", "weights_release"]},
        "problems": [{"path": "problems.jsonl", "source": "s0", "license": "own"}],
        "teachers": teachers,
    }
    path = folder / "tracestill.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def fill(job: Job, traces: int, problems: int) -> None:
    """Write the segments: problems, then traces whose recipes the configuration describes."""
    workspace: Workspace = job.workspace
    schema = arrow_schema("problems")
    wording = "What is {} + {}?"
    for first in range(0, problems, ROWS):
        rows = [
            blank(schema)
            | {
                "key": f"k{n}", "problem_id": f"p{n}", "content_hash": f"c{n}", "revision": f"r{n}",
                "reference_hash": "h", "domain": "math", "prompt": wording.format(n, n), "answer": str(2 * n),
                "source": f"s{n % 5}", "license": LICENCES[n % 5], "split": "train", "run_id": "run",
                "created_at": "2026-11-01T00:00:00",
            }
            for n in range(first, min(first + ROWS, problems))
        ]  # fmt: skip
        write_segment(table_of_rows(rows, schema), workspace.segments / "problems" / f"1-{first}.parquet")
    schema = arrow_schema("traces")
    recipes = {name: next(iter(found.values())).recipe_id for name, found in job.plan.recipes.items()}
    for first in range(0, traces, ROWS):
        rows = [trace(schema, n, problems, recipes) for n in range(first, min(first + ROWS, traces))]
        write_segment(table_of_rows(rows, schema), workspace.segments / "traces" / f"1-{first}.parquet")


def trace(schema: pa.Schema, n: int, problems: int, recipes: dict[str, str]) -> dict[str, Any]:
    """One trace; teachers and problem sets are mixed evenly."""
    teacher = n % 8
    problem = n % problems
    return blank(schema) | {
        "trace_id": f"{n:032x}",
        "slot_id": f"{n:032x}",
        "recipe_id": recipes[f"t{teacher}"],
        "problem_id": f"p{problem}",
        "problem_revision": f"r{problem}",
        "run_id": "run",
        "purpose": "train",
        "sample_index": n // problems % 1000,
        "teacher_id": f"t{teacher}",
        "provider": "openai-chat",
        "host": f"10.0.0.{teacher + 1}:8000",
        "model": MODELS[teacher % len(MODELS)],
        "prompt_id": "math-cot",
        "prompt_hash": "h",
        "decision_id": f"d{teacher}",
        "policy_digest": "digest",
        "response": f"{TEXT}{n}",
        "reasoning_kind": "none",
        "finish_reason": "stop",
        "created_at": "2026-11-01T00:00:00" if n % 2 else "2026-05-01T00:00:00",
    }


def blank(schema: pa.Schema) -> dict[str, Any]:
    """A row in which nothing is missing that has to be there."""
    fillers: dict[pa.DataType, Any] = {pa.string(): "", pa.int64(): 0, pa.float64(): 0.0, pa.bool_(): False}
    nullable = {"error", "error_detail", "quarantine", "reasoning", "incomplete", "served_model", "cost_usd"}
    return {field.name: None if field.name in nullable else fillers.get(field.type) for field in schema}


def timed(what: str, call: Callable[[], Any]) -> Any:
    """Print how long a call took."""
    began = time.perf_counter()
    result = call()
    print(f"{what:60} {time.perf_counter() - began:8.2f} s", flush=True)
    return result


def main() -> None:
    """Make the ledger, then ask."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", type=int, default=1_000_000)
    parser.add_argument("--problems", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        plan = open_plan(configuration(Path(folder)), ())
        with start(plan, Stop()) as job:
            timed("making the ledger", lambda: fill(job, asked.traces, asked.problems))
            with job.corpus() as corpus:
                count = "SELECT teacher_id, count(*) AS traces FROM traces GROUP BY 1"
                timed("DuckDB counting the traces by teacher", lambda: corpus.answer(count))
                rows = timed("what they came from", lambda: corpus.ask("exported_parts", whole=True))
                lineage = timed(
                    "rulings on each and together", lambda: lineage_of(job.config, plan.gate, rows, "export")
                )
                print(f"{len(rows)} origins, {sum(row['rows'] for row in rows)} traces, {len(lineage.rulings)} rulings")
                timed("admit, with the list of what is written", lambda: admit(job, corpus, divided=True))
                timed("manifest, hashes of every row", lambda: extend(job.workspace, corpus, utc_now()))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
