"""Everything that is checked and written before a student's weights are loaded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config_train import Train
from ..corpus import Corpus
from ..errors import ConfigError, MissingExtra, PreflightRefused
from ..job import Job
from ..lineage import judge_base, judge_lineage
from ..proof import unproven_examples
from ..records import Decision
from .assignment import FOLDER, Assignment, hand_out
from .cautions import cautions, size_in_name
from .chat_template import ChatTemplate
from .examples import LeftOut, any_reasoning, examples
from .identity import train_id
from .launching import processes_of
from .mixing import Mixture
from .prepared import Rows, prepare
from .trainer import step_parts


@dataclass(frozen=True)
class Permitted:
    """A training that the gate allows."""

    train: Train
    curation_id: str
    folder: Path
    """Of the student."""
    decisions: list[Decision]


@dataclass(frozen=True)
class Prepared:
    """A training whose rows are written and whose checks are passed, but for those that need weights."""

    rows: Rows
    parts: list[dict[str, Any]]
    """Where the examples come from: rows of the question ``curated_parts``."""
    mixed: dict[str, int]
    """Rows of other sets, by their source."""
    unproven: dict[str, int]
    """Examples of the selection that are not proven right, by what they are."""
    processes: int
    cautions: list[str]
    template_hash: str
    tokenizer_hash: str


def permit(job: Job, corpus: Corpus) -> Permitted:
    """Ask the gate about everything that goes into the student.

    Raises:
        ConfigError: there is no ``train`` section.
        PreflightRefused: nothing has been curated.
        PolicyRefused: the base model, a teacher or a set is forbidden.
    """
    train = job.config.train
    if train is None:
        raise ConfigError("train: is not in the configuration; add it with at least `model`")
    latest = corpus.ask("latest_curation")
    if not latest:
        raise PreflightRefused("nothing has been curated yet; `tracestill curate` chooses the examples")
    gate = job.plan.gate
    decisions = judge_lineage(job, corpus, "train")
    rulings = [judge_base(train, gate, job.plan.base_dir, "train")]
    rulings += [gate.judge_dataset(one.source, one.license, "train", [one.path], one.revision) for one in train.mix]
    curation_id: str = latest[0]["curation_id"]
    folder = job.workspace.models / train_id(job.plan, train, curation_id)
    return Permitted(train, curation_id, folder, decisions + job.decide(rulings))


def prepare_training(job: Job, corpus: Corpus, permitted: Permitted) -> Prepared:
    """Write the rows below the student's folder, and check them.

    Raises:
        ConfigError: something that the settings name cannot be used.
        PreflightRefused: there is no example, or the template would teach the wrong thing.
        MissingExtra: the train extra is not installed.
    """
    train, folder = permitted.train, permitted.folder
    try:
        processes = processes_of(train)
    except ImportError as error:
        raise MissingExtra(f"training needs the train extra: pip install 'tracestill[train]' ({error})") from error
    from ..teachers.model_files import load_tokenizer, parameters_of, stop_tokens

    step_parts(train, processes)
    tokenizer: Any = load_tokenizer(train.model)
    stops, reasons = stop_tokens(train.model, tokenizer), any_reasoning(job, corpus)
    template = ChatTemplate.of(tokenizer, stops, train.chat_template, job.plan.base_dir, reasons=reasons)
    mixture, left_out = Mixture(train, job.plan.base_dir, template, folder / FOLDER / "cache"), LeftOut()
    found = examples(job, corpus, template, left_out)
    rows = prepare(folder / FOLDER, train, found, mixture.tokens, left_out)
    _refuse_nothing(train, rows)
    assignment = Assignment(
        settings=train.model_dump(mode="json"),
        workspace=str(job.workspace.path),
        run_id=job.run_id,
        rows=rows,
        chat_template=tokenizer.chat_template,
        processes=processes,
    )
    hand_out(folder, assignment)
    parts = corpus.ask("curated_parts")
    teachers = {row["teacher_id"] for row in parts}
    size = parameters_of(train.model) or size_in_name(train.model)
    return Prepared(
        rows=rows,
        parts=parts,
        mixed=mixture.rows,
        unproven=unproven_examples(corpus),
        processes=processes,
        cautions=cautions(job.plan, train, rows, teachers, size),
        template_hash=template.hash,
        tokenizer_hash=hashlib.sha256(tokenizer.backend_tokenizer.to_str().encode()).hexdigest(),
    )


def _refuse_nothing(train: Train, rows: Rows) -> None:
    left = rows.left_out
    if not rows.examples:
        raise PreflightRefused(
            f"no example is left to train on ({left.too_long} longer than train.max_length, {left.not_raw} without raw "
            f"reasoning, {left.no_answer} without a final answer, {left.beyond} beyond train.max_tokens or "
            f"train.max_problems, {rows.held_out} held out); `tracestill report` shows where the traces went"
        )
    if train.held_out_share and not rows.held_out:
        raise PreflightRefused(
            f"train.held_out_share: {train.held_out_share:g} of the problems of {rows.examples} examples is none; "
            "raise it, or leave it out"
        )
