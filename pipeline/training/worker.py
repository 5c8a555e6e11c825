"""One process that trains: in the command itself, or one of several that ``accelerate launch`` starts.

accelerate launch --num_processes 4 -m tracestill.pipeline.training.worker STUDENT_FOLDER
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

from .. import logs
from ..errors import ConfigError, TracestillError
from ..progress import Progress
from ..stopping import Stop, stop_on_signals
from ..workspace import Workspace
from .assignment import Assignment, Outlook, Result, hand_in, read_assignment
from .outlook import look_ahead, memory_held
from .prepared import Rows
from .trainer import CHECKPOINTS, make_trainer
from .watching import Speed, shower, stopper


def work(student: Path, stop: Stop, *, only_look: bool = False) -> Result:
    """Train what is assigned in the folder of a student, from its last checkpoint on, and write the weights there.

    Args:
        student: the folder.
        stop: asked by a signal.
        only_look: whether to end with the outlook, before anything is trained.

    Raises:
        MissingExtra: something that the settings need is not installed.
        ConfigError: another number of processes was started than the rows are shared out among.
    """
    from ..teachers.model_files import load_model

    assignment = read_assignment(student)
    train = assignment.train
    loaded = load_model(train.model, train=True, full=train.lora is None, four_bit=train.load_in_4bit)
    tokenizer = cast("Any", loaded.tokenizer)
    tokenizer.chat_template = assignment.chat_template
    with _quiet(), _progress(assignment) as progress:
        speed = Speed(assignment.rows.tokens)
        watchers = [stopper(stop, speed), *([shower(progress, speed)] if progress is not None else [])]
        trainer = make_trainer(student, assignment, loaded.model, tokenizer, watchers)
        if not only_look:
            _refuse_other_number(trainer.args.world_size, assignment.processes)
        outlook = look_ahead(trainer, assignment)
        if progress is not None:
            logs.info(_sentence(outlook, assignment.rows))
        if not only_look:
            trainer.train(resume_from_checkpoint=last_checkpoint(student / CHECKPOINTS))
        stopped = stop.asked
        if not (stopped or only_look):
            trainer.save_model(str(student))
            if trainer.is_world_process_zero():
                tokenizer.save_pretrained(str(student))
    result = Result(
        outlook=outlook,
        steps=int(trainer.state.global_step),
        history=trainer.state.log_history,
        tokens_per_second=speed.tokens_per_second,
        memory_bytes=memory_held(),
        stopped=stopped,
    )
    if trainer.is_world_process_zero():
        hand_in(student, result)
    return result


def _refuse_other_number(started: int, processes: int) -> None:
    if started != processes:
        raise ConfigError(
            f"train.processes: the rows of a step are shared out among {processes} processes, and {started} were "
            "started; start as many as the printed command says"
        )


def last_checkpoint(folder: Path) -> str | None:
    """The newest checkpoint that is whole: the trainer writes its state last."""
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    return str(max(whole, key=lambda path: int(path.name.rpartition("-")[2]))) if whole else None


def _progress(assignment: Assignment) -> contextlib.AbstractContextManager[Progress | None]:
    """Of the first process; the others, as torch and accelerate number them, show none."""
    if int(os.environ.get("RANK", "0")):
        return contextlib.nullcontext()
    return Progress("train-sft", "steps", Workspace(Path(assignment.workspace)), assignment.run_id)


@contextlib.contextmanager
def _quiet() -> Generator[None]:
    with warnings.catch_warnings():
        # PEFT looks for the base model's own files, which a GGUF package does not have; nothing is lost.
        warnings.filterwarnings("ignore", message="Could not find a config file")
        warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
        yield


def _sentence(outlook: Outlook, rows: Rows) -> str:
    """What a person reads before the training begins."""
    hours, minutes = divmod(round(outlook.seconds / 60), 60)
    lengths, longer = rows.lengths, rows.left_out.too_long
    return (
        f"train-sft: {rows.examples + rows.mixed} examples of {lengths.median} tokens at the median, {lengths.p99} at "
        f"99%, {lengths.longest} at most"
        + (f" ({longer} longer than train.max_length left out)" if longer else "")
        + f"; {outlook.tokens:,} tokens in all passes, {outlook.flop:.1e} FLOP; about "
        f"{hours} h {minutes:02} min at {outlook.tokens_per_second:.0f} tokens/s and "
        f"{outlook.memory_bytes / 2**30:.1f} GiB on each device ({outlook.device})"
    )


def main() -> None:
    """Train what is assigned in the folder that the first argument names."""
    with stop_on_signals() as stop:
        try:
            work(Path(sys.argv[1]), stop)
        except TracestillError as error:
            logs.error(str(error))
            sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
