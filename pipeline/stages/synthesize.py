"""Have new problems written: a model is asked by topic and example, and what is news goes into a file of problems."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, cast

import msgspec

from ...prompts.synthesis import ask_for_problem
from ..config_synthesize import Synthesize
from ..corpus import Corpus
from ..curation.batches import in_batches
from ..curation.novelty import stale
from ..errors import ConfigError
from ..job import Job, read_sets
from ..lineage import judge_source
from ..records import Problem
from ..sampling.campaign import Asked, sample_missing
from ..sampling.missing import Need, needs_of
from ..sampling.recipe import Recipe, Slot
from ..workspace import replace_file, storage_errors

BATCH = 200
EXAMPLES = 3
"""Problems that are shown with a topic."""
POOL = 5000
"""Problems from which examples are drawn, the first of their sets."""
SHORTEST, LONGEST = 20, 4000
"""Characters of a problem."""


class Synthesized(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of the stage did, and what the file of problems holds now."""

    asked: int
    completions: int
    failed: int
    cost_usd: float
    problems: int
    """Problems in the file."""
    left: dict[str, int]
    """Replies that are no problem in it, by reason; those that failed are not among them."""
    path: str


def synthesize(job: Job) -> Synthesized:
    """Ask for what is missing, then write the file of problems anew from every reply.

    Raises:
        ConfigError: there is no section ``synthesize``, or a set of examples cannot be read.
        PolicyRefused: the gate forbids the model, or a set of examples; nothing was opened.
        TeacherUnavailable, BudgetReached: work is left.
        Interrupted: a signal came; everything that arrived is saved.
    """
    settings, gate = job.config.synthesize, job.plan.gate
    if settings is None:
        raise ConfigError("synthesize: the configuration has no section `synthesize`; docs/synthesis.md shows one")
    teacher = job.plan.synthesis[settings.domain].teacher
    with job.corpus() as corpus:
        seeds = [judge_source(job.config, gate, one.source, one.license, "synthesize") for one in settings.seeds]
        servers = gate.judge_servers(teacher, "synthesize")
        decisions = job.decide([*servers, *seeds], corpus)[: len(servers)]
        asked = Asked(teacher, job.plan.synthesis, decisions)
        pool = [problem.prompt for problem in islice(read_sets(settings.seeds, job.plan.base_dir, _ignore), POOL)]
        done = sample_missing(job, "synthesize", [asked], partial(_needs, settings, pool), corpus, unit="problems")
        corpus.refresh(["traces"])
        kept, left = _sift(job, settings, _replies(corpus, settings, asked, pool), corpus)
    path = job.plan.base_dir / settings.path
    with storage_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in kept).encode())
    return Synthesized(
        asked=done.wanted,
        completions=done.completions,
        failed=done.failed,
        cost_usd=round(done.cost_usd, 6),
        problems=len(kept),
        left=left,
        path=str(path),
    )


def _needs(settings: Synthesize, pool: Sequence[str], one: Asked, corpus: Corpus) -> Iterator[list[Need]]:
    batches = in_batches(_slots(one.recipes[settings.domain], settings, pool), BATCH)
    return needs_of(([[slot] for slot in batch] for batch in batches), one.recipes, corpus)


def _slots(recipe: Recipe, settings: Synthesize, pool: Sequence[str]) -> Iterator[Slot]:
    """What is asked for each wanted problem: its topic, and examples that are its own."""
    for index in range(settings.count):
        draw = random.Random(f"{settings.seed}/{index}")
        examples = draw.sample(pool, min(EXAMPLES, len(pool)))
        topic = settings.topics[index % len(settings.topics)]
        problem = Problem(problem_id=f"synthesis-{index:07d}", domain=settings.domain, prompt=topic)
        yield recipe.slot(problem, ask_for_problem(recipe.prompt, topic, examples), 0)


def _replies(corpus: Corpus, settings: Synthesize, one: Asked, pool: Sequence[str]) -> list[tuple[str, str, str]]:
    """Trace, topic and reply of every slot that was answered, in order."""
    corpus.share("replies", "replies", purpose="synthesis")
    corpus.keep("underway", "nothing_underway")
    found: list[tuple[str, str, str]] = []
    for batch in in_batches(_slots(one.recipes[settings.domain], settings, pool), BATCH):
        corpus.bind_column("asked_slots", "slot_id", (slot.slot_id for slot in batch))
        known = {row["slot_id"]: row for row in corpus.ask("replies_to") if row["trace_id"] and not row["error"]}
        rows = ((known[slot.slot_id], slot.problem.prompt) for slot in batch if slot.slot_id in known)
        found += [(row["trace_id"], topic, row["response"] or "") for row, topic in rows]
    return found


def _sift(
    job: Job, settings: Synthesize, replies: list[tuple[str, str, str]], corpus: Corpus
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The problems that are kept, as lines of the file, and how many replies were left for which reason."""
    read = [(trace_id, topic, _problem_in(reply)) for trace_id, topic, reply in replies]
    texts = [(trace_id, topic, text) for trace_id, topic, text in read if text is not None]
    known = [*settings.seeds, *(one for one in job.config.problems if one.source != settings.source)]
    old = stale(
        corpus,
        lambda: (problem.prompt for problem in read_sets(known, job.plan.base_dir, _ignore)),
        lambda: (text for _, _, text in texts),
        settings.likeness,
        job.stop,
    )
    kept = [
        {"id": f"synthetic-{trace_id[:16]}", "domain": settings.domain, "prompt": text, "source": settings.source}
        for place, (trace_id, _, text) in enumerate(texts)
        if place not in old
    ]
    like_new = sum(not why.startswith("like a problem") for why in old.values())
    left = {
        "not in the form": len(read) - len(texts),
        "like a problem that is there": len(old) - like_new,
        "like another new one": like_new,
    }
    return kept, {reason: count for reason, count in left.items() if count}


def _problem_in(reply: str) -> str | None:
    """The problem that a reply holds; null where it is not in the form, or too short or long to be one."""
    start, end = reply.find("{"), reply.rfind("}")
    try:
        value = json.loads(reply[start : end + 1], strict=False) if 0 <= start < end else None
    except (ValueError, RecursionError):
        return None
    text = cast("dict[str, Any]", value).get("problem") if isinstance(value, dict) else None
    if not isinstance(text, str) or not SHORTEST <= len(text.strip()) <= LONGEST:
        return None
    return text.strip()


def _ignore(error: object) -> None:
    """A line that is no problem shows nothing, and is reported when the set is asked."""
