"""Train the student: supervised fine-tuning of a LoRA adapter on the curated examples, with TRL."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from ..config_train import Train
from ..conversation import load_prompts
from ..errors import ConfigError, MissingExtra, PreflightRefused
from ..job import Job, Plan
from ..lineage import judge_base, judge_lineage
from ..model_card import model_card
from ..parentage import record_parents
from ..progress import Progress
from ..proof import unproven_examples
from ..records import Decision, short_hash
from ..training_data import TrainingRows, training_rows
from ..workspace import replace_file, storage_errors

if TYPE_CHECKING:
    from transformers import TrainerCallback

UNUSED: dict[str, str | None] = {"target": "trace", "max_tokens": None, "max_problems": None}
"""Settings that are no part of a student's identity at these values."""


class Trained(msgspec.Struct, frozen=True, kw_only=True):
    """A trained student."""

    train_id: str
    adapter: str
    """Folder of the adapter, relative to the workspace."""
    base: str
    curation_id: str
    examples: int
    problems: int = 0
    """That the examples are of; 0 in the record of a student that an earlier version trained."""
    too_long: int
    not_raw: int
    no_answer: int = 0
    """Examples without a final answer, where ``train.target`` is ``answer``."""
    beyond: int = 0
    """Examples beyond ``train.max_tokens`` or ``train.max_problems``."""
    trained_tokens: int
    steps: int
    loss: float


def train_sft(job: Job) -> Trained:
    """Train on the latest curation, or go on from a checkpoint, or find that it is done.

    Raises:
        ConfigError: there is no ``train`` section.
        PolicyRefused: the gate forbids the base model, a teacher or a problem set behind an example.
        PreflightRefused: there is no example, or the template would teach the wrong thing.
        MissingExtra: the train extra is not installed.
        Interrupted: a signal came; a checkpoint is saved.
    """
    train = job.config.train
    if train is None:
        raise ConfigError("train: is not in the configuration; add it with at least `model`")
    with job.corpus() as corpus:
        latest = corpus.ask("latest_curation")
        if not latest:
            raise PreflightRefused("nothing has been curated yet; `tracestill curate` chooses the examples")
        curation_id: str = latest[0]["curation_id"]
        decisions = judge_lineage(job, corpus, "train")
        decisions += job.decide([judge_base(train, job.plan.gate, job.plan.base_dir, "train")])
        folder = job.workspace.models / train_id(job.plan, train, curation_id)
        done = _finished(folder)
        if done is not None:
            if [row["train_id"] for row in corpus.ask("latest_training")] != [done.train_id]:
                job.event("trained", folder.name, **msgspec.to_builtins(done))
            return done
        with storage_errors(job.workspace.path):
            return _train(job, train, curation_id, folder, decisions)


def train_id(plan: Plan, train: Train, curation_id: str) -> str:
    """Name of a training: the same examples and settings are the same student."""
    settings = train.model_dump(mode="json", exclude={"checkpoint_steps", "report_to"})
    # A setting that came later and is not used leaves the students of before the ones that they are.
    settings = {name: value for name, value in settings.items() if UNUSED.get(name, ...) != value}
    prompts = {domain: prompt.hash for domain, prompt in load_prompts(train.prompts, plan.base_dir).items()}
    return f"{plan.config.use.student.name}-{short_hash(['train', curation_id, settings, prompts])[:12]}"


def _finished(folder: Path) -> Trained | None:
    record = folder / "training.json"
    return msgspec.json.decode(record.read_bytes(), type=Trained) if record.exists() else None


def _train(job: Job, train: Train, curation_id: str, folder: Path, decisions: list[Decision]) -> Trained:
    from ..teachers.model_files import load_model

    loaded = load_model(train.model, train=True)
    with job.corpus() as corpus:
        data = training_rows(job, corpus, loaded.tokenizer, train.max_length)
        unproven = unproven_examples(corpus)
    if not data.rows:
        raise PreflightRefused(
            f"no example is left to train on ({data.too_long} longer than train.max_length, {data.not_raw} without raw "
            f"reasoning, {data.no_answer} without a final answer, {data.beyond} beyond train.max_tokens or "
            "train.max_problems); `tracestill report` shows where the traces went"
        )
    checkpoints = folder / "checkpoints"
    with warnings.catch_warnings(), job.progress("train-sft", "steps") as progress:
        # PEFT looks for the base model's own files, which a GGUF package does not have; nothing is lost.
        warnings.filterwarnings("ignore", message="Could not find a config file")
        warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
        trainer = _trainer(job, train, loaded.model, loaded.tokenizer, data, checkpoints, progress)
        trainer.train(resume_from_checkpoint=_last_checkpoint(checkpoints))
    job.stop.check("training")
    trainer.save_model(str(folder))
    cast("Any", loaded.tokenizer).save_pretrained(str(folder))
    done = _record(job, train, curation_id, folder, data, trainer)
    _name_base(folder, train)
    record_parents(folder, job.config, train, curation_id, decisions, job.plan.gate.terms)
    card = model_card(job.config, train, done.examples, curation_id, decisions, unproven)
    _write_about(folder, card, trainer, done)
    shutil.rmtree(checkpoints, ignore_errors=True)
    job.event("trained", folder.name, **msgspec.to_builtins(done))
    return done


def _record(job: Job, train: Train, curation_id: str, folder: Path, data: TrainingRows, trainer: Any) -> Trained:
    return Trained(
        train_id=folder.name,
        adapter=str(folder.relative_to(job.workspace.path)),
        base=train.model,
        curation_id=curation_id,
        examples=len(data.rows),
        problems=data.problems,
        too_long=data.too_long,
        not_raw=data.not_raw,
        no_answer=data.no_answer,
        beyond=data.beyond,
        trained_tokens=data.trained_tokens,
        steps=int(trainer.state.global_step),
        loss=_last_loss(trainer.state.log_history),
    )


def _write_about(folder: Path, card: str, trainer: Any, done: Trained) -> None:
    """What lies beside the adapter; the record comes last, since it says that all is there."""
    replace_file(folder / "README.md", card.encode())
    replace_file(folder / "log.json", json.dumps(trainer.state.log_history).encode())
    replace_file(folder / "training.json", msgspec.json.encode(done))


def _trainer(
    job: Job, train: Train, model: Any, tokenizer: Any, data: TrainingRows, checkpoints: Path, progress: Progress
) -> Any:
    try:
        import torch
        import trl
        from datasets import Dataset  # pyright: ignore[reportMissingTypeStubs]
        from peft import LoraConfig
        from transformers.trainer_callback import PrinterCallback
    except ImportError as error:
        raise MissingExtra(f"training needs the train extra: pip install 'tracestill[train]' ({error})") from error
    on_gpu = torch.cuda.is_available()
    untyped: Any = trl
    arguments = untyped.SFTConfig(
        output_dir=str(checkpoints),
        num_train_epochs=train.epochs,
        per_device_train_batch_size=train.batch_size,
        learning_rate=train.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=train.warmup_steps,
        use_cpu=not on_gpu,
        bf16=model.dtype == torch.bfloat16,
        gradient_checkpointing=on_gpu,
        max_length=None,
        packing=False,
        logging_steps=1,
        save_strategy="steps",
        save_steps=train.checkpoint_steps,
        save_total_limit=1,
        report_to=train.report_to,
        seed=train.seed,
        disable_tqdm=True,
    )
    lora = LoraConfig(
        r=train.lora.r,
        lora_alpha=train.lora.alpha,
        lora_dropout=train.lora.dropout,
        target_modules=train.lora.target_modules,
        task_type="CAUSAL_LM",
    )
    trainer = untyped.SFTTrainer(
        model=model,
        args=arguments,
        train_dataset=cast("Any", Dataset).from_list(data.rows),
        processing_class=tokenizer,
        peft_config=lora,
        callbacks=[_watcher(job, progress)],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _watcher(job: Job, progress: Progress) -> TrainerCallback:
    from transformers import TrainerCallback

    class Watcher(TrainerCallback):
        """Shows every step, and saves and stops when a signal came."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            progress.total = state.max_steps
            progress.advance(state.global_step)

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            progress.advance(state.global_step - progress.done)
            if job.stop.asked:
                control.should_save = True
                control.should_training_stop = True

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
            if logs and "loss" in logs:
                progress.facts["loss"] = float(logs["loss"])

    return Watcher()


def _name_base(folder: Path, train: Train) -> None:
    """Put the base model's name where PEFT wrote the place it was loaded from, which may be this machine's alone."""
    path = folder / "adapter_config.json"
    settings = json.loads(path.read_bytes())
    settings["base_model_name_or_path"] = train.model
    replace_file(path, json.dumps(settings, indent=2, sort_keys=True).encode())


def _last_checkpoint(folder: Path) -> str | None:
    """The newest checkpoint that is whole: the trainer writes its state last."""
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    return str(max(whole, key=lambda path: int(path.name.rpartition("-")[2]))) if whole else None


def _last_loss(history: list[dict[str, float]]) -> float:
    """Mean loss over the last tenth of the steps."""
    losses = [entry["loss"] for entry in history if "loss" in entry]
    tail = losses[-max(1, len(losses) // 10) :]
    return round(sum(tail) / max(1, len(tail)), 4)
