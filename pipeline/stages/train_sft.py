"""Train the student: supervised fine-tuning on the curated examples, with TRL; the checks come before the hours."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from .. import logs
from ..job import Job
from ..training.about import write_about
from ..training.assignment import FOLDER, Outlook, Result
from ..training.launching import launch_command, run
from ..training.merging import MERGED, merge
from ..training.prepared import Rows
from ..training.preparing import Permitted, Prepared, permit, prepare_training
from ..training.trainer import CHECKPOINTS
from ..training.worker import last_checkpoint, work
from ..workspace import replace_file, storage_errors

RECORD = "training.json"
"""Says that all of a student is there."""


class Trained(msgspec.Struct, frozen=True, kw_only=True):
    """A trained student. A field with a default may be missing in the record of an earlier version."""

    train_id: str
    adapter: str
    """Folder of the student, relative to the workspace: of its adapter, or of all weights where those were trained."""
    base: str
    curation_id: str
    examples: int
    problems: int = 0
    """That the examples are of."""
    held_out: int = 0
    """Examples of other problems, on which the loss was measured."""
    mixed: dict[str, int] = {}
    """Rows of other sets, by their source."""
    too_long: int
    not_raw: int
    no_answer: int = 0
    """Examples without a final answer, where ``train.target`` is ``answer``."""
    beyond: int = 0
    """Examples beyond ``train.max_tokens`` or ``train.max_problems``."""
    trained_tokens: int
    steps: int
    loss: float
    """Mean over the last tenth of the steps."""
    held_out_loss: float | None = None
    """The lowest that was measured; null where no problems were held out."""
    merged: str | None = None
    """Folder of the whole model with the adapter in it, relative to the workspace."""
    tokens_per_second: float = 0.0
    """Of all devices, without padding."""
    memory_bytes: int = 0
    """Most that a device held; of the whole process where there is no GPU."""
    template_hash: str = ""
    tokenizer_hash: str = ""


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What a preflight found: nothing that would keep the training from coming out right."""

    train_id: str
    rows: Rows
    cautions: list[str]
    """What a person should know and what is no reason to refuse."""
    outlook: Outlook
    command: str
    """What several processes are started with; empty for one."""


def train_sft(job: Job) -> Trained:
    """Train on the latest curation, or go on from a checkpoint, or find that it is done.

    Raises:
        ConfigError: there is no ``train`` section, or something that it names cannot be used.
        PolicyRefused: the gate forbids the base model, a teacher or a set behind an example.
        PreflightRefused: there is no example, or the template would teach the wrong thing.
        MissingExtra: the train extra is not installed.
        Interrupted: a signal came; a checkpoint is saved.
    """
    with job.corpus() as corpus, storage_errors(job.workspace.path):
        permitted = permit(job, corpus)
        done = _finished(permitted.folder)
        if done is not None:
            latest = [row["train_id"] for row in corpus.ask("latest_training")]
            return _found(job, permitted, done, known=latest == [done.train_id])
        prepared = prepare_training(job, corpus, permitted)
    _warn(prepared.cautions)
    with storage_errors(job.workspace.path):
        result = run(permitted.folder, prepared.processes, job.stop)
        job.stop.check("training")
        return _finish(job, permitted, prepared, result)


def preflight(job: Job) -> Looked:
    """Check all that ``train_sft`` checks, and reckon what it will take; trains nothing. Raises what that does."""
    with job.corpus() as corpus, storage_errors(job.workspace.path):
        permitted = permit(job, corpus)
        prepared = prepare_training(job, corpus, permitted)
    _warn(prepared.cautions)
    folder = permitted.folder
    with storage_errors(job.workspace.path):
        result = work(folder, job.stop, only_look=True)
        shutil.rmtree(folder / FOLDER)
        if last_checkpoint(folder / CHECKPOINTS) is None:
            shutil.rmtree(folder)
    return Looked(
        train_id=folder.name,
        rows=prepared.rows,
        cautions=prepared.cautions,
        outlook=result.outlook,
        command=shlex.join(launch_command(folder, prepared.processes)) if prepared.processes > 1 else "",
    )


def _warn(cautions: Iterable[str]) -> None:
    for sentence in cautions:
        logs.warning(sentence)


def _finished(folder: Path) -> Trained | None:
    record = folder / RECORD
    return msgspec.json.decode(record.read_bytes(), type=Trained) if record.exists() else None


def _found(job: Job, permitted: Permitted, done: Trained, *, known: bool) -> Trained:
    """A student that was trained before, merged if that is asked now."""
    if permitted.train.merge and done.merged is None:
        merge(permitted.folder, permitted.train)
        done = msgspec.structs.replace(done, merged=f"{done.adapter}/{MERGED}")
        replace_file(permitted.folder / RECORD, msgspec.json.encode(done))
        known = False
    if not known:
        job.event("trained", done.train_id, **msgspec.to_builtins(done))
    return done


def _finish(job: Job, permitted: Permitted, prepared: Prepared, result: Result) -> Trained:
    """Write what lies beside the weights; the record comes last."""
    folder = permitted.folder
    done = _record(job, permitted, prepared, result)
    details = msgspec.to_builtins(done)
    write_about(job, permitted, prepared, details, result.history)
    if permitted.train.merge:
        merge(folder, permitted.train)
    replace_file(folder / RECORD, msgspec.json.encode(done))
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    job.event("trained", folder.name, **details)
    return done


def _record(job: Job, permitted: Permitted, prepared: Prepared, result: Result) -> Trained:
    rows, folder = prepared.rows, permitted.folder
    place = folder.relative_to(job.workspace.path)
    measured = [float(entry["eval_loss"]) for entry in result.history if "eval_loss" in entry]
    return Trained(
        train_id=folder.name,
        adapter=str(place),
        base=permitted.train.model,
        curation_id=permitted.curation_id,
        examples=rows.examples,
        problems=rows.problems,
        held_out=rows.held_out,
        mixed=prepared.mixed,
        **msgspec.to_builtins(rows.left_out),
        trained_tokens=rows.trained_tokens,
        steps=result.steps,
        loss=_last_loss(result.history),
        held_out_loss=min(measured, default=None),
        merged=str(place / MERGED) if permitted.train.merge else None,
        tokens_per_second=round(result.tokens_per_second, 1),
        memory_bytes=result.memory_bytes,
        template_hash=prepared.template_hash,
        tokenizer_hash=prepared.tokenizer_hash,
    )


def _last_loss(history: Iterable[Mapping[str, Any]]) -> float:
    losses = [float(entry["loss"]) for entry in history if "loss" in entry]
    tail = losses[-max(1, len(losses) // 10) :]
    return round(sum(tail) / max(1, len(tail)), 4)
