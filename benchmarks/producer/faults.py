"""Clients against a server that fails: what is delivered, what is bought again, and why the rest is missing.

    python benchmarks/producer/faults.py [--share 0.05] [--each] [--clients tracestill,openai] [--tracestill COMMAND]

By default the share is spread over every kind of fault; `--each` gives every kind a run of its own with the whole
share. A cut connection and half an answer count as bought, since the completion was produced.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from contenders import TRACESTILL, Work, command, environment
from ledger import failures, tally
from measuring import Cost, run
from serving import TESTS, Server

sys.path.insert(0, str(TESTS))
from teacher_server import KINDS


def delivered(name: str, work: Work, cost: Cost, tracestill: str) -> tuple[int, str]:
    """Completions that the client has at the end, and what it says of the others."""
    if name == "tracestill":
        failed = failures(work, tracestill)
        return tally(work, tracestill)["problems"], ", ".join(f"{n} {error}" for error, n in failed.items()) or "none"
    found = [line for line in cost.output.splitlines() if line.startswith('{"completions"')]
    count = int(json.loads(found[-1])["completions"]) if found else 0
    return count, f"{work.count - count} raised or empty, exit status {cost.code}"


def row(name: str, kinds: tuple[str, ...], folder: Path, asked: argparse.Namespace) -> str:
    """Run a client against these kinds of fault."""
    arguments = ["--answer-chars", "2000", "--delay", "0.2", "--stall", "2", "--fault-share", str(asked.share)]
    with Server(*arguments, "--fault-kinds", ",".join(kinds), "--fault-seed", str(asked.seed)) as server:
        work = Work(folder / f"{name}-{len(list(folder.iterdir()))}", server.url, asked.count, asked.concurrency)
        work.write()
        cost = run(command(name, work, asked.tracestill), work.folder, 300, environment(name, work))
        told = server.stats()
    count, reasons = delivered(name, work, cost, asked.tracestill)
    wasted = sum(told["faults"].get(kind, 0) for kind in ("cut", "truncated"))
    happened = ", ".join(f"{n} {kind}" for kind, n in sorted(told["faults"].items()))
    return (
        f"| {name} | {asked.share:.0%} {'all kinds' if len(kinds) > 1 else kinds[0]} | {count:,} of {asked.count:,} "
        f"({count / asked.count:.2%}) | {reasons} | {told['billed'] - told['distinct']} ({wasted} cut) "
        f"| {cost.wall_s:.1f} | {happened} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--each", action="store_true", help="a run per kind")
    parser.add_argument("--clients", default="tracestill,openai", help="separated by commas")
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tracestill", default=TRACESTILL, help="the command that starts it")
    asked = parser.parse_args()
    print("| client | faults | delivered | failed | bought again | s | what happened |\n|---|---|---|---|---|---|---|")
    loads = [(kind,) for kind in KINDS] if asked.each else [KINDS]
    with tempfile.TemporaryDirectory() as folder:
        for kinds in loads:
            for name in asked.clients.split(","):
                print(row(name, kinds, Path(folder), asked), flush=True)


if __name__ == "__main__":
    main()
