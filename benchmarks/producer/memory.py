"""Peak memory of Tracestill for few and for many problems: it must not grow with their number.

python benchmarks/producer/memory.py [--counts 10000,50000] [--concurrency 1024] [--tracestill COMMAND]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from contenders import TRACESTILL, Work, command
from measuring import run
from serving import Server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", default="10000,50000", help="separated by commas")
    parser.add_argument("--concurrency", type=int, default=1_024)
    parser.add_argument("--delay", type=float, default=0.2)
    parser.add_argument("--tracestill", default=TRACESTILL, help="the command that starts it")
    asked = parser.parse_args()
    answers = ("--answer-chars", "2000", "--delay", str(asked.delay))
    print("| problems | completions | peak RSS MB | s |\n|---|---|---|---|")
    for count in map(int, asked.counts.split(",")):
        with tempfile.TemporaryDirectory() as folder, Server(*answers) as server:
            work = Work(Path(folder), server.url, count, asked.concurrency)
            work.write()
            cost = run(command("tracestill", work, asked.tracestill), work.folder, 300)
            served = server.stats()["served"]
        if cost.code:
            print(f"it ended with {cost.code}: {cost.errors[-600:]}", file=sys.stderr)
        print(f"| {count:,} | {served:,} | {cost.peak_rss_mb:.0f} | {cost.wall_s:.1f} |", flush=True)


if __name__ == "__main__":
    main()
