"""The card of a trained student: its base, what it was trained on, and what binds whoever distributes it."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from .config import Config, Train
from .lineage import obligations
from .records import Decision


def model_card(config: Config, train: Train, examples: int, curation_id: str, decisions: Sequence[Decision]) -> str:
    """README.md of the adapter, with the front matter that the Hub reads."""
    front = {"base_model": train.model, "library_name": "peft", "tags": ["reasoning", "distillation", "tracestill"]}
    lora = train.lora
    return (
        "\n\n".join(
            [
                f"---\n{yaml.safe_dump(front, sort_keys=False).strip()}\n---",
                f"# {config.use.student.name}",
                f"A LoRA adapter of {train.model} (rank {lora.r}, alpha {lora.alpha}), trained for "
                f"{train.epochs:g} epochs on {examples} verified traces (selection `{curation_id}`) with Tracestill.",
                f"Declared uses: {', '.join(config.use.purposes)}.",
                "## What binds it\n\n" + obligations(decisions),
            ]
        )
        + "\n"
    )
