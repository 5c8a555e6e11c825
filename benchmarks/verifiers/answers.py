"""How many pairs of reference and answer a grader gets through per second of processor time, and how many rightly.

    python benchmarks/verifiers/answers.py CASES.jsonl --peer PYTHON [--source TEXT] [--rounds 3]

CASES.jsonl holds id, gold, pred, form, expected, source and convention a line; rows of taste (convention) are timed
and not scored. PYTHON is the interpreter of an environment with math-verify (``pip install
'math-verify[antlr4_13_2]'``). ``--source`` keeps the rows whose source holds a text, such as MATH-500 for ordinary
answers. Each grader runs in processes of its own, the best of several counts, and the time of their helpers with it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

Grade = Callable[[dict], bool]


def tracestill() -> tuple[Grade, Callable[[], None]]:
    from tracestill.verifiers.math_answer import MathAnswer

    verifier = MathAnswer(MathAnswer.Settings())

    def grade(row: dict) -> bool:
        judge = verifier.grade if row["form"] == "response" else verifier.grade_answer
        return judge(row["gold"], row["pred"]).finding.outcome == "pass"

    return grade, verifier.close


def math_verify() -> tuple[Grade, Callable[[], None]]:
    import math_verify as library

    def grade(row: dict) -> bool:
        pred = row["pred"] if row["form"] == "response" or "$" in row["pred"] else f"${row['pred']}$"
        gold = row["gold"] if "$" in row["gold"] else f"${row['gold']}$"
        return bool(library.verify(library.parse(gold), library.parse(pred)))

    return grade, lambda: None


GRADERS = {"tracestill": tracestill, "math-verify": math_verify}


def cpu_seconds() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def measure(name: str, cases: Path) -> dict:
    """Grade every case once, after a few that warm the imports; nothing of one run is left for the next."""
    rows = [json.loads(line) for line in cases.read_text(encoding="utf-8").splitlines()]
    grade, close = GRADERS[name]()
    for row in rows[:5]:
        grade(row)
    before = cpu_seconds()
    results = [grade(row) for row in rows]
    close()
    seconds = cpu_seconds() - before
    scored = [(got, row["expected"]) for got, row in zip(results, rows, strict=True) if not row["convention"]]
    return {
        "pairs": len(rows) / seconds,
        "right": sum(got == expected for got, expected in scored) / len(scored),
        "false_accepts": sum(got and not expected for got, expected in scored),
        "false_rejects": sum(expected and not got for got, expected in scored),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--peer", default=sys.executable, help="interpreter that has math-verify")
    parser.add_argument("--source", default="", help="only rows whose source holds this")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--grader", choices=GRADERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.grader:
        print(json.dumps(measure(arguments.grader, arguments.cases)))
        return
    lines = arguments.cases.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if arguments.source in json.loads(line).get("source", "")]
    folder = tempfile.TemporaryDirectory()
    chosen = Path(folder.name) / "pairs.jsonl"
    chosen.write_text("\n".join(kept) + "\n", encoding="utf-8")
    print(f"{len(kept)} pairs\n\n| grader | right | false accepts | false rejects | pairs per CPU-second |")
    print("|---|---|---|---|---|")
    try:
        for name, python in (("math-verify", arguments.peer), ("tracestill", sys.executable)):
            command = [python, __file__, str(chosen), "--grader", name]
            runs = [
                subprocess.run(command, capture_output=True, check=True, text=True) for _ in range(arguments.rounds)
            ]
            found = max((json.loads(done.stdout.splitlines()[-1]) for done in runs), key=lambda run: run["pairs"])
            print(
                f"| {name} | {found['right']:.1%} | {found['false_accepts']} | {found['false_rejects']}"
                f" | {found['pairs']:,.0f} |"
            )
    finally:
        folder.cleanup()


if __name__ == "__main__":
    main()
