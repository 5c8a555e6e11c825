"""Gives one command every night, inside a container that runs nothing else: ``nightly.py HH:MM COMMAND ...`` (UTC).

It waits, runs the command, tells its exit code on standard error, and waits for the next night. SIGTERM ends the wait
at once; a command that is under way gets it, saves, and is waited for.
"""

from __future__ import annotations

import datetime
import signal
import subprocess
import sys
import threading


def seconds_until(hour: int, minute: int, now: datetime.datetime) -> float:
    """From ``now`` to the next time that the clock shows so."""
    at = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if at <= now:
        at += datetime.timedelta(days=1)
    return (at - now).total_seconds()


def main() -> None:
    """Wait and run until told to stop."""
    hour, minute = map(int, sys.argv[1].split(":"))
    stopped = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def stop(number: int, frame: object) -> None:
        stopped.set()
        for process in running:
            process.send_signal(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopped.wait(seconds_until(hour, minute, datetime.datetime.now(datetime.UTC))):
        process = subprocess.Popen(sys.argv[2:])
        running.append(process)
        if stopped.is_set():
            process.terminate()
        sys.stderr.write(f"nightly: {sys.argv[2]} ended with {process.wait()}\n")
        running.clear()


if __name__ == "__main__":
    main()
