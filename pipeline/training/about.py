"""What lies beside a student's weights: its card, NOTICE, the licences that come along, and its lineage."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...policies.bundle import LicenceBundle, licence_bundle
from ...policies.hub_licences import hub_licence
from ...policies.library import TermsSet
from ...policies.notice import weights_notice
from ...policies.outbound import Outbound
from ...policies.owed import Binding
from ..config import Config, Use
from ..config_train import Train
from ..job import Job
from ..licence_files import write_licences
from ..model_card import Origins, model_card
from ..parentage import record_parents
from ..records import Decision
from ..workspace import replace_file
from .preparing import Permitted, Prepared


def write_about(
    job: Job, permitted: Permitted, prepared: Prepared, measured: Mapping[str, Any], log: Sequence[dict[str, Any]]
) -> None:
    """Write everything but the record of the training, which says that all is there."""
    folder, train, config = permitted.folder, permitted.train, job.config
    if train.lora is not None:
        _name_base(folder, train)
    terms, decisions = job.plan.gate.terms, permitted.decisions
    record_parents(folder, config, train, permitted.curation_id, decisions, terms)
    licence, bundle = weights_bundle(config, decisions, terms)
    # The base model's own terms are its licence; a set of weights has no other unless a teacher's terms add one.
    base = {name for one in decisions if one.subject.startswith("student:") for name in one.policies}
    beside = tuple(name for name in bundle.terms if name not in base)
    origins = Origins(
        curation_id=permitted.curation_id,
        examples=measured["examples"],
        unproven=prepared.unproven,
        parts=prepared.parts,
        mixed=prepared.mixed,
        decisions=decisions,
        licence=licence,
        hub_licence=hub_licence(licence, replace(bundle, terms=beside)),
        bundle=bundle,
    )
    write_licences(folder, weights_notice(config.use.student.name, train.model, licence, bundle), bundle)
    replace_file(folder / "README.md", model_card(config, train, origins, measured).encode())
    replace_file(folder / "log.json", json.dumps(log).encode())
    replace_file(folder / "settings.json", json.dumps(train.model_dump(mode="json"), indent=1).encode())


def weights_bundle(
    config: Config, decisions: Sequence[Decision], terms: TermsSet
) -> tuple[Outbound, LicenceBundle]:  # fmt: skip
    """The licence of the base model, and what goes along with weights that were built upon it.

    What is due on release is due whatever uses are declared: whoever passes the folder on has it there.
    """
    base = {name for one in decisions if one.subject.startswith("student:") for name in one.policies}
    wrote = {name for one in decisions if not one.subject.startswith("student:") for name in one.policies}
    bindings = [Binding(one, role="base", opened=frozenset(base)) for one in terms.named(frozenset(base))]
    bindings += [Binding(one, opened=frozenset(wrote)) for one in terms.named(frozenset(wrote))]
    licences = [one.spdx or f"LicenseRef-{one.id}" for one in terms.named(frozenset(base))]
    outbound = Outbound(" AND ".join(sorted(set(licences))) or "LicenseRef-unstated", ())
    uses: list[Use] = [*config.use.purposes, "weights_release"]
    return outbound, licence_bundle(outbound, [], bindings, uses, config.policy.vouched())


def _name_base(folder: Path, train: Train) -> None:
    """Put the base model's name where PEFT wrote the place it was loaded from, which may be this machine's alone."""
    path = folder / "adapter_config.json"
    settings = json.loads(path.read_bytes())
    settings["base_model_name_or_path"] = train.model
    replace_file(path, json.dumps(settings, indent=2, sort_keys=True).encode())
