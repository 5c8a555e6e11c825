"""The part of the configuration that says how the student is trained."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from .concern import Concern, Name, Prompts

DEFAULT_STUDENT_PROMPTS: Prompts = {"math": "math-cot", "code": "code-cot", "open": "open-cot"}
"""What a student is shown: the bare task, whatever its teacher was shown."""


class Lora(Concern):
    """The low-rank adapter (Hu et al. 2021, arXiv:2106.09685)."""

    r: int = Field(default=32, ge=1)
    """Rank."""
    alpha: int = Field(default=64, ge=1)
    """Scale; the update is multiplied by alpha / r."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Dropout on the adapter's input."""
    target_modules: str | list[str] = "all-linear"
    """Which layers get an adapter."""


class Mixed(Concern):
    """Another set of conversations that is trained on beside the corpus, such as general instructions."""

    path: str = Field(min_length=1)
    """A .jsonl or .parquet file or a folder of them (relative to this configuration file), or a Hub data set's name."""
    source: Name
    """Name of this set in every report."""
    license: str | None = None
    """Its licence, as an SPDX expression."""
    weight: float = Field(gt=0)
    """Examples of it per example of the corpus: 0.25 makes it a fifth of the whole."""
    config: str | None = None
    """Configuration of a Hub data set that has several."""
    split: Name = "train"
    """Split of a Hub data set."""
    revision: str | None = None
    """Commit, tag or branch of a Hub data set; name a commit to train on the same rows every time."""


class Train(Concern):
    """How the student is trained on the corpus."""

    model: str = Field(min_length=1)
    """Base model: a Hub name or a folder."""
    data: Literal["corpus", "export"] = "corpus"
    """What is trained on: every chosen example, or the split `train` of what `export` wrote as `sft`."""
    mix: list[Mixed] = []
    """Other sets of conversations that are blended in."""
    prompts: Prompts = DEFAULT_STUDENT_PROMPTS
    """The student's own prompt per domain, whatever the teacher was shown."""
    target: Literal["trace", "answer"] = "trace"
    """What the student learns to write: the whole trace, or its final answer alone."""
    max_tokens: int | None = Field(default=None, ge=1)
    """Trained tokens of all examples together at most, in one pass; the best of every problem come first."""
    max_problems: int | None = Field(default=None, ge=1)
    """Problems that are trained on at most."""
    chat_template: str | None = None
    """Template in place of the model's own: a .jinja file, or the name of one that TRL ships."""
    lora: Lora | None = Lora()
    """The adapter; null trains all weights."""
    load_in_4bit: bool = False
    """Hold the base model in 4 bits while its adapter is trained (QLoRA); needs bitsandbytes."""
    epochs: float = Field(default=3, gt=0)
    """Passes over the examples."""
    learning_rate: float = Field(default=2e-4, gt=0)
    """Peak of the cosine schedule."""
    batch_size: int = Field(default=8, ge=1)
    """Examples per step, over all devices."""
    micro_batch_size: int | None = Field(default=None, ge=1)
    """Examples that a device holds at once; null takes its whole part of a step."""
    processes: int | None = Field(default=None, ge=1)
    """Devices that train together; null takes every GPU, or one process where there is none."""
    packing: bool = False
    """Put short examples together into rows of max_length; a step then takes batch_size such rows."""
    gradient_checkpointing: bool | None = None
    """Compute activations again in place of keeping them; null does so on a GPU."""
    warmup_steps: int = Field(default=5, ge=0)
    """Steps until the learning rate is at its peak."""
    max_length: int = Field(default=2048, ge=16)
    """Longest example in tokens; a longer one is left out and counted, never cut."""
    held_out_share: float = Field(default=0.0, ge=0, lt=1)
    """Share of the problems that are kept apart, to measure the loss on every `checkpoint_steps`."""
    patience: int | None = Field(default=None, ge=1)
    """Measurements of the held-out loss in a row without a new low that end the training; the best weights are kept."""
    checkpoint_steps: int = Field(default=20, ge=1)
    """Steps between checkpoints, from which a stopped training goes on."""
    merge: bool = False
    """Also write the whole model with the adapter merged into it."""
    seed: int = Field(default=0, ge=0)
    """Seed of order and initial adapter."""
    report_to: str = "none"
    """Experiment tracker, as TRL knows it."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.patience is not None and not self.held_out_share:
            raise ValueError("patience needs a loss to watch: set held_out_share, for example to 0.05")
        if self.lora is None and self.load_in_4bit:
            raise ValueError("load_in_4bit needs an adapter to train: weights in 4 bits cannot be trained themselves")
        if self.lora is None and self.merge:
            raise ValueError("merge has nothing to merge where lora is null: all weights are trained and written")
        return self
