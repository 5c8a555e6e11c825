"""Whether the report gives back the rates at which a teacher errs: planted ones, over GSM8K's problems.

    .venv/bin/python benchmarks/curation/planted_rates.py [GSM8K.jsonl] [--problems 2000] [--seed 0]

GSM8K.jsonl holds a question and an answer a line (github.com/openai/grade-school-math); without it the file is looked
for in the folder that TRACESTILL_CASES names. Two teachers on the loopback server answer every problem once, with its
own solution and a line for each calculation: right, with another answer, with the result of one line changed, cut off,
refusing, or repeating itself, each at a rate of its own, drawn from the seed. Generate, filter and report run as they
always do; then the funnel of report.json is held against what was planted, for all traces and for each teacher and
source. Every trace that something else decided is named.

It ends with 1 if a share is further off than the errors of the verifiers themselves, as benchmarks/README.md has them,
explain, or if a funnel is not the sum of its traces. Last, it says how many changed results the arithmetic check finds
within a sentence, where it reads less than in a line of their own.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import yaml

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from reading import rows
from teacher_server import TeacherServer
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.records import Problem
from tracestill.pipeline.stages.filter import filter_traces
from tracestill.pipeline.stages.generate import generate
from tracestill.pipeline.stages.report import report
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop
from tracestill.verifiers.base import Candidate
from tracestill.verifiers.step_arithmetic import StepArithmetic, StepArithmeticSettings

MODELS = {"tuned": "HuggingFaceTB/SmolLM2-135M-Instruct", "plain": "HuggingFaceTB/SmolLM2-135M"}
RATES = {
    "tuned": {"right": 0.70, "answer": 0.12, "arithmetic": 0.06, "cut": 0.06, "refusal": 0.02, "loop": 0.04},
    "plain": {"right": 0.30, "answer": 0.30, "arithmetic": 0.15, "cut": 0.10, "refusal": 0.05, "loop": 0.10},
}
ENDS = {
    "right": "accepted", "answer": "math-answer", "arithmetic": "step-arithmetic", "cut": "truncation",
    "refusal": "refusal", "loop": "repetition",
}  # fmt: skip
REFUSALS = [
    "I'm sorry, but I can't help with that.", "As an AI language model, I cannot solve this problem.",
    "I am unable to assist with this request.", "Sorry, I cannot answer that question.",
]  # fmt: skip
FALSE_REJECTS, FALSE_ALARMS = 0.009, 0.001
"""Right answers that the answer check rejects, and right equalities that the arithmetic check calls wrong."""
NOTE = re.compile(r"<<([^<>]*)>>")
"""A calculation, which GSM8K puts before its result."""
CALCULATION = re.compile(r"(\d+(?:[-+*/]\d+)+)=(\d+)")
IN_PROSE = re.compile(r"(?<![\d.,%$])(\d+(?: ?[-+*/] ?\d+)+ ?= ?\$?)<<[^<>=]*=(\d+)>>\2(?![\d.,]*\d)")
"""A calculation that stands in its sentence too, with a whole number as its result."""
WORKERS = 2


class Task(NamedTuple):
    """A problem of the file with its solution."""

    question: str
    worked: str
    answer: str


def read(path: Path, count: int) -> list[Task]:
    """Problems with a calculation in whole numbers, each wording once."""
    found: dict[str, Task] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        worked, _, answer = row["answer"].rpartition("####")
        if calculations(worked) and re.fullmatch(r"-?\d+", answer.strip()):
            found.setdefault(row["question"].strip(), Task(row["question"].strip(), worked.strip(), answer.strip()))
    return list(found.values())[:count]


def calculations(worked: str) -> list[tuple[str, str]]:
    """What is worked out in whole numbers, each with its result."""
    return [(found[1], found[2]) for note in NOTE.findall(worked) if (found := CALCULATION.fullmatch(note))]


def kind_of(teacher: str, task: Task, seed: int) -> str:
    """What a teacher does to a problem."""
    draw = random.Random(f"{seed} {teacher} {task.question}")
    return draw.choices(list(RATES[teacher]), list(RATES[teacher].values()))[0]


def answered(task: Task, kind: str, draw: random.Random) -> dict[str, Any]:
    """The message: the problem's own solution, with what its kind spoils."""
    answer, steps, lines = task.answer, NOTE.sub("", task.worked), calculations(task.worked)
    if kind == "refusal":
        return {"content": draw.choice(REFUSALS)}
    if kind == "answer":
        answer = str(int(answer) + draw.choice([-2, -1, 1, 2, 10]))
    if kind == "arithmetic":
        place = draw.randrange(len(lines))
        lines[place] = lines[place][0], str(int(lines[place][1]) + draw.choice([1, 2, 3, 10]))
    steps = "\n".join([steps, "", *(f"{left} = {right}" for left, right in lines)])
    if kind == "cut":
        return {"content": steps[: len(steps) * 2 // 3], "finish_reason": "length"}
    if kind == "loop":
        steps = "\n".join([steps, *[steps.splitlines()[0]] * 30])
    content = f"{steps}\n\nThe answer is \\boxed{{{answer}}}."
    return {"content": content, "completion_tokens": max(1, len(content) // 4)}


def project(folder: Path, url: str, tasks: list[Task]) -> Path:
    """A configuration over two halves of the problems."""
    half = len(tasks) // 2
    for name, part in (("first-half", tasks[:half]), ("second-half", tasks[half:])):
        lines = [{"question": task.question, "answer": f"{task.worked}\n#### {task.answer}"} for task in part]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    teachers = [
        {
            "id": name, "provider": "openai-chat", "base_url": url, "model": model, "self_hosted": True,
            "prompts": {"math": "math-cot"}, "sampling": {"k": 1, "max_tokens": 512}, "limits": {"concurrency": 64},
        }
        for name, model in MODELS.items()
    ]  # fmt: skip
    checks = ["truncation", "refusal", "format", "length", "repetition", "language", "leak"]
    math: dict[str, dict[str, Any]] = {name: {} for name in [*checks, "step-arithmetic", "math-answer"]}
    config = {
        "schema_version": 1, "workspace": "ws", "use": {"purposes": ["internal_research"]},
        "problems": [
            {"path": f"{name}.jsonl", "format": "gsm8k", "source": name, "license": "MIT"}
            for name in ("first-half", "second-half")
        ],
        "teachers": teachers, "verify": {"workers": WORKERS, "math": math},
    }  # fmt: skip
    path = folder / "tracestill.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return path


def sample_and_report(folder: Path, tasks: list[Task], seed: int) -> tuple[Path, dict[str, Any]]:
    """The configuration, and what report.json holds."""
    by_question = {task.question: task for task in tasks}
    teacher_of = {model: name for name, model in MODELS.items()}

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        task, teacher = by_question[body["messages"][-1]["content"].strip()], teacher_of[body["model"]]
        return answered(task, kind_of(teacher, task, seed), random.Random(f"{seed} {teacher} {task.question} text"))

    with TeacherServer(answer=answer, keeps_seen=False) as server:
        config = project(folder, server.url, tasks)
        with start(open_plan(config, ()), Stop()) as job:
            generate(job)
            filter_traces(job)
            began = time.perf_counter()
            report(job)
            print(f"the report took {time.perf_counter() - began:.1f} s", file=sys.stderr)
    return config, json.loads((folder / "ws/reports/report.json").read_bytes())


def planted(tasks: list[Task], seed: int) -> dict[str, Counter[str]]:
    """How often each group does what."""
    groups: dict[str, Counter[str]] = {}
    for teacher in MODELS:
        for place, task in enumerate(tasks):
            source = "first-half" if place < len(tasks) // 2 else "second-half"
            for group in ("all", f"teacher: {teacher}", f"source: {source}"):
                groups.setdefault(group, Counter())[kind_of(teacher, task, seed)] += 1
    return groups


def recovered(facts: dict[str, Any]) -> dict[str, dict[str, int]]:
    """The funnel of each group by what decided."""
    funnels = {f"{grouping}: {one['group']}": one for grouping, many in facts["groups"].items() for one in many}
    return {
        group: one["outcomes"] | {name: by["traces"] for name, by in one["rejected_by"].items()}
        for group, one in ({"all": facts["total"]} | funnels).items()
    }


class Decided(NamedTuple):
    """A trace in its groups: what was planted, and what decided, with its reason."""

    groups: tuple[str, str, str]
    kind: str
    end: str
    reason: str


def decided(config: Path, tasks: list[Task], seed: int) -> list[Decided]:
    """Every trace of the ledger."""
    by_question = {task.question: task for task in tasks}
    asked = (
        "SELECT teacher_id, o.source, trim(prompt) AS question, reason, "
        "CASE WHEN outcome = 'rejected' THEN verifier ELSE outcome END AS decided "
        "FROM outcomes o JOIN problems p USING (problem_id) ORDER BY o.trace_id"
    )
    return [
        Decided(
            ("all", f"teacher: {row['teacher_id']}", f"source: {row['source']}"),
            kind_of(row["teacher_id"], by_question[row["question"]], seed),
            row["decided"],
            " ".join(row["reason"].split())[:160],
        )
        for row in rows(config, asked)
    ]


def unexplained(traces: list[Decided], found: dict[str, dict[str, int]]) -> list[str]:
    """Groups whose funnel is not what the single traces add up to."""
    counted: dict[str, Counter[str]] = {}
    for trace in traces:
        for group in trace.groups:
            counted.setdefault(group, Counter())[trace.end] += 1
    return [
        group
        for group, ends in counted.items()
        if {end: count for end, count in found[group].items() if count and end != "rejected"} != dict(ends)
    ]


def found_in_prose(tasks: list[Task]) -> tuple[int, int]:
    """Of the problems with a calculation within a sentence: changed ones that the arithmetic check finds, and all."""
    check, failed, count = StepArithmetic(StepArithmeticSettings()), 0, 0
    for task in tasks:
        if found := IN_PROSE.search(task.worked):
            changed = f"{task.worked[: found.start()]}{found[1]}{int(found[2]) + 1}{task.worked[found.end() :]}"
            candidate = Candidate(trace_id="", reasoning=None, response=NOTE.sub("", changed), finish_reason="stop")
            problem = Problem(problem_id="", domain="math", prompt=task.question, answer=task.answer)
            failed += check.verify(problem, candidate).outcome == "fail"
            count += 1
    return failed, count


def main() -> None:
    """Sample, verify, report; print the table; fail if it does not fit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gsm8k", type=Path, nargs="?")
    parser.add_argument("--problems", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    cases = os.environ.get("TRACESTILL_CASES")
    if asked.gsm8k is None and cases is None:
        parser.error("name the file, or the folder with problems/gsm8k_train.jsonl in TRACESTILL_CASES")
    tasks = read(asked.gsm8k or Path(str(cases)) / "problems/gsm8k_train.jsonl", asked.problems)
    with tempfile.TemporaryDirectory() as name:
        config, facts = sample_and_report(Path(name), tasks, asked.seed)
        traces = decided(config, tasks, asked.seed)
    # A calculation stands in its sentence and in its line.
    equalities = 2 * sum(len(NOTE.findall(task.worked)) for task in tasks) / len(tasks)
    allowed = FALSE_REJECTS + FALSE_ALARMS * equalities
    print("| group | planted | traces | recovered | planted, % | recovered, % |\n|---|---|---|---|---|---|")
    worst, found = 0.0, recovered(facts)
    for group, kinds in planted(tasks, asked.seed).items():
        for kind, end in ENDS.items():
            shares = [100 * count / kinds.total() for count in (kinds[kind], found[group].get(end, 0))]
            worst = max(worst, abs(shares[0] - shares[1]) / 100)
            counts = f"{kinds[kind]} | {found[group].get(end, 0)}"
            print(f"| {group} | {kind} ({end}) | {counts} | {shares[0]:.2f} | {shares[1]:.2f} |")
    wrong = [trace for trace in traces if trace.end != ENDS[trace.kind]]
    print(f"\n{len(wrong)} of {len(traces)} traces were decided by something else than what was planted:")
    for trace in wrong:
        print(f"- {trace.kind}, decided as {trace.end}: {trace.reason}")
    print(f"\nThe share that is furthest off is so by {100 * worst:.2f} points; {100 * allowed:.2f} are explained.")
    print("Within a sentence {} of {} changed results are found.".format(*found_in_prose(tasks)))
    astray = unexplained(traces, found)
    print(f"The funnel is what its traces add up to{f', but not of {astray}' if astray else ''}.")
    sys.exit(worst > allowed or bool(astray))


if __name__ == "__main__":
    main()
