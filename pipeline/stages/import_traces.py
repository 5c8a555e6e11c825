"""Take in traces that exist already: our own export, OpenR1's lists, or sharegpt conversations.

An imported trace answers to the same gate, the same verifiers and the same accounting as a sampled one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec
import pyarrow.parquet as pq

from ..config_teacher import Teacher
from ..corpus import Corpus
from ..errors import ConfigError
from ..job import UNLIMITED, Job, stored
from ..records import Decision, Domain, Problem, ReasoningKind, Trace, canonical_json, short_hash, valid_unicode
from ..sampling.recipe import host_of, imported_recipe
from ..teachers.reasoning import split_inline
from ..workspace import utc_now

BATCH = 500
FORMS = ("traces", "openr1", "sharegpt")


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken in."""

    rows: int
    traces: int
    known: int
    """Traces that the ledger held already."""


class _Sample(NamedTuple):
    problem: Problem
    sample_index: int
    reasoning: str | None
    response: str | None
    kind: ReasoningKind
    source: str | None
    finish_reason: str | None
    trace_id: str | None = None
    """Its id where it has one of ours: the same trace is the same trace in every workspace."""


def import_traces(job: Job, file: Path, teacher_id: str | None, form: str | None) -> Imported:
    """Read ``file`` into the ledger; a trace that is there already is not taken twice.

    Raises:
        ConfigError: the file, its form or the teacher cannot be told.
        PolicyRefused: the gate forbids the teacher.
    """
    teacher = _teacher(job, teacher_id)
    decision = job.decide([job.plan.gate.judge_teacher(teacher, "import")])[0]
    rows = traces = repeated = 0
    stream = _rows(file)
    with job.corpus() as corpus, job.progress("import", "rows") as progress:
        while batch := list(islice(stream, BATCH)):
            samples = [sample for where, row in batch for sample in _samples(row, form or _form_of(row, where), where)]
            made = [_checked(_trace(job, teacher, sample, decision), file) for sample in samples]
            _take_in_problems(job, corpus, samples)
            new = _unknown(corpus, {trace.trace_id: trace for trace in made})
            for trace in new:
                job.ledger.append("traces", trace)
            rows, traces, repeated = rows + len(batch), traces + len(new), repeated + len(made) - len(new)
            progress.advance(len(batch))
            job.stop.check("import")
            corpus.refresh()
    return Imported(rows=rows, traces=traces, known=repeated)


def _checked(trace: Trace, file: Path) -> Trace:
    """The trace, if every field has its type: what a column cannot hold would spoil the whole journal."""
    try:
        checked = msgspec.convert(msgspec.to_builtins(trace), Trace)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: problem {trace.problem_id!r}: {error}; mend or remove the row") from error
    if not 0 <= checked.sample_index < UNLIMITED:
        raise ConfigError(f"{file}: problem {trace.problem_id!r}: sample_index {trace.sample_index} is out of range")
    return checked


def _take_in_problems(job: Job, corpus: Corpus, samples: list[_Sample]) -> None:
    problems = {sample.problem.content_hash: sample.problem for sample in samples}
    corpus.bind_column("wanted_contents", "content_hash", problems)
    known = {row["content_hash"] for row in corpus.ask("known_contents")}
    for content_hash, problem in problems.items():
        if content_hash not in known:
            job.ledger.append("problems", stored(problem, problem.content_hash, job.run_id))


def _unknown(corpus: Corpus, traces: dict[str, Trace]) -> list[Trace]:
    corpus.bind_column("wanted_traces", "trace_id", traces)
    known = {row["trace_id"] for row in corpus.ask("known_traces")}
    return [trace for trace_id, trace in traces.items() if trace_id not in known]


def _teacher(job: Job, teacher_id: str | None) -> Teacher:
    teachers = job.config.teachers
    if teacher_id is None and len(teachers) == 1:
        return teachers[0]
    found = next((teacher for teacher in teachers if teacher.id == teacher_id), None)
    if found is None:
        known = ", ".join(teacher.id for teacher in teachers)
        raise ConfigError(f"--teacher: say which of the configured teachers wrote the traces: {known}")
    return found


def _rows(file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not file.is_file():
        raise ConfigError(f"{file}: there is no such file")
    if file.suffix == ".parquet":
        number = 0
        parquet: Any = pq.ParquetFile(file)
        for batch in parquet.iter_batches(batch_size=500):
            for row in batch.to_pylist():
                number += 1
                yield f"{file}: row {number}", row
        return
    with file.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ConfigError(f"{file}:{number}: is no JSON ({error}); mend or remove the line") from error
            if not isinstance(row, dict):
                raise ConfigError(f"{file}:{number}: is no JSON object; mend or remove the line")
            yield f"{file}:{number}", cast("dict[str, Any]", row)


def _form_of(row: Mapping[str, Any], where: str) -> str:
    if "generations" in row:
        return "openr1"
    if "conversations" in row:
        return "sharegpt"
    if "response" in row and ("prompt" in row or "problem" in row):
        return "traces"
    raise ConfigError(
        f"{where}: holds none of the columns generations (openr1), conversations (sharegpt), prompt or problem and "
        f"response (traces); it has {', '.join(row)}"
    )


def _samples(row: Mapping[str, Any], form: str, where: str) -> Iterator[_Sample]:
    readers = {"traces": _own, "openr1": _openr1, "sharegpt": _sharegpt}
    if form not in readers:
        raise ConfigError(f"--format {form}: is not one of {', '.join(FORMS)}")
    try:
        yield from readers[form](row)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ConfigError(f"{where}: does not have the shape {form}: {type(error).__name__}: {error}") from error


def _own(row: Mapping[str, Any]) -> Iterator[_Sample]:
    asked = row["prompt"] if "prompt" in row else row["problem"]
    problem = _problem(asked, row.get("answer"), row, row.get("problem_id"))
    if row.get("error") is None and (row.get("response") is not None or row.get("reasoning") is not None):
        kind: ReasoningKind = row.get("reasoning_kind") or ("raw" if row.get("reasoning") else "none")
        yield _Sample(
            problem,
            row.get("sample_index") or 0,
            row.get("reasoning"),
            row["response"],
            kind,
            row.get("reasoning_source"),
            row.get("finish_reason"),
            row.get("trace_id"),
        )


def _openr1(row: Mapping[str, Any]) -> Iterator[_Sample]:
    problem = _problem(row["problem"], row.get("answer"), row, row.get("uuid"))
    reasons = row.get("finish_reasons") or [None] * len(row["generations"])
    for index, (text, reason) in enumerate(zip(row["generations"], reasons, strict=True)):
        split = split_inline(text)
        yield _Sample(problem, index, split.reasoning, split.response, split.kind, split.source, reason)


def _sharegpt(row: Mapping[str, Any]) -> Iterator[_Sample]:
    turns = {turn["from"]: turn["value"] for turn in row["conversations"]}
    asked = turns.get("human") or turns["user"]
    split = split_inline(_without_openthoughts_tags(turns.get("gpt") or turns["assistant"]))
    problem = _problem(asked, row.get("answer"), row, row.get("id"))
    yield _Sample(problem, 0, split.reasoning, split.response, split.kind, split.source, None)


def _without_openthoughts_tags(text: str) -> str:
    """OpenThoughts marks thought and solution with words of its own."""
    tags = {
        "<|begin_of_thought|>": "<think>",
        "<|end_of_thought|>": "</think>",
        "<|begin_of_solution|>": "",
        "<|end_of_solution|>": "",
    }
    for tag, plain in tags.items():
        text = text.replace(tag, plain)
    return text


def _problem(prompt: str, answer: object, row: Mapping[str, Any], problem_id: str | None) -> Problem:
    domain = row.get("domain") or row.get("problem_type")
    known: Domain = domain if domain in ("code", "open") else "math"
    text = valid_unicode(prompt)
    return Problem(
        problem_id=str(problem_id or short_hash([known, text])),
        domain=known,
        prompt=text,
        answer=None if answer is None else valid_unicode(str(answer)),
        source=str(row.get("source") or "imported"),
        license=row.get("license"),
    )


def _trace(job: Job, teacher: Teacher, sample: _Sample, decision: Decision) -> Trace:
    problem = sample.problem
    content = [sample.reasoning, sample.response]
    slot_id = short_hash(
        ["import", teacher.id, teacher.model, problem.problem_id, problem.revision, sample.sample_index, content]
    )
    return Trace(
        trace_id=sample.trace_id or short_hash([slot_id, 0]),
        slot_id=slot_id,
        recipe_id=imported_recipe(teacher),
        problem_id=problem.problem_id,
        problem_revision=problem.revision,
        run_id=job.run_id,
        purpose="train",
        sample_index=sample.sample_index,
        attempt=0,
        teacher_id=teacher.id,
        provider=teacher.provider,
        host=host_of(teacher),
        model=teacher.model,
        served_model=None,
        prompt_id="imported",
        prompt_hash="",
        temperature=None,
        top_p=None,
        max_tokens=0,
        seed=None,
        extra=canonical_json({}),
        decision_id=decision.decision_id,
        policy_digest=decision.policy_digest,
        reasoning=None if sample.reasoning is None else valid_unicode(sample.reasoning),
        response=None if sample.response is None else valid_unicode(sample.response),
        reasoning_kind=sample.kind,
        reasoning_source=sample.source,
        finish_reason=sample.finish_reason,
        prompt_tokens=None,
        completion_tokens=None,
        reasoning_tokens=None,
        tokens_estimated=False,
        cost_usd=None,
        latency_s=None,
        request_id=None,
        created_at=utc_now(),
        error=None,
        error_detail=None,
        quarantine=None,
    )
