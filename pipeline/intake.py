"""Takes the problems of a run into the ledger as they stream by: new ones, reworded ones, mended ones."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice

import pyarrow as pa

from .config import ProblemSet
from .corpus import Corpus
from .errors import ProblemError
from .job import Job, read_sets, stored
from .progress import Progress
from .records import Problem

BATCH = 1000
_PRESENT = pa.schema([("position", pa.int64()), ("problem_id", pa.string()), ("content_hash", pa.string())])


def take_in(job: Job, sets: Iterable[ProblemSet], corpus: Corpus) -> None:
    """Bring the ledger up to date with ``sets``, and have ``corpus`` know which problems they hold.

    Raises:
        ProblemError: a line is no problem, or two lines share an id and differ.
        Interrupted: a signal came.
    """
    corpus.create("present_problems", _PRESENT.empty_table())
    with job.progress("problems", "read") as progress:

        def skip(error: ProblemError) -> None:
            progress.count("skipped")
            job.event("problem_skipped", str(error))

        stream = read_sets(sets, job.plan.base_dir, skip)
        while batch := list(islice(stream, BATCH)):
            job.stop.check("reading problems")
            _take_in_batch(job, batch, corpus, progress)
    if progress.done == 0:
        raise ProblemError("the problem sets hold no problem of the split that is asked for; check problems[].split")
    corpus.refresh()


def present_problems(corpus: Corpus, limit: int | None = None) -> Iterator[Problem]:
    """The problems that the last ``take_in`` saw, in the order of their sets; the first ``limit`` of them."""
    for rows in corpus.stream("present_problems", first=sys.maxsize if limit is None else limit):
        yield from (Problem(**row) for row in rows)


def _take_in_batch(job: Job, batch: list[Problem], corpus: Corpus, progress: Progress) -> None:
    ids = pa.array([problem.problem_id for problem in batch], pa.string())
    corpus.bind("batch_problems", pa.table({"problem_id": ids}))
    known = {row["problem_id"]: row for row in corpus.ask("known_problems")}
    new: dict[str, Problem] = {}
    for problem in batch:
        row = known[problem.problem_id]
        earlier = new[problem.problem_id].content_hash if problem.problem_id in new else row["present"]
        if earlier not in (None, problem.content_hash):
            raise ProblemError(
                f"two problems have the id {problem.problem_id!r} and differ; give one of them another id "
                f"(the second begins {problem.prompt[:60]!r})"
            )
        if earlier is None:
            new[problem.problem_id] = problem
            if row["recorded"] != problem.content_hash:
                job.ledger.append("problems", stored(problem, job.run_id))
    rows = [
        {"position": progress.done + place, "problem_id": problem.problem_id, "content_hash": problem.content_hash}
        for place, problem in enumerate(new.values())
    ]
    corpus.extend("present_problems", pa.Table.from_pylist(rows, schema=_PRESENT))
    progress.advance(len(new))
