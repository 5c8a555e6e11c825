"""Tracestill killed by SIGKILL at random moments and started again, until it is done: what was bought twice, and lost.

    python benchmarks/producer/kill.py [--kills 10] [--count 4000] [--concurrency 64] [--tracestill COMMAND]

The server counts a completion as bought once it was produced, whether or not anybody was left to read it. `bought
again` is what it produced for requests that it had answered before; `in flight` is what it was at work on when the
kills came, and bounds it. An answer that had left the server but was not yet read comes on top of that: at most as
many as `concurrency` allows for each kill. `lost` are problems without a completion at the end, `doubled` are
completions that the ledger holds twice.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from contenders import TRACESTILL, Work, command
from ledger import tally
from measuring import run
from serving import Server


def start(work: Work, tracestill: str) -> subprocess.Popen[bytes]:
    """Start a run."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command("tracestill", work, tracestill), cwd=work.folder, **quiet)


def kill_once(server: Server, work: Work, tracestill: str, wait: float) -> int | None:
    """Start a run and kill it so long after its first request; what was in flight, or null if it ended by itself."""
    before = server.stats()["requests"]
    process = start(work, tracestill)
    end = time.monotonic() + 60
    while server.stats()["requests"] == before and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(wait)
    process.send_signal(signal.SIGKILL)
    in_flight = server.stats()["in_flight"]
    return in_flight if process.wait() == -signal.SIGKILL else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--count", type=int, default=4_000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--delay", type=float, default=0.2)
    parser.add_argument("--longest", type=float, default=1.5, help="longest time from a first request to the kill, s")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tracestill", default=TRACESTILL, help="the command that starts it")
    asked = parser.parse_args()
    moments = random.Random(asked.seed)
    with (
        tempfile.TemporaryDirectory() as folder,
        Server("--answer-chars", "2000", "--delay", str(asked.delay)) as server,
    ):
        work = Work(Path(folder), server.url, asked.count, asked.concurrency)
        work.write()
        waits = [moments.uniform(0, asked.longest) for _ in range(asked.kills)]
        flights = [kill_once(server, work, asked.tracestill, wait) for wait in waits]
        last = run(command("tracestill", work, asked.tracestill), work.folder, 300)
        told, kept = server.stats(), tally(work, asked.tracestill)
    if last.code:
        print(f"the last run ended with {last.code}: {last.errors[-600:]}", file=sys.stderr)
    killed = [flight for flight in flights if flight is not None]
    again, lost = told["billed"] - told["distinct"], asked.count - kept["problems"]
    doubled = kept["kept"] - kept["distinct_kept"]
    print("| kills | wanted | bought | bought again | in flight at the kills | at most | lost | doubled |")
    print("|---|---|---|---|---|---|---|---|")
    print(
        f"| {len(killed)} | {asked.count:,} | {told['billed']:,} | {again} | {sum(killed)} "
        f"| {len(killed) * asked.concurrency} | {lost} | {doubled} |"
    )


if __name__ == "__main__":
    main()
