"""Problems and traces of which the corpus holds another copy, each with the one that stays."""

from __future__ import annotations

from collections.abc import Iterator

from ..config_select import Duplicates
from ..corpus import Corpus
from ..stopping import Stop
from .fingerprints import bag, distinct_runs, text_hash, word_hashes
from .near import Text, group_alike
from .wording import numbers, words

__all__ = ["find_duplicates", "problem_text", "read_traces", "trace_text"]

TRACE_RUN = 3
"""Words of the runs by which traces are compared."""
NO_ANSWER = 0


def find_duplicates(corpus: Corpus, wanted: Duplicates, stop: Stop) -> None:
    """Leave the tables ``duplicate_problems`` and ``duplicate_traces`` (id, survivor).

    Expects ``looked_at``, the accepted traces with what the survivor is chosen by, and ``contaminated``. Traces of a
    problem that is itself a duplicate are not compared: they go with it.
    """
    corpus.keep("duplicate_problems", "no_duplicates")
    if wanted.problems is not None:
        corpus.keep("sought", "clean_problems")
        group_alike(corpus, lambda: _problems(corpus, stop), wanted.problems)
        corpus.keep("duplicate_problems", "duplicate_problems")
    if wanted.traces is None:
        corpus.keep("duplicate_traces", "repeated_traces")
        return
    corpus.keep("sought", "clean_traces")
    group_alike(corpus, lambda: read_traces(corpus, stop), wanted.traces)
    corpus.keep("duplicate_traces", "duplicate_traces")


def problem_text(problem_id: str, prompt: str, answer: str | None) -> Text:
    """A problem as it is compared: by its words in any order, with problems of the same numbers alone."""
    found = words(prompt) or [prompt.strip()]
    hashes = word_hashes(found)
    return Text(
        id=problem_id,
        key=text_hash(word_hashes([numbers(found)])),
        features=bag(found, hashes),
        whole=text_hash(hashes),
        answer=_answer(answer),
    )


def trace_text(trace_id: str, problem: str, reasoning: str | None, response: str | None) -> Text:
    """A trace as it is compared: by runs of words, with traces of the same wording of a problem alone."""
    text = f"{reasoning or ''} {response or ''}"
    hashes = word_hashes(words(text) or [text.strip()])
    return Text(
        id=trace_id,
        key=text_hash(word_hashes([problem])),
        features=distinct_runs(hashes, TRACE_RUN),
        whole=text_hash(hashes),
    )


def _answer(answer: str | None) -> int:
    """Hash of an answer's quantities, or of its words where it has none; 5 and $5 are the same one."""
    found = words(answer or "")
    return text_hash(word_hashes([numbers(found) or " ".join(found)])) if found else NO_ANSWER


def _problems(corpus: Corpus, stop: Stop) -> Iterator[Text]:
    for rows in corpus.stream("sought_problems"):
        stop.check("looking for duplicates")
        for row in rows:
            yield problem_text(row["problem_id"], row["prompt"], row["answer"])


def read_traces(corpus: Corpus, stop: Stop) -> Iterator[Text]:
    """The traces in the table ``sought``, as they are compared."""
    for _ in corpus.pieces("traces"):
        for rows in corpus.stream("sought_traces"):
            stop.check("looking for duplicates")
            for row in rows:
                yield trace_text(row["trace_id"], row["prompt_hash"], row["reasoning"], row["response"])
