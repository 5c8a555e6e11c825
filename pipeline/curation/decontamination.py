"""Leaves out what evaluation sets are touched by, and certifies what was looked at and found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa

from ..config import Decontaminate
from ..config_problems import ProblemSet
from ..corpus import Corpus
from ..errors import ConfigError
from ..problems.reading import read_problems
from ..segments import table_of_rows
from ..stopping import Stop
from .batches import in_batches
from .contamination import Contamination, Hit
from .evaluation_sets import FEWER, NUMBERED, SHORTER, EvaluationSet, evaluation_set
from .hash_lists import content_hash, read_list
from .wording import NORMALISATION

__all__ = ["Certificate", "LookedAt", "certificate", "evaluation_sets", "look_for", "problem_sets", "warnings"]

BATCH = 500
LARGE_SHARE = 0.5
"""Share of a source's traces that nobody should lose without being told."""
_HITS = pa.schema([("id", pa.string()), ("set_name", pa.string()), ("evaluation_id", pa.string())])


class LookedAt(msgspec.Struct, frozen=True, kw_only=True):
    """How much was looked through."""

    problems: int
    traces: int


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Where one problem of an evaluation set was found."""

    id: str
    problems: list[str]
    """Problems whose wording holds it."""
    traces: list[str]
    """Traces whose text holds it."""


class CertifiedSet(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluation set, and what was found of it."""

    name: str
    count: int
    ngram: int
    sha256: str
    """Of its hashes, as a list of them has them."""
    hits: list[Found]


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the answer depends on beside the texts; docs/curation.md explains it."""

    normalisation: int
    share: float
    numbered: int
    shorter: float
    fewer: float


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What ``reports/decontamination.json`` holds."""

    curation_id: str
    outcomes: str
    """Which traces were chosen among: accepted ones, or any, unproven ones too."""
    method: Method
    looked_at: LookedAt
    left_out: int
    """Traces."""
    sets: list[CertifiedSet]


def evaluation_sets(wanted: Decontaminate, base_dir: Path) -> list[EvaluationSet]:
    """The sets that a configuration names.

    Raises:
        ConfigError: one cannot be read, or two have the same name.
    """
    sets = [*problem_sets(wanted.against, wanted.ngram, base_dir), *(read_list(one, base_dir) for one in wanted.hashes)]
    names = [one.name for one in sets]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"decontaminate: two sets are called {repeated[0]!r}; give one of them another source")
    return sets


def problem_sets(sets: Iterable[ProblemSet], ngram: int, base_dir: Path) -> Iterator[EvaluationSet]:
    """The hashes of problem sets; rows that are no problem are passed over where the set says so."""
    for one in sets:
        yield evaluation_set(one.source, read_problems(one, base_dir, lambda error: None), ngram)


def look_for(corpus: Corpus, sets: list[EvaluationSet], share: float, stop: Stop) -> LookedAt:
    """Look through the traces of the table ``looked_at`` and their problems.

    Leaves the tables ``problem_hits`` and ``trace_hits`` (id, set_name, evaluation_id), and ``contaminated`` (trace_id,
    set_name, evaluation_id).
    """
    wanted = Contamination(sets, share)
    writer = corpus.cursor()
    counts: dict[str, int] = {}
    for kind, texts in (("problem", _problems(corpus)), ("trace", _traces(corpus))):
        writer.create(f"{kind}_hits", table_of_rows([], _HITS))
        counts[kind] = 0
        for batch in in_batches(texts, BATCH):
            stop.check("decontamination")
            counts[kind] += len(batch)
            if hits := list(wanted.search(batch, whole=kind == "problem")):
                writer.extend(f"{kind}_hits", table_of_rows(map(_row, hits), _HITS))
    corpus.keep("contaminated", "contaminated_traces")
    return LookedAt(problems=counts["problem"], traces=counts["trace"])


def certificate(
    corpus: Corpus, sets: list[EvaluationSet], share: float, looked_at: LookedAt, curation_id: str, outcomes: str
) -> Certificate:
    """What was looked for, and what ``look_for`` found."""
    hits: dict[str, list[Found]] = {}
    for row in corpus.ask("contamination_hits"):
        found = Found(id=row["evaluation_id"], problems=row["problems"] or [], traces=row["traces"] or [])
        hits.setdefault(row["set_name"], []).append(found)
    return Certificate(
        curation_id=curation_id,
        outcomes=outcomes,
        method=Method(normalisation=NORMALISATION, share=share, numbered=NUMBERED, shorter=SHORTER, fewer=FEWER),
        looked_at=looked_at,
        left_out=sum(row["contaminated"] for row in corpus.ask("contaminated_sources")),
        sets=[
            CertifiedSet(
                name=one.name,
                count=len(one.problems),
                ngram=one.ngram,
                sha256=content_hash(one.problems),
                hits=hits.get(one.name, []),
            )
            for one in sets
        ],
    )


def warnings(corpus: Corpus) -> list[str]:
    """A sentence for each source that loses much of its traces: it may be one that was meant to be trained on."""
    return [
        f"problems ({row['source']}): {row['contaminated']} of {row['accepted']} accepted traces are left out, because "
        f"they hold problems of {', '.join(row['set_names'])}; to train on them all the same, take that out of the "
        "section `decontaminate`"
        for row in corpus.ask("contaminated_sources")
        if row["contaminated"] >= LARGE_SHARE * row["accepted"]
    ]


def _row(hit: Hit) -> dict[str, object]:
    return {"id": hit.text_id, "set_name": hit.set_name, "evaluation_id": hit.problem_id}


def _problems(corpus: Corpus) -> Iterator[tuple[str, str]]:
    corpus.keep("sought", "all_problems")
    for rows in corpus.stream("sought_problems"):
        yield from ((row["problem_id"], row["prompt"]) for row in rows)


def _traces(corpus: Corpus) -> Iterator[tuple[str, str]]:
    corpus.keep("sought", "all_traces")
    for _ in corpus.pieces("traces"):
        for rows in corpus.stream("sought_traces"):
            yield from ((row["trace_id"], f"{row['reasoning'] or ''} {row['response'] or ''}") for row in rows)
