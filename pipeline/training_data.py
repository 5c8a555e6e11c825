"""From the corpus to token rows: which tokens the loss covers, and a check that they are the right ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from .conversation import conversation, load_prompts
from .corpus import Corpus
from .errors import PreflightRefused
from .job import Job


class TrainingRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows for the trainer, and what was left out of them."""

    rows: list[dict[str, list[int]]]
    """``input_ids`` and ``labels``; a label of -100 is not trained on."""
    too_long: int
    not_raw: int
    """Examples whose reasoning is a summary or encrypted: no chain of thought."""
    tokens: int
    trained_tokens: int


def training_rows(job: Job, corpus: Corpus, tokenizer: Any, max_length: int) -> TrainingRows:
    """Tokenize every example: the prompt's tokens masked, the assistant's text and its end-of-turn token trained on.

    Raises:
        PreflightRefused: the chat template drops part of what should be learned; names the example.
    """
    train = job.config.train
    assert train is not None
    prompts = load_prompts(train.prompts, job.plan.base_dir)
    rows: list[dict[str, list[int]]] = []
    too_long = not_raw = 0
    for row in _curated(corpus):
        if row["reasoning"] and row["reasoning_kind"] != "raw":
            not_raw += 1
            continue
        turns = [{"role": turn.role, "content": turn.content} for turn in conversation(row, prompts)]
        tokens = tokenize(tokenizer, turns, row["trace_id"])
        if len(tokens["input_ids"]) > max_length:
            too_long += 1
        else:
            rows.append(tokens)
    return TrainingRows(
        rows=rows,
        too_long=too_long,
        not_raw=not_raw,
        tokens=sum(len(row["input_ids"]) for row in rows),
        trained_tokens=sum(sum(label != -100 for label in row["labels"]) for row in rows),
    )


def tokenize(tokenizer: Any, turns: list[dict[str, str]], name: str) -> dict[str, list[int]]:
    """One conversation as tokens and labels, checked: the covered span is the answer, all of it and nothing else.

    What is read at inference is the template up to where the assistant speaks; the loss covers what follows.

    Raises:
        PreflightRefused: the template changes the prompt, drops text or sets no end of turn.
    """
    prompt: str = tokenizer.apply_chat_template(turns[:-1], tokenize=False, add_generation_prompt=True)
    whole: str = tokenizer.apply_chat_template(turns, tokenize=False)
    answer = turns[-1]["content"]
    if not whole.startswith(prompt):
        raise PreflightRefused(
            f"example {name}: the chat template renders the prompt differently once an answer follows, "
            "so what is trained is not what is asked later; take a training template for this model"
        )
    covered = whole[len(prompt) :].rstrip("\n")
    if answer.strip() not in covered:
        raise PreflightRefused(
            f"example {name}: the chat template drops part of the answer (reasoning, most likely): "
            f"of {answer[:60]!r} it keeps {covered[:60]!r}"
        )
    end: str = tokenizer.eos_token or ""
    if not end or not covered.endswith(end):
        raise PreflightRefused(
            f"example {name}: the template does not end the answer with {end!r}, "
            "so the student would never learn to stop"
        )
    head: list[int] = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    tail: list[int] = tokenizer(covered, add_special_tokens=False)["input_ids"]
    return {"input_ids": head + tail, "labels": [-100] * len(head) + tail}


def _curated(corpus: Corpus) -> Iterator[Mapping[str, Any]]:
    for rows in corpus.stream("curated"):
        yield from rows
