"""The card of a trained student: its base, what it was trained on, and what binds whoever distributes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from ..policies.bundle import LicenceBundle
from ..policies.outbound import Outbound
from .bundle_words import bundle_words
from .config import Config
from .config_train import Train
from .lineage import obligations
from .markdown import escaped, table
from .records import Decision


@dataclass(frozen=True)
class Origins:
    """What a student comes from."""

    curation_id: str
    examples: int
    unproven: Mapping[str, int]
    """Examples of the selection that are not proven right, by what they are."""
    parts: Sequence[Mapping[str, Any]]
    """Rows of the question ``curated_parts``: who wrote the examples, over whose problems."""
    mixed: Mapping[str, int]
    """Rows of other sets, by their source."""
    decisions: Sequence[Decision]
    licence: Outbound
    """Of the base model."""
    hub_licence: Mapping[str, str]
    """The keys of the front matter that name the licence."""
    bundle: LicenceBundle
    """What goes along when the weights are passed on."""


def model_card(config: Config, train: Train, origins: Origins, measured: Mapping[str, Any]) -> str:
    """README.md of the student, with the front matter that the Hub reads.

    Args:
        config: the configuration.
        train: how it was trained.
        origins: what it comes from.
        measured: the record of the training, as a mapping of its fields.
    """
    sections = [
        f"---\n{yaml.safe_dump(_front_matter(train, origins), sort_keys=False).strip()}\n---",
        f"# {escaped(config.use.student.name)}",
        _what_it_is(train, origins),
        f"Declared uses: {', '.join(config.use.purposes)}.",
        "## How to ask it\n\n" + _how_to_ask(train),
        "## What it was trained on\n\n" + "\n\n".join(_trained_on(train, origins)),
        "## How it was trained\n\n" + table(["setting", "value"], _settings(train, measured)),
        "## What binds it\n\n" + "\n\n".join(_binds(origins)),
    ]
    return "\n\n".join(sections) + "\n"


def _front_matter(train: Train, origins: Origins) -> dict[str, Any]:
    return {
        "base_model": train.model,
        "base_model_relation": "finetune" if train.lora is None else "adapter",
        "library_name": "transformers" if train.lora is None else "peft",
        "pipeline_tag": "text-generation",
        **origins.hub_licence,
        "tags": ["reasoning", "distillation", "synthetic", "tracestill"],
    }


def _what_it_is(train: Train, origins: Origins) -> str:
    lora = train.lora
    kind = f"{escaped(train.model)} with all weights trained" if lora is None else (
        f"A LoRA adapter of {escaped(train.model)} (rank {lora.r}, alpha {lora.alpha})"
    )  # fmt: skip
    what = "traces" if train.target == "trace" else "final answers, without the reasoning before them, of traces"
    unproven = ", ".join(f"{count} {outcome}" for outcome, count in origins.unproven.items())
    proof = f"of which some are not proven right ({unproven} in it)" if unproven else "all verified"
    return (
        f"{kind}, trained for {train.epochs:g} epochs on {origins.examples} {what} "
        f"(selection `{origins.curation_id}`, {proof}) with Tracestill."
    )


def _how_to_ask(train: Train) -> str:
    prompts = ", ".join(f"{domain} `{escaped(name)}`" for domain, name in sorted(train.prompts.items()))
    return (
        f"It was trained on these prompts of Tracestill, by domain: {prompts}. Ask through the chat template that lies "
        "beside the weights, which is the one that trained it."
    )


def _trained_on(train: Train, origins: Origins) -> Iterator[str]:
    rows = [
        [str(part["source"]), str(part["license"] or "not stated"), str(part["teacher_id"]), str(part["model"]),
         str(part["rows"])]
        for part in origins.parts
    ]  # fmt: skip
    yield table(["problems", "their licence", "teacher", "model", "examples and what these were made from"], rows)
    if origins.mixed:
        licences = {one.source: one.license or "not stated" for one in train.mix}
        mixed = [[source, licences[source], str(count)] for source, count in origins.mixed.items()]
        yield "Blended in:\n\n" + table(["set", "licence", "rows"], mixed)


def _settings(train: Train, measured: Mapping[str, Any]) -> Iterator[list[str]]:
    yield ["examples longer than the limit, left out", f"{measured['too_long']} of {train.max_length} tokens"]
    for name in ("learning_rate", "batch_size", "packing", "seed"):
        yield [name.replace("_", " "), str(getattr(train, name))]
    for name in ("steps", "trained_tokens", "loss", "held_out_loss", "template_hash", "tokenizer_hash"):
        if measured.get(name) is not None:
            yield [name.replace("_", " "), str(measured[name])]


def _binds(origins: Origins) -> Iterator[str]:
    bundle = origins.bundle
    yield f"Licence of the base model (SPDX): `{origins.licence.expression}`. [NOTICE](NOTICE) says it in full."
    yield from bundle_words(bundle, "these weights are")
    yield "What the policy gate decided:\n\n" + obligations(origins.decisions)
