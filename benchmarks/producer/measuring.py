"""What a client costs: its CPU, memory and time, with every process that it starts and waits for."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """One run of a client.

    Attributes:
        started: when its process was started, on the machine's monotonic clock.
        cpu_s: user and system time of its whole process tree.
        peak_rss_mb: of the largest of its processes.
        code: exit status; negative for a signal.
    """

    started: float
    wall_s: float
    cpu_s: float
    peak_rss_mb: float
    code: int
    output: str
    errors: str


def run(command: list[str], folder: Path, timeout_s: float, environment: dict[str, str] | None = None) -> Cost:
    """Run a client to its end; it is killed after ``timeout_s``."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.monotonic()
        process = subprocess.Popen(
            command, stdout=out, stderr=err, cwd=folder, env=os.environ | (environment or {}), start_new_session=True
        )
        guard = threading.Timer(timeout_s, os.killpg, (process.pid, signal.SIGKILL))
        guard.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        guard.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    cpu = used.ru_utime + used.ru_stime
    return Cost(started, wall, cpu, used.ru_maxrss / 1024, process.returncode, texts[0], texts[1])
