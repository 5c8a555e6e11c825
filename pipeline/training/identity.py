"""Which student a training makes: the same examples and settings are the same one."""

from __future__ import annotations

from typing import Any

from ..config_train import Train
from ..conversation import load_prompts
from ..job import Plan
from ..records import short_hash
from .chat_template import read_template
from .examples import exported_shards
from .mixing import digest

WITHOUT_EFFECT = {
    "checkpoint_steps", "report_to", "processes", "micro_batch_size", "gradient_checkpointing", "merge",
}  # fmt: skip
"""Settings that say how the work is done and leave the result as it is."""
UNUSED: dict[str, Any] = {
    "data": "corpus", "mix": [], "target": "trace", "max_tokens": None, "max_problems": None, "chat_template": None,
    "load_in_4bit": False, "packing": False, "held_out_share": 0.0, "patience": None,
}  # fmt: skip
"""Settings that came later: not used, they leave the students of before the ones that they are."""


def train_id(plan: Plan, train: Train, curation_id: str) -> str:
    """Name of a training."""
    settings = train.model_dump(mode="json", exclude=WITHOUT_EFFECT)
    settings = {name: value for name, value in settings.items() if UNUSED.get(name, ...) != value}
    if train.chat_template is not None:
        settings["chat_template"] = short_hash(read_template(train.chat_template, plan.base_dir))
    if train.mix:
        digests = [digest(plan.base_dir / one.path) for one in train.mix]
        settings["mix"] = [list(pair) for pair in zip(settings["mix"], digests, strict=True)]
    if train.data == "export":
        settings["data"] = ["export", *map(digest, exported_shards(plan.workspace_path))]
    if train.patience is not None:
        settings["checkpoint_steps"] = train.checkpoint_steps  # that is when the loss is looked at
    prompts = {domain: prompt.hash for domain, prompt in load_prompts(train.prompts, plan.base_dir).items()}
    return f"{plan.config.use.student.name}-{short_hash(['train', curation_id, settings, prompts])[:12]}"
