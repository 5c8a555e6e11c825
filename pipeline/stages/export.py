"""Write data sets: files that have the same bytes for the same corpus, a card, and what their licences ask."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from ...policies.notice import notice
from ...prompts.templates import PromptTemplate
from ..admission import admit, list_left_out
from ..config_train import DEFAULT_STUDENT_PROMPTS
from ..conversation import load_prompts
from ..corpus import Corpus
from ..croissant import croissant
from ..dataset_card import dataset_card, title
from ..exporting.base import Context, form_class
from ..exporting.sorting import SortedTraces
from ..exporting.split import hold_out
from ..exporting.staging import staged
from ..exporting.writing import Written, write_form
from ..job import Job
from ..licence_files import write_licences
from ..provenance import Provenance, provenance
from ..records import DOMAINS, Decision
from ..workspace import storage_errors

MEMORY_MB = 512
"""What questions about traces may take of memory before they spill to disk."""


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written."""

    folder: str
    rows: dict[str, int]
    licence: str
    """SPDX expression under which the set goes out."""
    open_points: list[str]
    """What the licences ask for and a person has to add before the set is passed on."""
    left_out: int
    """Traces that were left out because the gate forbids them; ``left-out.jsonl`` names each with the reason."""


def export(job: Job, *, partition: bool = False) -> Exported:
    """Write every configured form of the corpus into ``exports/``, which changes in one step when all is there.

    Args:
        job: the run.
        partition: leave out what the gate forbids and list it in ``left-out.jsonl``, in place of refusing all.

    Raises:
        PolicyRefused: the gate forbids what a row came from, or the licences of two problem sets do not go
            together; nothing is written.
    """
    wanted = job.config.export
    with job.corpus() as corpus, storage_errors(job.workspace.path):
        decisions = admit(job, corpus, divided=partition)
        origin = provenance(job, corpus, decisions)
        hold_out(corpus, wanted.test_share, job.config.select.duplicates.problems, job.stop)
        corpus.limit_memory(MEMORY_MB)
        context = _context(job, corpus)
        with staged(job.workspace) as folder:
            sorting = folder / ".sorting"
            traces = SortedTraces(corpus, sorting, job.stop)
            forms = {name: form_class(name)(context) for name in wanted.configs}
            written = [
                split for name, form in forms.items() for split in write_form(name, form, traces, folder, wanted)
            ]
            shutil.rmtree(sorting)
            _write_about(job, corpus, folder, written, decisions, origin)
            left_out = list_left_out(corpus, folder)
    return Exported(
        folder=str(job.workspace.exports),
        rows={name: sum(one.rows for one in written if one.form == name) for name in wanted.configs},
        licence=origin.outbound.expression,
        open_points=list(origin.bundle.open_points),
        left_out=left_out,
    )


def _write_about(
    job: Job, corpus: Corpus, folder: Path, written: list[Written], decisions: list[Decision], origin: Provenance
) -> None:
    """What stands beside the rows: licences, the description for machines, and the card."""
    text = notice(title(job.config), origin.outbound, origin.sources, origin.models, origin.bundle)
    write_licences(folder, text, origin.bundle, job.workspace.exports)
    (folder / "croissant.json").write_text(croissant(job.config, written, origin), encoding="utf-8")
    card = dataset_card(job.config, written, corpus, decisions, origin)
    (folder / "README.md").write_text(card, encoding="utf-8")


def _context(job: Job, corpus: Corpus) -> Context:
    domains = {row["domain"] for row in corpus.ask("exported_domains")}
    provers = [step.verifier for step in job.plan.steps if step.proves and step.domain in domains]
    judged = job.plan.jury is not None and set(job.plan.jury.rubrics) & domains
    return Context(
        prompts=_prompts(job),
        provers=tuple(dict.fromkeys([*provers, *(["judge"] if judged else [])])),
        licences={
            terms.id: terms.spdx or terms.id for terms in job.plan.gate.terms.all if terms.kind == "model-licence"
        },
        hub_names={one.source: one.path for one in job.config.problems if one.format == "huggingface" and one.path},
    )


def _prompts(job: Job) -> dict[str, PromptTemplate]:
    """The prompt of every row's user turn: one for all domains where the export names it, else the student's."""
    config = job.config
    if config.export.prompt is not None:
        return load_prompts(dict.fromkeys(DOMAINS, config.export.prompt), job.plan.base_dir)
    return load_prompts(config.train.prompts if config.train else DEFAULT_STUDENT_PROMPTS, job.plan.base_dir)
