"""What ``tracestill filter`` takes over many traces: time, processor time and memory, by workers and by their number.

    python benchmarks/verifiers/filter.py GSM8K.jsonl [--traces 20000 100000] [--workers 1 2]

GSM8K.jsonl holds a question and an answer a line. Traces are made of its solutions, the same on every run: the
problem's own solution with its answer in a box, a tenth of them with another answer, behind three solutions of other
problems (1 to 2 kB). They are imported once for each number, and every run filters a copy of that workspace. Memory
is the resident size of the main process, and of all processes together, at its highest.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

SAMPLES = 16
"""Of each problem."""
CONFIG = """
schema_version: 1
workspace: ws
use: {purposes: [internal_research]}
problems: [{path: none.jsonl, source: gsm8k, license: MIT}]
teachers:
  - id: local
    provider: openai-chat
    base_url: http://127.0.0.1:9/v1
    model: HuggingFaceTB/SmolLM2-135M-Instruct
    self_hosted: true
"""


def rows(problems: list[dict], traces: int) -> Iterator[dict]:
    chance = random.Random(0)
    solutions = [problem["answer"].partition("####")[0].strip() for problem in problems]
    for start in range(0, traces, SAMPLES):
        number = start // SAMPLES
        problem = problems[number % len(problems)]
        answer = problem["answer"].rpartition("####")[2].strip()
        texts: list[str] = []
        for _ in range(min(SAMPLES, traces - start)):
            others = "\n\n".join(f"Compare: {text}" for text in chance.sample(solutions, 3))
            given = answer if chance.random() > 0.1 else f"{answer}1"
            texts.append(
                f"{others}\n\nNow to this one. {solutions[number % len(problems)]}\n\nSo it is \\boxed{{{given}}}."
            )
        round_of = number // len(problems)
        question = problem["question"] + (f" (variant {round_of})" if round_of else "")
        yield {"problem": question, "answer": answer, "generations": texts}


def processes(root: int) -> list[int]:
    found = [root]
    for pid in found:
        try:
            tasks = list(Path(f"/proc/{pid}/task").glob("*/children"))
            found += [int(child) for children in tasks for child in children.read_text().split()]
        except OSError:
            continue
    return found


def resident(pid: int) -> float:
    """Megabytes that a process alone holds, its share of shared pages included."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("Pss:")), 0.0)


def processor_seconds(pid: int) -> float:
    """What a process has used by itself."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Watch(threading.Thread):
    """Looks at a process and its children four times a second until it is told to stop.

    The fork server's children are nobody's in the end, so their time is read while they run.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.main, self.together, self.over = pid, 0.0, 0.0, threading.Event()
        self.used: dict[int, float] = {}

    def run(self) -> None:
        while not self.over.wait(0.25):
            pids = processes(self.pid)
            for pid in pids:
                self.used[pid] = max(self.used.get(pid, 0.0), processor_seconds(pid))
            sizes = [resident(pid) for pid in pids]
            self.main, self.together = max(self.main, sizes[0]), max(self.together, sum(sizes))


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "tracestill", *arguments, "-c", str(folder / "tracestill.yaml"), "--output", "json"]


def run_filter(prepared: Path, workers: int) -> tuple[float, Watch]:
    """Seconds on the clock, and what was seen."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "run"
        shutil.copytree(prepared, folder)
        started = time.monotonic()
        with subprocess.Popen(
            command(folder, "filter", "--set", f"verify.workers={workers}"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            watch = Watch(process.pid)
            watch.start()
            process.wait()
        seconds = time.monotonic() - started
        watch.over.set()
        watch.join()
        if process.returncode:
            raise RuntimeError(f"filter ended with {process.returncode}")
        return seconds, watch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", type=Path)
    parser.add_argument("--traces", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    problems = [json.loads(line) for line in arguments.problems.read_text(encoding="utf-8").splitlines()]
    print("| traces | workers | seconds | traces/s | CPU ms per trace | peak MB, main process | peak MB, all |")
    print("|---|---|---|---|---|---|---|")
    for traces in arguments.traces:
        with tempfile.TemporaryDirectory() as name:
            prepared = Path(name) / "prepared"
            prepared.mkdir()
            (prepared / "tracestill.yaml").write_text(CONFIG, encoding="utf-8")
            file = Path(name) / "traces.jsonl"
            with file.open("w", encoding="utf-8") as lines:
                lines.writelines(json.dumps(row) + "\n" for row in rows(problems, traces))
            subprocess.run(command(prepared, "import", str(file)), check=True, capture_output=True)
            for workers in arguments.workers:
                seconds, watch = run_filter(prepared, workers)
                milliseconds = sum(watch.used.values()) / traces * 1000
                print(
                    f"| {traces:,} | {workers} | {seconds:.1f} | {traces / seconds:,.0f} | {milliseconds:.2f}"
                    f" | {watch.main:.0f} | {watch.together:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
