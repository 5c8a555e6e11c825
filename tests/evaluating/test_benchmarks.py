"""Public sets by name: from the files of their makers, and from folders in the Hub's shape."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from evaluation_project import change, run
from reading import rows
from teacher_server import TeacherServer
from tracestill.pipeline.config_evaluate import BenchmarkName, Evaluate
from tracestill.pipeline.errors import PreflightRefused
from tracestill.pipeline.evaluating.benchmarks import BENCHMARKS, sets_of
from tracestill.pipeline.problems.reading import read_problems
from tracestill.pipeline.records import Problem

Project = Callable[..., Path]
AOPS = "third_party_claim:AoPS/MAA"

ROWS: dict[str, dict[str, list[Any]]] = {
    "gsm8k": {"question": ["How many?"], "answer": ["It is 3.\n#### 1,003"]},
    "math-500": {
        "problem": ["$1+1$?"], "solution": ["$\\boxed{2}$"], "answer": ["2"], "subject": ["Algebra"], "level": [4],
        "unique_id": ["test/algebra/1.json"],
    },
    "humaneval": {
        "task_id": ["HumanEval/0"], "prompt": ["def one():\n"], "canonical_solution": ["    return 1\n"],
        "test": ["def check(candidate):\n    assert candidate() == 1\n"], "entry_point": ["one"],
    },
    "mmlu": {"question": ["Which?"], "subject": ["law"], "choices": [["a", "b", "c", "d"]], "answer": [3]},
    "arc-challenge": {
        "id": ["q1"], "question": ["Which?"], "answerKey": ["1"],
        "choices": [{"text": ["a", "b"], "label": ["1", "2"]}],
    },
}  # fmt: skip
"""A row of each, in the columns that it has on the Hub."""


def problem_of(name: str, folder: Path, path: str | None) -> Problem:
    (one,) = sets_of(Evaluate.model_validate({"benchmarks": [{"name": name, "path": path}]}))
    (problem,) = read_problems(one, folder, print)
    return problem


@pytest.mark.parametrize("name", get_args(BenchmarkName))
def test_each_is_read_from_the_hub_and_from_a_file_alike(
    name: BenchmarkName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    found = BENCHMARKS[name]
    # A repository of the Hub as it lies on disk: a folder of the same relative name.
    (folder := tmp_path / found.hub / (found.config or "data")).mkdir(parents=True)
    pq.write_table(pa.table(ROWS[name]), folder / "test-00000-of-00001.parquet")
    configs = [
        {"config_name": found.config or "default", "data_files": [{"split": "test", "path": f"{folder.name}/*"}]}
    ]
    card = json.dumps({"configs": configs})
    (tmp_path / found.hub / "README.md").write_text(f"---\n{card}\n---\n")
    on_hub = problem_of(name, tmp_path, None)
    row = {column: values[0] for column, values in ROWS[name].items()}
    (tmp_path / "file.jsonl").write_text(json.dumps(row) + "\n")
    assert problem_of(name, tmp_path, "file.jsonl") == on_hub
    assert (on_hub.source, on_hub.license, on_hub.split) == (name, found.license, "test")
    wanted = {"gsm8k": "1003", "math-500": "2", "humaneval": None, "mmlu": "D", "arc-challenge": "A"}
    assert on_hub.answer == wanted[name]
    assert on_hub.difficulty == ("4" if name == "math-500" else None)


def test_a_name_in_the_configuration_is_enough() -> None:
    assert list(BENCHMARKS) == list(get_args(BenchmarkName))
    settings = Evaluate.model_validate({"benchmarks": ["gsm8k", {"name": "mmlu", "revision": "abc"}]})
    first, second = sets_of(settings)
    assert (first.path, first.options) == ("openai/gsm8k", {"config": "main", "split": "test"})
    assert second.options == {"config": "all", "split": "test", "revision": "abc"}


def test_gsm8k_and_humaneval_are_measured_from_their_files(
    measured: Project, teacher: TeacherServer, cases: Path
) -> None:
    teacher.answer = lambda body: {"content": "It is \\boxed{18}. ```python\ndef f():\n    return 18\n```"}
    config = measured(k=1)
    paths = {"gsm8k": "problems/gsm8k_test.jsonl", "humaneval": "code/HumanEval.jsonl.gz"}
    change(config, problems=[], benchmarks=[{"name": name, "path": str(cases / path)} for name, path in paths.items()])
    result = run(config, limit=4)
    assert [(one.name, one.problems, one.measured) for one in result.sets] == [
        ("gsm8k", 1319, 4),
        ("humaneval", 164, 4),
    ]
    assert [(one.by, one.name, one.problems) for one in result.slices] == [
        ("set", "gsm8k", 4), ("set", "humaneval", 4), ("domain", "code", 4), ("domain", "math", 4),
    ]  # fmt: skip


def test_a_claim_on_a_set_is_the_gates_to_judge(measured: Project, teacher: TeacherServer, tmp_path: Path) -> None:
    row = {column: values[0] for column, values in ROWS["math-500"].items()}
    (tmp_path / "math.jsonl").write_text(json.dumps(row) + "\n")
    teacher.answer = lambda body: {"content": "\\boxed{2}"}
    config = measured(k=1)
    change(config, problems=[], benchmarks=[{"name": "math-500", "path": "math.jsonl"}])
    run(config)
    asked = "SELECT verdict, policies, uses FROM decisions WHERE subject = 'dataset:math-500' ORDER BY created_at"
    (ruling,) = rows(config, asked)
    # A file is known by the set's name as the Hub's copy is, and what is only measured on is not released.
    assert (ruling["verdict"], "hendrycks-math" in ruling["policies"]) == ("conditional", True)
    run(config, "use.purposes=[commercial_use, dataset_release, weights_release]", f"policy.attest=[{AOPS!r}]")
    assert rows(config, asked)[-1]["uses"] == ["commercial_use"]


def test_a_public_set_that_was_trained_on_is_refused(curated: Project, teacher: TeacherServer, tmp_path: Path) -> None:
    from evaluation_project import BASE_MODEL, served, train_again

    lines = [{"question": "What is 0 + 1?", "answer": "#### 1"}, {"question": "Is it 5?", "answer": "#### 5"}]
    (tmp_path / "gsm.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    config = curated(
        {"mine": "own"},
        train={"model": BASE_MODEL},
        evaluate={
            "benchmarks": [{"name": "gsm8k", "path": "gsm.jsonl"}],
            "models": [served(teacher, "base", "plain"), served(teacher, "student", "tuned")],
        },
    )
    train_again(config, "student-1")
    before = len(teacher.seen)
    with pytest.raises(PreflightRefused, match="trained on some of them"):
        run(config, limit=1)
    assert len(teacher.seen) == before
