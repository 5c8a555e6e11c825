"""The cascade over a pool of processes: traces stream in, findings stream out, and memory stays flat."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import Self

import msgspec

from ..pipeline.config_verify import Verify
from ..pipeline.records import Outcome, Problem
from .base import Candidate
from .cascade import Cascade, Judged

CHUNK = 32
"""Traces that a worker is given at a time."""


class Task(msgspec.Struct, frozen=True):
    """One trace to judge."""

    problem: Problem
    candidate: Candidate
    have: dict[str, Outcome]
    """Outcomes known already, by verifier."""


class JudgePool:
    """Processes that each hold the cascade. Use as a context manager."""

    def __init__(self, verify: Verify) -> None:
        self.workers = verify.workers or os.cpu_count() or 1
        self._pool = ProcessPoolExecutor(
            self.workers, multiprocessing.get_context("forkserver"), initializer=_start_worker, initargs=(verify,)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def submit(self, tasks: Sequence[Task]) -> Future[list[list[Judged]]]:
        """Have one worker judge all of ``tasks``; the future gives each task's missing findings."""
        return self._pool.submit(_judge_chunk, list(tasks))


def judge_all(verify: Verify, tasks: Iterable[Task]) -> Generator[tuple[Task, list[Judged]]]:
    """The missing findings of every task, in the order of the tasks.

    One process per core by default; with one the work is done in this process. Closing the iterator
    ends the workers.
    """
    stream = iter(tasks)
    if (verify.workers or os.cpu_count() or 1) == 1:
        with Cascade(verify) as cascade:
            for task in stream:
                yield task, cascade.judge(task.problem, task.candidate, task.have)
        return
    first = list(islice(stream, CHUNK))
    if not first:
        return
    with JudgePool(verify) as pool:
        yield from _in_order(pool, first, stream, pool.workers * 3)


def _in_order(
    pool: JudgePool, chunk: list[Task], stream: Iterator[Task], ahead: int
) -> Iterator[tuple[Task, list[Judged]]]:
    waiting: deque[tuple[list[Task], Future[list[list[Judged]]]]] = deque()
    while chunk or waiting:
        while chunk and len(waiting) < ahead:
            waiting.append((chunk, pool.submit(chunk)))
            chunk = list(islice(stream, CHUNK))
        tasks, answer = waiting.popleft()
        yield from zip(tasks, answer.result(), strict=True)


_cascade: Cascade | None = None


def _start_worker(verify: Verify) -> None:
    # Ctrl-C is the parent's to handle; and nobody must outlive a parent that was killed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    global _cascade
    _cascade = Cascade(verify)


def _end_with_parent() -> None:
    # A death signal would not do: a worker is the fork server's child, and the server lives while its workers do.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _judge_chunk(tasks: list[Task]) -> list[list[Judged]]:
    if _cascade is None:
        raise RuntimeError("the worker was not started by a JudgePool")
    return [_cascade.judge(task.problem, task.candidate, task.have) for task in tasks]
