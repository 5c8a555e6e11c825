"""What looks on while the trainer works: progress, measured speed, and stopping with a checkpoint."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from ..progress import Progress
from ..stopping import Stop

if TYPE_CHECKING:
    from transformers import TrainerCallback


class Speed:
    """Tokens per second of all devices, over the steps of this run but the first, which pays for what is made once."""

    def __init__(self, tokens: int) -> None:
        self._tokens = tokens
        self._first: tuple[int, float] | None = None
        self.tokens_per_second = 0.0

    def note(self, state: Any) -> None:
        """Note that a step has ended; one pass over the rows takes ``tokens``."""
        now = time.perf_counter()
        if self._first is None:
            self._first = (state.global_step, now)
        elif now > self._first[1]:
            passes = (state.global_step - self._first[0]) / state.max_steps * state.num_train_epochs
            self.tokens_per_second = self._tokens * passes / (now - self._first[1])


def stopper(stop: Stop, speed: Speed) -> TrainerCallback:
    """A callback that saves and stops when a signal came, and notes the speed."""
    from transformers import TrainerCallback

    class Stopper(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            speed.note(state)
            if agreed(stop.asked):
                control.should_save = True
                control.should_training_stop = True

    return Stopper()


def shower(progress: Progress, speed: Speed) -> TrainerCallback:
    """A callback that shows every step."""
    from transformers import TrainerCallback

    class Shower(TrainerCallback):
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            progress.total = state.max_steps
            progress.advance(state.global_step - progress.done)

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            progress.facts["tokens/s"] = round(speed.tokens_per_second)
            progress.advance(state.global_step - progress.done)

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
            for name, shown in (("loss", "loss"), ("eval_loss", "held-out loss")):
                if logs and name in logs:
                    progress.facts[shown] = float(logs[name])

    return Shower()


def agreed(asked: bool) -> bool:
    """Whether any of the processes that train together was asked: all must stop after the same step."""
    import torch

    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return asked
    device = "cuda" if torch.cuda.is_available() else "cpu"
    flag = torch.tensor(float(asked), device=device)
    cast("Any", torch.distributed).all_reduce(flag, torch.distributed.ReduceOp.MAX)
    return bool(flag.item())
