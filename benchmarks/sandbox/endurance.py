"""Ten thousand runs in a row, a tenth of them hostile: what is left behind, and is every verdict right?

    python benchmarks/sandbox/endurance.py attacks.jsonl [--runs 10000] [--isolation TIER]

Each attack of the file is tried once first. Those that take long, because they run into a limit, then have a fiftieth
of the hostile runs; the others share the rest. Processes, descriptors, entries of the folder for temporary files and
the resident memory of all processes together are counted after the first tenth of the runs, and at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from pathlib import Path

from tracestill.verifiers.sandbox.limits import Limits
from tracestill.verifiers.sandbox.sandbox import Sandbox

HONEST = [(f"def f(x):\n    return x * {n}\n", f"def f(x):\n    return x * {n} + (x == 7)\n") for n in range(2, 12)]
SLOW_S = 0.3


def honest_tests(number: int) -> list[dict]:
    """Tests of ``f(x) == x * number``, in three forms."""
    cases = [{"args": [x], "expected": x * number} for x in (3, 7)]
    lines = [f"    assert candidate({x}) == {x * number}\n" for x in (3, 7)]
    return [
        {"kind": "function", "entry_point": "f", "cases": cases},
        {"kind": "check", "entry_point": "f", "code": "def check(candidate):\n" + "".join(lines)},
        {"kind": "asserts", "asserts": [f"assert f({x}) == {x * number}" for x in (3, 7)]},
    ]


def attacks_of(path: str) -> list[tuple[str, dict, bool]]:
    """Program, tests, and whether it must be accepted."""
    found = []
    with Path(path).open(encoding="utf-8") as lines:
        for attack in map(json.loads, lines):
            code = attack["code"].replace("@PROBE@", "/nowhere").replace("@PORT@", "9").replace("@VICTIM@", "1")
            tests = {"kind": "check", "entry_point": attack["tests"]["entry"], "code": attack["tests"]["check"]}
            found.append((code, tests, attack["expected"] == "accepted"))
    return found


def state() -> dict[str, int]:
    """What a leak would make more of."""
    pids, waiting = [], [os.getpid()]
    while waiting:
        pid = waiting.pop()
        pids.append(pid)
        for task in Path(f"/proc/{pid}/task").iterdir():
            waiting += map(int, (task / "children").read_text().split())
    memory = 0
    for pid in pids:
        status = Path(f"/proc/{pid}/status").read_text()
        memory += int(status.partition("VmRSS:")[2].split()[0])
    return {
        "processes": len(pids),
        "descriptors": sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids),
        "temporary": len(list(Path(tempfile.gettempdir()).glob("tracestill-*"))),
        "resident_mb": memory // 1024,
    }


def main() -> None:
    """Run and print what was counted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--isolation", choices=["namespaces", "landlock"])
    given = parser.parse_args()
    sandbox = Sandbox(Limits(cpu_s=1), given.isolation)
    chance = random.Random(0)
    quick, slow, wrong = [], [], 0
    for attack in attacks_of(given.path):
        start = time.monotonic()
        wrong += (sandbox.grade(*attack[:2]).outcome == "pass") != attack[2]
        (slow if time.monotonic() - start > SLOW_S else quick).append(attack)
    begin, first = time.monotonic(), {}
    for number in range(given.runs):
        if number == given.runs // 10:
            first = state()
        if chance.random() < 0.1:
            program, tests, is_right = chance.choice(slow if slow and chance.random() < 0.02 else quick)
        else:
            factor, is_right = chance.randrange(10), chance.random() < 0.5
            program, tests = HONEST[factor][not is_right], chance.choice(honest_tests(factor + 2))
        judged = sandbox.grade(program, tests)
        if (judged.outcome == "pass") != is_right:
            wrong += 1
            print("wrong:", judged, program[:200])
    last, seconds = state(), time.monotonic() - begin
    print(
        f"{sandbox.isolation}: {given.runs} runs in {seconds:.0f} s, {len(quick)} quick and {len(slow)} slow attacks, "
        f"{wrong} wrong"
    )
    print(f"after the first tenth {first}\nat the end            {last}")
    sandbox.close()


if __name__ == "__main__":
    main()
