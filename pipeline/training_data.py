"""From the corpus to token rows: which tokens the loss covers, and a check that they are the right ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from .conversation import answer_text, final_answer, load_prompts, question
from .corpus import Corpus
from .errors import PreflightRefused
from .job import Job
from .records import Message


class TrainingRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows for the trainer, and what was left out of them."""

    rows: list[dict[str, list[int]]]
    """``input_ids`` and ``labels``; a label of -100 is not trained on."""
    turns: list[Turn]
    """Of the same examples."""
    problems: int
    too_long: int
    not_raw: int
    """Examples whose reasoning is a summary or encrypted: no chain of thought."""
    no_answer: int
    """Examples that give no final answer, where that alone is learned."""
    beyond: int
    """Examples beyond ``max_tokens`` or ``max_problems``."""
    tokens: int
    trained_tokens: int


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
        shuffled = hashlib.md5(row["problem_id"].encode(), usedforsecurity=False).hexdigest()
        trained = sum(label != -100 for label in tokens["labels"])
        return cls(row["rank"], shuffled, row["trace_id"], row["problem_id"], trained)


def training_rows(job: Job, corpus: Corpus, tokenizer: Any, max_length: int) -> TrainingRows:
    """Tokenize every example: the prompt's tokens masked, the assistant's text and its end-of-turn token trained on.

    Raises:
        PreflightRefused: the chat template drops part of what should be learned; names the example.
    """
    train = job.config.train
    assert train is not None
    prompts = load_prompts(train.prompts, job.plan.base_dir)
    rows: list[dict[str, list[int]]] = []
    turns: list[Turn] = []
    left = dict.fromkeys(("too_long", "not_raw", "no_answer"), 0)
    for row in _curated(corpus):
        if train.target == "trace" and row["reasoning"] and row["reasoning_kind"] != "raw":
            left["not_raw"] += 1
            continue
        said = final_answer(row) if train.target == "answer" else answer_text(row["reasoning"], row["response"])
        if said is None:
            left["no_answer"] += 1
            continue
        spoken = [*question(row, prompts), Message(role="assistant", content=said)]
        plain = [{"role": one.role, "content": one.content} for one in spoken]
        tokens = tokenize(tokenizer, plain, row["trace_id"])
        if len(tokens["input_ids"]) > max_length:
            left["too_long"] += 1
        else:
            rows.append(tokens)
            turns.append(Turn.of(row, tokens))
    taken = within(turns, train.max_tokens, train.max_problems)
    kept = [row for row, turn in zip(rows, turns, strict=True) if turn in taken]
    return TrainingRows(
        rows=kept,
        turns=[turn for turn in turns if turn in taken],
        problems=len({turn.problem_id for turn in taken}),
        **left,
        beyond=len(rows) - len(kept),
        tokens=sum(len(row["input_ids"]) for row in kept),
        trained_tokens=sum(turn.trained for turn in taken),
    )


def within(turns: Iterable[Turn], max_tokens: int | None, max_problems: int | None) -> set[Turn]:
    """Those that bounds on trained tokens and on problems leave: the first in their order, as many as fit."""
    taken: set[Turn] = set()
    problems: set[str] = set()
    spent = 0
    for turn in sorted(turns):
        if max_problems is not None and len(problems | {turn.problem_id}) > max_problems:
            continue
        spent += turn.trained
        if max_tokens is not None and spent > max_tokens:
            break
        problems.add(turn.problem_id)
        taken.add(turn)
    return taken


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
