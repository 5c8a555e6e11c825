"""Put an exported set or a trained student on the Hub, once the gate allows that it leaves the house."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from ..admission import LEFT_OUT
from ..compliance_facts import exported_licence, publishing_gate
from ..config import Use
from ..corpus import Corpus
from ..errors import PolicyRefused, PreflightRefused
from ..exporting.base import form_names, hold_rejects
from ..hub import Hub, Kind, Pushed, files_below
from ..job import Job
from ..lineage import Lineage, judge_base, lineage_of, partition
from ..manifest import manifest_path

COMPLIANCE = "compliance"
"""Folder of the compliance report and the manifest in the repository."""
_WEIGHTS = re.compile(r"[^/]*\.safetensors|adapter_config\.json|config\.json|model\.safetensors\.index\.json")
_NOT_STUDENT = ("checkpoints", "prepared", "merged")


def publish_dataset(job: Job, repo: str, *, public: bool, divided: bool = False) -> Pushed:
    """Push ``exports/`` as it lies, with the compliance report beside it.

    Args:
        job: the run.
        repo: name of the data set, as ORG/NAME.
        public: whether everybody may see it.
        divided: whether the export left out what the gate forbids.

    Raises:
        PolicyRefused: it may not be released.
        ConfigError: there is no token, or the name is none.
        HubUnavailable: the Hub cannot be reached or refuses.
    """
    with job.corpus() as corpus:
        gate = publishing_gate(job.plan.gate, [job.workspace.exports], exported_licence(job, corpus))
        rows = corpus.ask("exported_parts", whole=hold_rejects(job.config.export.configs))
        lineage = lineage_of(job.config, gate, rows, "publish")
        _permit(job, corpus, "dataset_release", partition(gate, lineage, "publish")[0] if divided else lineage)
    files = files_below(job.workspace.exports)
    files.pop(LEFT_OUT, None)  # what was kept back is nobody else's concern
    return _push(job, files, repo, "dataset", _shards(), public=public)


def publish_student(job: Job, train_id: str, repo: str, *, public: bool) -> Pushed:
    """Push the folder of a trained student, without the whole model that was merged. Raises what the other does."""
    folder = job.workspace.models / train_id
    train = job.config.train
    if train is None or not (folder / "training.json").exists():
        raise PreflightRefused(f"models/{train_id}: is no trained student; `tracestill train-sft` makes it")
    with job.corpus() as corpus:
        gate = publishing_gate(job.plan.gate, [folder], "none")
        base = judge_base(train, gate, job.plan.base_dir, "publish")
        parts = corpus.ask("curated_parts")
        _permit(job, corpus, "weights_release", lineage_of(job.config, gate, parts, "publish", [base]))
    return _push(job, files_below(folder, _NOT_STUDENT), repo, "model", _WEIGHTS, public=public)


def _shards() -> re.Pattern[str]:
    """Files of sets that an export writes; a folder of another name in the repository is somebody else's."""
    forms = "|".join(map(re.escape, form_names()))
    return re.compile(rf"({forms})/[a-z]+-\d{{5}}-of-\d{{5}}\.(parquet|jsonl)|left-out\.jsonl")


def _permit(job: Job, corpus: Corpus, use: Use, lineage: Lineage) -> None:
    if use not in job.config.use.purposes:
        raise PolicyRefused(
            f"use.purposes: {use} is not declared, so nothing was judged for it; declare it, and run the command again"
        )
    job.decide(lineage.rulings, corpus)


def _push(
    job: Job, files: dict[str, Path], repo: str, kind: Kind, ours: re.Pattern[str], *, public: bool
) -> Pushed:  # fmt: skip
    """Push the files, with what the compliance report said beside them."""
    reports = {
        f"{COMPLIANCE}/report.md": job.workspace.reports / "compliance.md",
        f"{COMPLIANCE}/report.json": job.workspace.reports / "compliance.json",
        f"{COMPLIANCE}/manifest.jsonl": manifest_path(job.workspace),
    }
    beside = {path: place for path, place in reports.items() if place.exists()}
    pushed = Hub().push(
        files | beside, repo, kind, public=public, message=_message(job, kind), beside=beside.keys(), ours=ours
    )
    if pushed.changed:
        job.event("published", repo, what=kind, **msgspec.to_builtins(pushed))
    return pushed


def _message(job: Job, kind: str) -> str:
    what = "Reasoning traces for" if kind == "dataset" else "Weights of"
    return f"{what} {job.config.use.student.name}, made with Tracestill"
