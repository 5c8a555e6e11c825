"""How long one run takes at one at a time, beside a bare fork and exit.

    python benchmarks/sandbox/latency.py [--runs 2000] [--isolation TIER]

Runs and bare forks take turns, so that both see the same machine. The bare fork is of a small process that has nothing
else to do; its time is from the fork to the end that it was waited for.
"""

from __future__ import annotations

import argparse
import os
import time

from tracestill.verifiers.sandbox.limits import Limits
from tracestill.verifiers.sandbox.sandbox import Sandbox

PROGRAM = "def f(x):\n    return x * x\nif __name__ == '__main__':\n    print(f(int(input())))\n"
TESTS = {
    "function": {"kind": "function", "entry_point": "f", "cases": [{"args": [12], "expected": 144}]},
    "stdio": {"kind": "stdio", "cases": [{"stdin": "12\n", "stdout": "144\n"}]},
    "check": {"kind": "check", "entry_point": "f", "code": "def check(candidate):\n    assert candidate(12) == 144\n"},
}


def bare() -> None:
    """Fork, exit, wait."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def main() -> None:
    """Measure and print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--isolation", choices=["namespaces", "landlock"])
    given = parser.parse_args()
    sandbox = Sandbox(Limits(), given.isolation)
    times: dict[str, list[float]] = {name: [] for name in ("bare", *TESTS)}
    for number in range(given.runs + 20):
        for name in times:
            start = time.perf_counter()
            if name == "bare":
                bare()
            elif sandbox.grade(PROGRAM, TESTS[name]).outcome != "pass":
                raise SystemExit(f"{name}: not passed")
            if number >= 20:
                times[name].append(time.perf_counter() - start)
    tier = sandbox.isolation
    sandbox.close()
    for name, found in times.items():
        found.sort()
        p50, p99 = found[len(found) // 2], found[len(found) * 99 // 100]
        ratio = p99 / sorted(times["bare"])[len(found) * 99 // 100]
        print(
            f"{tier} {name:9} p50 {p50 * 1000:6.2f} ms   p99 {p99 * 1000:6.2f} ms   "
            f"p99 {ratio:.1f} times the bare fork's"
        )


if __name__ == "__main__":
    main()
