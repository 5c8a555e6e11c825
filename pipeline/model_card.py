"""The card of a trained student: its base, what it was trained on, and what binds whoever distributes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import yaml

from .config import Config
from .config_train import Train
from .lineage import obligations
from .records import Decision


def model_card(
    config: Config,
    train: Train,
    examples: int,
    curation_id: str,
    decisions: Sequence[Decision],
    unproven: Mapping[str, int],
) -> str:
    """README.md of the adapter, with the front matter that the Hub reads.

    Args:
        config: the configuration.
        train: how it was trained.
        examples: on how many.
        curation_id: the selection that they are of.
        decisions: the gate's.
        unproven: examples of the selection that are not proven right, by what they are.
    """
    what = "traces" if train.target == "trace" else "final answers, without the reasoning before them, of traces"
    proof = f"of which some are not proven right ({_counts(unproven)} in it)" if unproven else "all verified"
    front = {"base_model": train.model, "library_name": "peft", "tags": ["reasoning", "distillation", "tracestill"]}
    lora = train.lora
    return (
        "\n\n".join(
            [
                f"---\n{yaml.safe_dump(front, sort_keys=False).strip()}\n---",
                f"# {config.use.student.name}",
                f"A LoRA adapter of {train.model} (rank {lora.r}, alpha {lora.alpha}), trained for "
                f"{train.epochs:g} epochs on {examples} {what} (selection `{curation_id}`, {proof}) with Tracestill.",
                f"Declared uses: {', '.join(config.use.purposes)}.",
                "## What binds it\n\n" + obligations(decisions),
            ]
        )
        + "\n"
    )


def _counts(unproven: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in unproven.items())
