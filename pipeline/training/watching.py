"""What looks on while the trainer works: progress, measured speed, and stopping with a checkpoint."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from ..progress import Progress
from ..stopping import Stop

if TYPE_CHECKING:
    from transformers import TrainerCallback


def watcher(stop: Stop, progress: Progress | None, tokens: float) -> TrainerCallback:
    """A callback that shows every step, and saves and stops when a signal came.

    Args:
        stop: asked by a signal.
        progress: what is shown; null in all processes but the first.
        tokens: that one pass over the rows takes.
    """
    from transformers import TrainerCallback

    class Watcher(TrainerCallback):
        """Attributes: tokens_per_second of all devices, over the steps of this run but the first."""

        def __init__(self) -> None:
            self.tokens_per_second = 0.0
            self._first: tuple[int, float] | None = None

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if progress is not None:
                progress.total = state.max_steps
                progress.advance(state.global_step - progress.done)

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            now = time.perf_counter()
            if self._first is None:
                self._first = (state.global_step, now)
            elif now > self._first[1]:
                passes = (state.global_step - self._first[0]) / state.max_steps * state.num_train_epochs
                self.tokens_per_second = tokens * passes / (now - self._first[1])
            if progress is not None:
                progress.facts["tokens/s"] = round(self.tokens_per_second)
                progress.advance(state.global_step - progress.done)
            if agreed(stop.asked):
                control.should_save = True
                control.should_training_stop = True

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
            for name, shown in (("loss", "loss"), ("eval_loss", "held-out loss")):
                if progress is not None and logs and name in logs:
                    progress.facts[shown] = float(logs[name])

    return Watcher()


def agreed(asked: bool) -> bool:
    """Whether any of the processes that train together was asked: all must stop after the same step."""
    import torch

    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return asked
    device = "cuda" if torch.cuda.is_available() else "cpu"
    flag = torch.tensor(float(asked), device=device)
    cast("Any", torch.distributed).all_reduce(flag, torch.distributed.ReduceOp.MAX)
    return bool(flag.item())
