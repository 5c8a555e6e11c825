"""Takes the problems of a run into the ledger as they stream by: new ones, reworded ones, mended ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import pyarrow as pa

from .config_problems import ProblemSet
from .corpus import Corpus
from .errors import ProblemError
from .job import Job, read_sets, stored
from .progress import Progress
from .records import Problem, StoredProblem
from .segments import table_of_rows

BATCH = 1000
_PRESENT = pa.schema([("position", pa.int64()), ("problem_id", pa.string()), ("content_hash", pa.string())])


def take_in(job: Job, sets: Iterable[ProblemSet], corpus: Corpus) -> None:
    """Bring the ledger up to date with ``sets``, and have ``corpus`` know which problems they hold.

    Raises:
        ProblemError: a line is no problem, or two lines share an id and differ.
        Interrupted: a signal came.
    """
    corpus.create("present_problems", table_of_rows([], _PRESENT))
    corpus.keep("recorded_problems", "recorded_problems")
    with job.progress("problems", "read") as progress:

        def skip(error: ProblemError) -> None:
            progress.count("skipped")
            job.event("problem_skipped", str(error))

        position = 0
        for batch in _batches(read_sets(sets, job.plan.base_dir, skip)):
            job.stop.check("reading problems")
            _take_in_batch(job, batch, position, corpus, progress)
            position += len(batch)
    if progress.done == 0:
        raise ProblemError("the problem sets hold no problem of the split that is asked for; check problems[].split")
    corpus.refresh(["problems"])


def present_problems(
    job: Job, sets: Iterable[ProblemSet], corpus: Corpus, limit: int | None = None
) -> Iterator[Problem]:
    """The problems that the last ``take_in`` saw, each once, in the order of their sets; the first ``limit`` of them.

    They are read from their sources again: sorted by the database, all of them would be in memory.
    """
    return islice(_each_once(read_sets(sets, job.plan.base_dir, lambda error: None), corpus), limit)


def _each_once(stream: Iterator[Problem], corpus: Corpus) -> Iterator[Problem]:
    first = 0
    for batch in _batches(stream):
        rows = corpus.ask("first_occurrences", first=first, last=first + len(batch))
        yield from (batch[row["position"] - first] for row in rows)
        first += len(batch)


def _batches(stream: Iterator[Problem]) -> Iterator[list[Problem]]:
    while batch := list(islice(stream, BATCH)):
        yield batch


def _take_in_batch(job: Job, batch: list[Problem], position: int, corpus: Corpus, progress: Progress) -> None:
    corpus.bind_column("batch_problems", "problem_id", (problem.problem_id for problem in batch))
    known = {row["problem_id"]: row for row in corpus.ask("known_problems")}
    new: dict[str, str] = {}
    rows: list[dict[str, object]] = []
    records: list[StoredProblem] = []
    for place, problem in enumerate(batch, start=position):
        row = known[problem.problem_id]
        content_hash = problem.content_hash
        earlier = new.get(problem.problem_id, row["present"])
        if earlier not in (None, content_hash):
            raise ProblemError(
                f"two problems have the id {problem.problem_id!r} and differ; give one of them another id "
                f"(the second begins {problem.prompt[:60]!r})"
            )
        if earlier is None:
            new[problem.problem_id] = content_hash
            rows.append({"position": place, "problem_id": problem.problem_id, "content_hash": content_hash})
            if row["recorded"] != content_hash:
                records.append(stored(problem, content_hash, job.run_id))
    if records:
        job.ledger.append("problems", *records)
    corpus.extend("present_problems", table_of_rows(rows, _PRESENT))
    progress.advance(len(new))
