"""Where a student is trained: in this process, or in several, a device each."""

from __future__ import annotations

import ctypes
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

from .. import logs
from ..config_train import Train
from ..errors import TracestillError
from ..stopping import Stop
from .assignment import Result, read_result
from .worker import work

WORKER = "tracestill.pipeline.training.worker"
PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""
LOOK_SECONDS = 0.2
"""How often a signal is looked for while others train."""


def processes_of(train: Train) -> int:
    """How many processes train together."""
    import torch

    return train.processes or max(1, torch.cuda.device_count())


def run(student: Path, processes: int, stop: Stop) -> Result:
    """Train what is assigned in the folder of a student.

    Raises:
        TracestillError: one of several processes failed; what it said is above.
    """
    if processes == 1:
        return work(student, stop)
    command = launch_command(student, processes)
    logs.info(f"train-sft: {shlex.join(command)}")
    # A session of its own: ctrl-C reaches this process alone, which passes it on once. Killed, it takes them along,
    # since the next command would train the same student beside them.
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_stop_with_parent
    ) as launched:
        told = False
        while launched.poll() is None:
            if stop.asked and not told:
                launched.send_signal(signal.SIGTERM)
                told = True
            time.sleep(LOOK_SECONDS)
    result = read_result(student)
    if result is None and not stop.asked:
        raise TracestillError(
            f"training in {processes} processes ended with {launched.returncode} and no result; what went wrong is "
            f"above. The same command goes on from the last checkpoint. By hand: {shlex.join(command)}"
        )
    stop.check("training")
    assert result is not None
    return result


def _stop_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def launch_command(student: Path, processes: int) -> list[str]:
    """What starts the processes on this machine: `accelerate launch`, or torch's own where there is no GPU."""
    import torch

    if torch.cuda.is_available():
        how = ["accelerate.commands.launch", "--multi_gpu", "--num_processes", str(processes), "--num_machines", "1"]
        how += ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    else:
        how = ["torch.distributed.run", "--standalone", "--nproc_per_node", str(processes)]
    return [sys.executable, "-m", *how, "-m", WORKER, str(student)]
