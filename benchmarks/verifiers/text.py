"""How much text the cheap verifiers get through: MB per second of processor time, the best of several rounds.

    python benchmarks/verifiers/text.py GSM8K.jsonl [--megabytes 8] [--rounds 5]

GSM8K.jsonl holds a question and an answer a line (github.com/openai/grade-school-math). Long traces are made of them,
the same ones on every run: 4 to 20 kB of solutions one after the other, with what a model says in between. The hostile
traces are loops and runs of one sign, of a megabyte each.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections.abc import Sequence
from pathlib import Path

from tracestill.pipeline.plugins import plugin_class
from tracestill.pipeline.records import Problem
from tracestill.verifiers.base import Candidate, Verifier

GROUPS = [
    ("format", "length", "repetition"),
    ("leak",),
    ("language",),
    ("step-arithmetic",),
]
"""What is measured together."""
BETWEEN = [
    "Okay, let me read this again: {question}",
    "So the problem says: {question} Let me work it out.",
    "Now for the next part. {question}",
    "Hmm, wait. {question} Let me think about what is asked.",
    "{question}",
]
PROBLEM = Problem(
    problem_id="p", domain="math", prompt="Natalia sold clips to 48 of her friends, and half as many in May. How many?"
)
LOOPS = [
    "So we have to check it again, and then once more. ",
    "Wait.\nLet me think.\n",
    "So the answer is 5. Hmm, let me reconsider. ",
    "9",
    "a ",
    "<b>",
    "3 + 4 = ",
    "x@",
    "因此答案是三。",
    "\n",
]


def traces(path: Path, characters: int, seed: int = 0) -> list[Candidate]:
    """Long traces of about ``characters`` in all."""
    chance = random.Random(seed)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    made: list[Candidate] = []
    while characters > 0:
        wanted, parts, length = chance.randint(4_000, 20_000), [], 0
        while length < wanted:
            row = chance.choice(rows)
            solution = re.sub(r"<<.*?>>", "", row["answer"]).replace("####", "The answer is")
            parts.append(chance.choice(BETWEEN).format(question=row["question"]) + "\n\n" + solution + ".")
            length += len(parts[-1])
        made.append(_candidate("\n\n".join(parts)))
        characters -= length
    return made


def hostile(characters: int = 1_000_000) -> list[Candidate]:
    """Loops and runs of ``characters`` each."""
    return [_candidate(loop * (characters // len(loop))) for loop in LOOPS]


def _candidate(reasoning: str) -> Candidate:
    return Candidate(trace_id="t", reasoning=reasoning, response="So \\boxed{24}.", finish_reason="stop")


def speed(names: Sequence[str], candidates: Sequence[Candidate], rounds: int) -> float:
    """MB per second of processor time."""
    classes: list[type[Verifier]] = [plugin_class("tracestill.verifiers", name, Verifier) for name in names]
    verifiers = [found(found.Settings()) for found in classes]
    megabytes = sum(len(candidate.text.encode()) for candidate in candidates) / 1e6
    verifiers[0].verify(PROBLEM, candidates[0])
    seconds = []
    for _ in range(rounds):
        started = time.process_time()
        for candidate in candidates:
            for verifier in verifiers:
                verifier.verify(PROBLEM, candidate)
        seconds.append(time.process_time() - started)
    return megabytes / min(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", type=Path, help="GSM8K's lines")
    parser.add_argument("--megabytes", type=float, default=8, help="of realistic traces")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    real, loops = traces(asked.problems, int(asked.megabytes * 1e6)), hostile()
    print("| verifiers | long traces, MB/CPU-s | hostile, MB/CPU-s |\n|---|---|---|")
    for names in GROUPS:
        row = [f"{speed(names, part, rounds):.1f}" for part, rounds in ((real, asked.rounds), (loops, 1))]
        print(f"| {', '.join(names)} | {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
