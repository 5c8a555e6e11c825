"""What a training will take: tokens, operations, memory and time, before hours are spent on it."""

from __future__ import annotations

import resource
import time
from typing import Any

from ..config_train import Train
from .assignment import Assignment, Outlook
from .prepared import Rows

ADAM_BYTES = 8
"""Two moments in 4 bytes for each trained weight."""


def look_ahead(trainer: Any, assignment: Assignment) -> Outlook:
    """Send the longest examples forward and back once, which also shows that they fit, and reckon from that.

    Weights, gradients and random numbers are as they were afterwards.
    """
    import torch

    train, rows, model = assignment.train, assignment.rows, trainer.model
    parameters = sum(weight.numel() for weight in model.parameters())
    trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    on_gpu = torch.cuda.is_available()
    tokens = round(rows.tokens * train.epochs)
    seen, seconds, peak = _once(trainer, train, rows)
    speed = seen / seconds
    checkpointed = bool(trainer.args.gradient_checkpointing)
    per_token = operations_per_token(parameters, trained, checkpointed=checkpointed)
    return Outlook(
        parameters=parameters,
        trained_parameters=trained,
        tokens=tokens,
        flop=per_token * tokens,
        seconds=tokens / speed / assignment.processes,
        memory_bytes=peak + ADAM_BYTES * trained,
        tokens_per_second=speed,
        device=torch.cuda.get_device_name() if on_gpu else "processor",
        method={
            "tokens": "counted with the student's tokenizer, times train.epochs",
            "flop": "two operations per weight and token forward, two back through all weights, two more for the "
            "gradient of each trained weight (Kaplan et al. 2020, arXiv:2001.08361, section 2.1)"
            + (", and the forward pass again for gradient checkpointing" if checkpointed else ""),
            "seconds": f"tokens by the speed of one pass forward and back over the {_micro(trainer)} longest examples",
            "memory_bytes": ("most that the device held" if on_gpu else "most that the process held")
            + " in that pass, and two moments of AdamW in 4 bytes for each trained weight",
        },
    )


def operations_per_token(parameters: int, trained: int, *, checkpointed: bool) -> float:
    """Floating-point operations for a token: forward and back through all weights, and the trained ones' gradients."""
    return (6 if checkpointed else 4) * parameters + 2 * trained


def _micro(trainer: Any) -> int:
    return int(trainer.args.per_device_train_batch_size)


def _once(trainer: Any, train: Train, rows: Rows) -> tuple[int, float, int]:
    """Tokens that went through, seconds, and bytes held at most."""
    import torch

    places = list(range(_micro(trainer))) if train.packing else rows.longest_rows[: _micro(trainer)]
    dataset = trainer.train_dataset
    places = [place for place in places if place < len(dataset)]
    columns = ("input_ids", "labels", "seq_lengths")
    batch = [{name: dataset[place][name] for name in columns if name in dataset[place]} for place in places]
    collated = trainer.data_collator(batch).items()
    inputs = {name: value.to(trainer.args.device) if torch.is_tensor(value) else value for name, value in collated}
    on_gpu = torch.cuda.is_available()
    model = trainer.model.train()
    if trainer.args.gradient_checkpointing:
        model.gradient_checkpointing_enable(trainer.args.gradient_checkpointing_kwargs)

    def pass_once() -> float:
        started = time.perf_counter()
        model(**inputs, use_cache=False).loss.backward()
        if on_gpu:
            torch.cuda.synchronize()
        return time.perf_counter() - started

    randomness: Any = torch.random
    with randomness.fork_rng(), torch.autocast("cuda", torch.bfloat16, enabled=on_gpu and trainer.args.bf16):
        pass_once()  # pays for what is made once, too
        seconds = pass_once()
    peak = memory_held()
    model.zero_grad(set_to_none=True)
    return sum(len(row["input_ids"]) for row in batch), seconds, peak


def memory_held() -> int:
    """Bytes that this process held at most: of its GPU where it has one, else of memory."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
