"""The examples that a student is trained on, one conversation each, from the corpus or from the exported set."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow.parquet as pq

from ..conversation import final_answer, load_prompts, question
from ..corpus import Corpus
from ..errors import PreflightRefused
from ..job import Job
from ..records import Message
from .chat_template import ChatTemplate

BATCH = 1000
"""Rows that are read at once."""


class Turn(NamedTuple):
    """An example's place among those that may be trained on, as it sorts, and what it takes.

    The best of every problem comes first, and problems in an order that has nothing to do with what they are.
    """

    rank: int
    shuffled: str
    trace_id: str
    problem_id: str
    trained: int
    """Tokens that the loss covers."""

    @classmethod
    def of(cls, row: Mapping[str, Any], tokens: Mapping[str, list[int]]) -> Turn:
        """The turn of a row of the view ``curated``."""
        trained = sum(label != -100 for label in tokens["labels"])
        return cls(row["rank"], shuffled(row["problem_id"]), row["trace_id"], row["problem_id"], trained)


def shuffled(problem_id: str) -> str:
    """A problem's place in an order that has nothing to do with what it is."""
    return hashlib.md5(problem_id.encode(), usedforsecurity=False).hexdigest()


class LeftOut(msgspec.Struct):
    """Examples that are not trained on, by why."""

    too_long: int = 0
    """Longer than ``train.max_length``: a cut one would teach to think and never to answer."""
    not_raw: int = 0
    """Their reasoning is a summary or encrypted: no chain of thought."""
    no_answer: int = 0
    """They give no final answer, where that alone is learned."""
    beyond: int = 0
    """Beyond ``train.max_tokens`` or ``train.max_problems``."""


class Example(NamedTuple):
    """A conversation as tokens."""

    tokens: dict[str, list[int]]
    """``input_ids`` and ``labels``; a label of -100 is not trained on."""
    turn: Turn


def examples(job: Job, corpus: Corpus, template: ChatTemplate, left_out: LeftOut) -> Iterator[Example]:
    """Every example that may be trained on, in order of problem and trace; ``left_out`` counts the others.

    Raises:
        PreflightRefused: the chat template drops part of what should be learned; names the example.
    """
    train = job.config.train
    assert train is not None
    prompts = load_prompts(train.prompts, job.plan.base_dir)
    for row in _rows(job, corpus):
        if train.target == "answer":
            reasoning, response = None, final_answer(row)
            if response is None:
                left_out.no_answer += 1
                continue
        elif row["reasoning"] and row["reasoning_kind"] != "raw":
            left_out.not_raw += 1
            continue
        else:
            reasoning, response = row["reasoning"], row["response"] or ""
        asked = question(row, prompts) if "messages" not in row else row["messages"]
        tokens = template.tokens(template.render(asked, reasoning, response, row["trace_id"]))
        if len(tokens["input_ids"]) > train.max_length:
            left_out.too_long += 1
            continue
        yield Example(tokens, Turn.of(row, tokens))


def any_reasoning(job: Job, corpus: Corpus) -> bool:
    """Whether there is reasoning apart from the response to be learned."""
    train = job.config.train
    assert train is not None
    return train.target == "trace" and bool(corpus.ask("any_reasoning")[0]["found"])


def _rows(job: Job, corpus: Corpus) -> Iterator[Mapping[str, Any]]:
    """Rows of the view ``curated``; those of the exported set keep the words in which that asks."""
    train = job.config.train
    assert train is not None
    curated = (row for rows in corpus.stream("curated", size=BATCH) for row in rows)
    if train.data == "corpus":
        yield from curated
        return
    # Both are in order of problem and trace, so that one pass over each finds what is in both.
    exported = _exported(job)
    wanted = next(exported, None)
    for row in curated:
        if wanted is not None and wanted["uuid"] == row["trace_id"]:
            asked = [Message(role=turn["role"], content=turn["content"]) for turn in wanted["messages"][:-1]]
            yield {**row, "messages": asked}
            wanted = next(exported, None)
    if wanted is not None:
        raise PreflightRefused(
            f"exports/sft: holds the trace {wanted['uuid']}, which is not among the chosen examples; "
            "run `tracestill export` again, so that what was exported is what was chosen"
        )


def exported_shards(workspace: Path) -> list[Path]:
    """The files of the split `train` of what was exported as `sft`, in the order of their rows."""
    return sorted((workspace / "exports" / "sft").glob("train-*.parquet"))


def _exported(job: Job) -> Iterator[dict[str, Any]]:
    shards = exported_shards(job.workspace.path)
    if not shards:
        raise PreflightRefused(
            "train.data: is `export`, and there is no exported set `sft` in Parquet; `tracestill export` writes it"
        )
    for shard in shards:
        with pq.ParquetFile(shard) as file:
            opened: Any = file
            for batch in opened.iter_batches(BATCH, columns=["uuid", "messages"]):
                yield from batch.to_pylist()


def fitting(turns: Iterable[Turn], max_tokens: int | None, max_problems: int | None) -> Iterator[bool]:
    """Whether each of some turns, given in their order, is within bounds on trained tokens and on problems.

    As many are taken as fit; the first that is beyond the tokens ends it, so that shorter ones are not preferred.
    """
    problems: set[str] = set()
    spent, over = 0, False
    for turn in turns:
        new = turn.problem_id not in problems
        if over or (max_problems is not None and new and len(problems) >= max_problems):
            yield False
            continue
        spent += turn.trained
        over = max_tokens is not None and spent > max_tokens
        if not over and max_problems is not None:
            problems.add(turn.problem_id)
        yield not over


def within(turns: Iterable[Turn], max_tokens: int | None, max_problems: int | None) -> set[Turn]:
    """Those that bounds on trained tokens and on problems leave."""
    ordered = sorted(turns)
    return {turn for turn, taken in zip(ordered, fitting(ordered, max_tokens, max_problems), strict=True) if taken}
