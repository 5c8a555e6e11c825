"""A limit of requests per minute that Tracestill knows and the server enforces: how much of it is used.

    python benchmarks/producer/rpm.py [--limit 1200] [--count 1500] [--burst 1] [--tracestill COMMAND]

`used` is what was answered from the first request to the last answer, as a share of what the limit allows in that
time; a sliding window lets a whole minute's worth through at once, so a client that begins with a burst is above 1 for
a while. `refused` is the share of requests that were turned away. `--burst` makes the server hold a token bucket of so
many seconds' worth instead.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from contenders import TRACESTILL, Work, command
from ledger import tally
from measuring import run
from serving import Server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, default=1_200, help="requests per minute")
    parser.add_argument("--count", type=int, default=1_500)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--delay", type=float, default=0.2)
    parser.add_argument("--burst", type=float, help="seconds' worth; a token bucket in place of the window")
    parser.add_argument("--tracestill", default=TRACESTILL, help="the command that starts it")
    asked = parser.parse_args()
    arguments = ["--answer-chars", "2000", "--delay", str(asked.delay), "--requests-per-minute", str(asked.limit)]
    if asked.burst is not None:
        arguments += ["--burst", str(asked.burst)]
    with tempfile.TemporaryDirectory() as folder, Server(*arguments) as server:
        work = Work(Path(folder), server.url, asked.count, asked.concurrency, asked.limit)
        work.write()
        cost = run(command("tracestill", work, asked.tracestill), work.folder, 300 + 60 * asked.count / asked.limit)
        told, kept = server.stats(), tally(work, asked.tracestill)
    if cost.code:
        print(f"it ended with {cost.code}: {cost.errors[-600:]}", file=sys.stderr)
    seconds = told["last_served"] - told["first_request"]
    used = told["served"] / (asked.limit * seconds / 60)
    kind = "sliding window" if asked.burst is None else f"bucket of {asked.burst:g} s"
    print("| limit | enforced as | delivered | s from the first request | used | refused |\n|---|---|---|---|---|---|")
    print(
        f"| {asked.limit:,}/min | {kind} | {kept['problems']:,} of {asked.count:,} | {seconds:.1f} | {used:.3f} "
        f"| {told['refused'] / told['requests']:.2%} |"
    )


if __name__ == "__main__":
    main()
