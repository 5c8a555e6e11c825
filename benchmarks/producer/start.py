"""Time from the start of a client's process to its first request at the server, and to its end, with few problems.

    python benchmarks/producer/start.py [--times 5] [--clients tracestill,openai] [--tracestill COMMAND]

The median of several starts; a start before them, which fills caches, does not count.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from contenders import TRACESTILL, Work, command, environment, names
from measuring import run
from serving import Server


def times(name: str, folder: Path, tracestill: str) -> tuple[float, float, float]:
    """Seconds to the first request, seconds in all, and seconds of CPU."""
    with Server("--answer-chars", "2000") as server:
        work = Work(folder, server.url, 16, 16)
        work.write()
        cost = run(command(name, work, tracestill), work.folder, 120, environment(name, work))
        first = server.stats()["first_request"]
    if first is None:
        raise RuntimeError(f"{name} sent no request: {cost.errors[-600:]}")
    return first - cost.started, cost.wall_s, cost.cpu_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--clients", default=",".join(names()), help="separated by commas")
    parser.add_argument("--tracestill", default=TRACESTILL, help="the command that starts it")
    asked = parser.parse_args()
    print("| client | first request, s | from, to | whole run of 16, s | its CPU, s |\n|---|---|---|---|---|")
    for name in asked.clients.split(","):
        found = []
        for _ in range(asked.times + 1):
            with tempfile.TemporaryDirectory() as folder:
                found.append(times(name, Path(folder), asked.tracestill))
        firsts, walls, cpus = zip(*found[1:], strict=True)
        middle = statistics.median
        print(
            f"| {name} | {middle(firsts):.2f} | {min(firsts):.2f}, {max(firsts):.2f} "
            f"| {middle(walls):.2f} | {middle(cpus):.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
