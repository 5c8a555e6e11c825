"""Clients against the loopback server, one after another in one run: rate, efficiency, CPU, memory, time to start.

    python benchmarks/producer/compare.py [--clients bare,tracestill] [--cases 1024/200ms] [--tracestill COMMAND]

A row per client and case. `rate` is over the middle 80% of the completions, by the server's clock; `efficiency` is the
rate as a share of concurrency / mean delay; `CPU` is of the client's whole process tree without what it uses to start,
measured by a run with 16 problems; `first` is from the start of the process to the first request at the server. Clients
that take an SDK get fewer problems, so that a pass stays under ten minutes; rates do not depend on it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from contenders import TRACESTILL, Work, command, environment, names
from measuring import Cost, run
from serving import Server

FEW = 16
SLOW = {"openai", "curator"}
HEADER = (
    "| client | concurrency | delay | completions | completions/s | efficiency "
    "| CPU ms per completion | peak RSS MB | first, s | in flight at most | of |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Case:
    """One load: so many in flight, answered after this delay."""

    name: str
    concurrency: int
    delay_s: float
    lognormal: bool
    count: int
    count_slow: int

    def server(self) -> Server:
        """A fresh server for it."""
        shape = ["--lognormal"] if self.lognormal else []
        return Server("--answer-chars", "2000", "--delay", str(self.delay_s), *shape)


CASES = [
    Case("64/200ms", 64, 0.2, False, 3_000, 2_000),
    Case("256/200ms", 256, 0.2, False, 10_000, 4_000),
    Case("1024/200ms", 1024, 0.2, False, 20_000, 6_000),
    Case("64/2s", 64, 2.0, True, 640, 640),
    Case("256/2s", 256, 2.0, True, 3_000, 2_000),
    Case("1024/2s", 1024, 2.0, True, 10_000, 6_000),
]


def start_up(name: str, folder: Path, tracestill: str) -> Cost:
    """What a client costs that has next to nothing to do."""
    with Server("--answer-chars", "2000") as server:
        work = Work(folder / f"{name}-few", server.url, FEW, FEW)
        work.write()
        return checked(name, run(command(name, work, tracestill), work.folder, 120, environment(name, work)))


def row(name: str, case: Case, folder: Path, tracestill: str, few: Cost) -> str:
    """Run a client on a case; its row of the table."""
    count = case.count_slow if name in SLOW else case.count
    with case.server() as server:
        work = Work(folder / f"{name}-{case.name.replace('/', '-')}", server.url, count, case.concurrency)
        work.write()
        cost = checked(name, run(command(name, work, tracestill), work.folder, 240, environment(name, work)))
        told = server.stats(count)
    first, marks = told["first_request"] - cost.started, told["marks"]
    if marks["0.1"] is None or marks["0.9"] is None:
        return f"| {name} | {case.concurrency} | {case.name} | {told['served']} of {count} | stopped early |"
    rate = 0.8 * count / (marks["0.9"] - marks["0.1"])
    efficiency = rate / (case.concurrency / case.delay_s)
    cpu = 1000 * (cost.cpu_s - few.cpu_s) / (told["served"] - FEW)
    delay = f"lognormal, {case.delay_s:g} s" if case.lognormal else f"{case.delay_s * 1000:g} ms"
    return (
        f"| {name} | {case.concurrency} | {delay} | {told['served']:,} | {rate:,.0f} | {efficiency:.2f} "
        f"| {cpu:.2f} | {cost.peak_rss_mb:.0f} | {first:.1f} | {told['peak_in_flight']:,} | {count:,} |"
    )


def checked(name: str, cost: Cost) -> Cost:
    """Say so if a client failed."""
    if cost.code:
        print(f"{name} ended with {cost.code}: {cost.errors[-600:] or cost.output[-600:]}", file=sys.stderr)
    return cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", default=",".join(names()), help="separated by commas")
    parser.add_argument("--cases", default=",".join(case.name for case in CASES), help="separated by commas")
    parser.add_argument("--tracestill", default=TRACESTILL, help="the command that starts it")
    asked = parser.parse_args()
    chosen = [case for case in CASES if case.name in asked.cases.split(",")]
    print(HEADER, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        few = {name: start_up(name, Path(folder), asked.tracestill) for name in asked.clients.split(",")}
        for case in chosen:
            for name in few:
                print(row(name, case, Path(folder), asked.tracestill, few[name]), flush=True)


if __name__ == "__main__":
    main()
