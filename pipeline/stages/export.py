"""Write data sets: Parquet files that have the same bytes for the same corpus, a card, and what their licences ask."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from ...policies.notice import notice
from ...prompts.templates import PromptTemplate
from ..admission import admit, list_left_out
from ..config_train import DEFAULT_STUDENT_PROMPTS
from ..conversation import answer_text, conversation, load_prompts
from ..corpus import Corpus
from ..croissant import croissant
from ..dataset_card import dataset_card, title
from ..job import Job
from ..licence_files import write_licences
from ..provenance import Provenance, provenance
from ..records import DOMAINS, Message
from ..workspace import replace_file, storage_errors

ROWS_PER_GROUP = 1000
_MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
_TEXTS = pa.list_(pa.string())

SFT = pa.schema(
    [
        ("messages", _MESSAGES),
        *((name, pa.string()) for name in ("prompt", "answer", "reasoning", "response", "source", "domain", "uuid")),
        *((name, pa.string()) for name in ("problem_id", "teacher_model", "license", "finish_reason")),
        ("num_tokens", pa.int64()),
        ("policy_decision", pa.string()),
    ]
)
GENERATIONS = pa.schema(
    [
        *((name, pa.string()) for name in ("problem", "answer", "problem_type", "source", "uuid")),
        ("generations", _TEXTS),
        ("finish_reasons", _TEXTS),
        ("teacher_models", _TEXTS),
        ("is_reasoning_complete", pa.list_(pa.bool_())),
        ("correctness", pa.list_(pa.bool_())),
        ("accepted", pa.list_(pa.bool_())),
        ("correctness_count", pa.int64()),
        ("messages", _MESSAGES),
    ]
)


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written."""

    folder: str
    rows: dict[str, int]
    licence: str
    """SPDX expression under which the set goes out."""
    open_points: list[str]
    """What the licences ask for and a person has to add before the set is passed on."""
    left_out: int
    """Traces that were left out because the gate forbids them; ``left-out.jsonl`` names each with the reason."""


def export(job: Job, *, partition: bool = False) -> Exported:
    """Write every configured form of the corpus below ``exports/``, each file in one step.

    Args:
        job: the run.
        partition: leave out what the gate forbids and list it in ``left-out.jsonl``, in place of refusing all.

    Raises:
        PolicyRefused: the gate forbids what a row came from, or the licences of two problem sets do not go
            together; nothing is written.
    """
    prompts = _prompts(job)
    rows: dict[str, int] = {}
    files: dict[str, Path] = {}
    with job.corpus() as corpus, storage_errors(job.workspace.path):
        decisions = admit(job, corpus, divided=partition)
        origin = provenance(job, corpus, decisions)
        for name in job.config.export.configs:
            job.stop.check("export")
            folder = job.workspace.exports / name
            folder.mkdir(parents=True, exist_ok=True)
            files[name] = folder / "train-00000-of-00001.parquet"
            rows[name] = _WRITERS[name](corpus, prompts, files[name])
        card = dataset_card(job.config, rows, corpus, decisions, origin)
        _write_about(job, files, card, origin)
        left_out = list_left_out(job, corpus)
    return Exported(
        folder=str(job.workspace.exports),
        rows=rows,
        licence=origin.outbound.expression,
        open_points=list(origin.bundle.open_points),
        left_out=left_out,
    )


def _write_about(job: Job, files: dict[str, Path], card: str, origin: Provenance) -> None:
    """What stands beside the rows: licences, the description for machines, and the card last."""
    folder = job.workspace.exports
    text = notice(title(job.config), origin.outbound, origin.sources, origin.models, origin.bundle)
    write_licences(folder, text, origin.bundle)
    written = {name: path for name, path in files.items() if path.exists()}
    replace_file(folder / "croissant.json", croissant(job.config, written, origin).encode())
    replace_file(folder / "README.md", card.encode())


def _prompts(job: Job) -> dict[str, PromptTemplate]:
    """The prompt of every row's user turn: one for all domains where the export names it, else the student's."""
    config = job.config
    if config.export.prompt is not None:
        return load_prompts(dict.fromkeys(DOMAINS, config.export.prompt), job.plan.base_dir)
    return load_prompts(config.train.prompts if config.train else DEFAULT_STUDENT_PROMPTS, job.plan.base_dir)


def _write_sft(corpus: Corpus, prompts: dict[str, PromptTemplate], path: Path) -> int:
    def row_of(row: dict[str, Any]) -> dict[str, Any]:
        names = (
            "prompt",
            "answer",
            "reasoning",
            "response",
            "source",
            "domain",
            "problem_id",
            "license",
            "finish_reason",
        )
        return {name: row[name] for name in names} | {
            "messages": _plain(conversation(row, prompts)),
            "uuid": row["trace_id"],
            "teacher_model": row["model"],
            "num_tokens": row["completion_tokens"],
            "policy_decision": row["decision_id"],
        }

    return _write(path, SFT, _rows(corpus, "export_sft", row_of))


def _write_generations(corpus: Corpus, prompts: dict[str, PromptTemplate], path: Path) -> int:
    def row_of(row: dict[str, Any]) -> dict[str, Any]:
        best = row["trace_ids"].index(row["best"]) if row["best"] in row["trace_ids"] else None
        messages = None
        if best is not None:
            chosen = row | {"reasoning": row["reasonings"][best], "response": row["responses"][best]}
            messages = _plain(conversation(chosen, prompts))
        return {
            "problem": row["prompt"],
            "answer": row["answer"],
            "problem_type": row["domain"],
            "source": row["source"],
            "uuid": row["problem_id"],
            "generations": [answer_text(*pair) for pair in zip(row["reasonings"], row["responses"], strict=True)],
            "finish_reasons": row["finish_reasons"],
            "teacher_models": row["models"],
            "is_reasoning_complete": [reason != "length" for reason in row["finish_reasons"]],
            "correctness": [_truth(outcome) for outcome in row["proofs"]],
            "accepted": [outcome == "accepted" for outcome in row["outcomes"]],
            "correctness_count": sum(outcome == "pass" for outcome in row["proofs"]),
            "messages": messages,
        }

    return _write(path, GENERATIONS, _rows(corpus, "export_generations", row_of))


def _write_traces(corpus: Corpus, prompts: dict[str, PromptTemplate], path: Path) -> int:
    batches = corpus.batches("export_traces", size=ROWS_PER_GROUP)
    first = next(batches, None)
    if first is None:
        return 0
    with _writer(path, first.schema) as write:
        count = write(first)
        for batch in batches:
            count += write(batch)
    return count


_WRITERS: dict[str, Callable[[Corpus, dict[str, PromptTemplate], Path], int]] = {
    "sft": _write_sft,
    "generations": _write_generations,
    "traces": _write_traces,
}


def _truth(outcome: str | None) -> bool | None:
    """Null, not false, where the verifier has not said."""
    return {"pass": True, "fail": False}.get(outcome or "")


def _plain(turns: list[Message]) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.content} for turn in turns]


def _rows(
    corpus: Corpus, question: str, row_of: Callable[[dict[str, Any]], dict[str, Any]]
) -> Iterator[list[dict[str, Any]]]:
    for rows in corpus.stream(question, size=ROWS_PER_GROUP):
        yield [row_of(row) for row in rows]


def _write(path: Path, schema: pa.Schema, groups: Iterator[list[dict[str, Any]]]) -> int:
    with _writer(path, schema) as write:
        return sum(write(pa.RecordBatch.from_pylist(group, schema=schema)) for group in groups)


@contextlib.contextmanager
def _writer(path: Path, schema: pa.Schema) -> Generator[Callable[[pa.RecordBatch], int]]:
    """A Parquet file under a temporary name, renamed once it is whole."""
    temporary = path.with_name(f".{path.name}.tmp")
    with pq.ParquetWriter(
        temporary, schema, compression="zstd", write_page_index=True, use_content_defined_chunking=True
    ) as writer:

        def write(batch: pa.RecordBatch) -> int:
            writer.write_batch(batch)
            return batch.num_rows

        yield write
    temporary.replace(path)
