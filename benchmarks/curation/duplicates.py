"""How long near-duplicates take over a million problems, in how much memory, and rensa beside datasketch.

    .venv/bin/python benchmarks/curation/duplicates.py --gsm8k gsm8k_train.jsonl [--examples N...] [--sample N]

The texts are GSM8K's with other people and other numbers, each from its own seed; every tenth is a copy of the one
before it in other white space, with two words replaced. Each size runs in a process of its own, whose peak of resident
memory counts. The comparison needs datasketch 2.0.0 (`pip install --target`, on PYTHONPATH) and is left out without it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rensa import RMinHash
from tracestill.pipeline.allocation import keep_memory_small
from tracestill.pipeline.corpus import Corpus
from tracestill.pipeline.curation.duplicates import problem_text
from tracestill.pipeline.curation.near import Text, group_alike
from tracestill.pipeline.workspace import Workspace

NUMBER = re.compile(r"\d+")
NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")
NAMES = ["Olga", "Tariq", "Wen", "Bruno", "Ines", "Kofi", "Petra", "Yusuf", "Mara", "Jonas", "Lea", "Amir", "Nora"]
FILLERS = ["quickly", "today", "again", "together", "outside", "slowly"]
THRESHOLD = 0.75


def example(number: int, templates: list[str]) -> str:
    """The text of a number, the same each time."""
    if number % 10 == 9:
        draw = random.Random(number)
        words = example(number - 1, templates).split(" ")
        for place in draw.sample(range(len(words)), 2):
            if words[place].isalpha():
                words[place] = draw.choice(FILLERS)
        return "  ".join(words)
    draw = random.Random(number)
    text = NUMBER.sub(lambda found: str(draw.randrange(2, 900)), templates[number % len(templates)])
    return NAME.sub(lambda found: draw.choice(NAMES), text)


def measure(count: int, templates: list[str]) -> None:
    """Group so many texts, and print what it took as JSON."""
    keep_memory_small()
    began, busy = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder, Corpus(Workspace.create(Path(folder))) as corpus:
        passes: list[Sequence[int]] = [range(count)]

        def read() -> Iterator[Text]:
            again = "SELECT list(id::INT) AS ids FROM sought"
            for number in passes.pop() if passes else corpus.answer(again)[0]["ids"]:
                yield problem_text(str(number), example(number, templates), None)

        group_alike(corpus, read, THRESHOLD)
        copies = corpus.answer(
            "SELECT count(*) AS n FROM grouped a JOIN grouped b ON a.leader = b.leader "
            "AND a.id::INT % 10 = 9 AND b.id::INT = a.id::INT - 1"
        )
        grouped = corpus.answer("SELECT count(*) - count(DISTINCT leader) AS n FROM grouped")
    print(json.dumps({
        "examples": count, "seconds": time.perf_counter() - began, "cpu_s": time.process_time() - busy,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "found": copies[0]["n"] / (count // 10), "others": grouped[0]["n"] - copies[0]["n"],
    }))  # fmt: skip


def compare(count: int, templates: list[str]) -> None:
    """Signatures of the same sets by both libraries, and the reading of them, which both need."""
    from datasketch import MinHash

    began = time.perf_counter()
    sets = [problem_text(str(number), example(number, templates), None).features for number in range(count)]
    read = time.perf_counter() - began
    began = time.perf_counter()
    ends = np.cumsum([0, *map(len, sets)], dtype=np.uint64)
    RMinHash.digest_matrix_from_flat_token_hashes(np.concatenate(sets), ends, 128, 1).to_rows()
    rensa = time.perf_counter() - began
    began = time.perf_counter()
    for features in sets:
        signature = MinHash(num_perm=128)
        signature.update_batch([value.tobytes() for value in features])
    theirs = time.perf_counter() - began
    print(
        f"{count} texts: read and normalised {read:.2f} s, rensa {rensa:.3f} s, datasketch {theirs:.2f} s: "
        f"{theirs / rensa:.0f} times"
    )


def main() -> None:
    """Each size in a process of its own, then the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gsm8k", type=Path, required=True)
    parser.add_argument("--examples", type=int, nargs="*", default=[250_000, 1_000_000])
    parser.add_argument("--sample", type=int, default=5000)
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    templates = [json.loads(line)["question"] for line in asked.gsm8k.read_text(encoding="utf-8").splitlines()]
    if asked.alone:
        measure(asked.alone, templates)
        return
    for count in asked.examples:
        command = [sys.executable, __file__, "--gsm8k", str(asked.gsm8k), "--alone", str(count)]
        print(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip(), flush=True)
    if importlib.util.find_spec("datasketch"):
        compare(asked.sample, templates)


if __name__ == "__main__":
    main()
