"""TRL's trainer as the configuration wants it, over the prepared rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from ..config_train import Train
from ..errors import ConfigError, MissingExtra, PreflightRefused
from .assignment import FOLDER, Assignment
from .prepared import HELD_OUT, TRAIN, trained_tokens

CHECKPOINTS = "checkpoints"


def make_trainer(student: Path, assignment: Assignment, model: Any, tokenizer: Any, callbacks: list[Any]) -> Any:
    """An ``SFTTrainer`` that has taken the rows unchanged.

    Raises:
        MissingExtra: the train extra is not installed.
        ConfigError: the sizes of a step do not go into one another.
        PreflightRefused: the trainer would learn other tokens than were prepared.
    """
    try:
        import trl
        from datasets import Dataset  # pyright: ignore[reportMissingTypeStubs]
        from transformers.trainer_callback import EarlyStoppingCallback, PrinterCallback
    except ImportError as error:
        raise MissingExtra(f"training needs the train extra: pip install 'tracestill[train]' ({error})") from error
    train, rows = assignment.train, assignment.rows
    if train.patience is not None:
        callbacks = [*callbacks, EarlyStoppingCallback(train.patience)]
    dataset: Any = cast("Any", Dataset)
    trainer = cast("Any", trl).SFTTrainer(
        model=model,
        args=_arguments(student, assignment, model),
        train_dataset=dataset.from_file(str(student / FOLDER / TRAIN)),
        eval_dataset=dataset.from_file(str(student / FOLDER / HELD_OUT)) if rows.held_out else None,
        processing_class=tokenizer,
        peft_config=_adapter(train),
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)
    _refuse_other_rows(trainer.train_dataset, rows.trained_tokens)
    return trainer


def _arguments(student: Path, assignment: Assignment, model: Any) -> Any:
    import torch
    import trl

    train = assignment.train
    on_gpu = torch.cuda.is_available()
    micro, accumulated = step_parts(train, assignment.processes)
    held_out = assignment.rows.held_out > 0
    return cast("Any", trl).SFTConfig(
        output_dir=str(student / CHECKPOINTS),
        num_train_epochs=train.epochs,
        per_device_train_batch_size=micro,
        per_device_eval_batch_size=micro,
        gradient_accumulation_steps=accumulated,
        learning_rate=train.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=train.warmup_steps,
        use_cpu=not on_gpu,
        bf16=model.dtype == torch.bfloat16 or (on_gpu and torch.cuda.is_bf16_supported()),
        gradient_checkpointing=on_gpu if train.gradient_checkpointing is None else train.gradient_checkpointing,
        max_length=train.max_length if train.packing else None,
        packing=train.packing,
        logging_steps=1,
        eval_strategy="steps" if held_out else "no",
        eval_steps=train.checkpoint_steps if held_out else None,
        load_best_model_at_end=train.patience is not None,
        metric_for_best_model="eval_loss" if train.patience is not None else None,
        save_strategy="steps",
        save_steps=train.checkpoint_steps,
        save_total_limit=1,
        report_to=train.report_to,
        seed=train.seed,
        disable_tqdm=True,
        ddp_find_unused_parameters=False if assignment.processes > 1 else None,
    )


def _adapter(train: Train) -> Any:
    if train.lora is None:
        return None
    from peft import LoraConfig

    return LoraConfig(
        r=train.lora.r,
        lora_alpha=train.lora.alpha,
        lora_dropout=train.lora.dropout,
        target_modules=train.lora.target_modules,
        task_type="CAUSAL_LM",
    )


def step_parts(train: Train, processes: int) -> tuple[int, int]:
    """Examples that a device holds at once, and how often it does so within a step.

    Raises:
        ConfigError: a step's examples cannot be divided so.
    """
    each, rest = divmod(train.batch_size, processes)
    if rest:
        raise ConfigError(
            f"train.batch_size: {train.batch_size} examples do not divide among {processes} processes; "
            f"take {processes * max(1, each)} or {processes * (each + 1)}"
        )
    micro = min(train.micro_batch_size or each, each)
    if each % micro:
        raise ConfigError(
            f"train.micro_batch_size: {micro} does not go into the {each} examples that each process has of a step"
        )
    return micro, each // micro


def _refuse_other_rows(dataset: Any, expected: int) -> None:
    """The trainer must not have cut, dropped or masked anything that was checked before."""
    found = 0
    for batch in dataset.with_format("arrow").iter(1000):
        found += trained_tokens(batch["labels"])
    if found != expected:
        raise PreflightRefused(
            f"the trainer would learn {found} tokens where {expected} were prepared and checked: this version of TRL "
            "treats the rows differently; report it, with the version"
        )
