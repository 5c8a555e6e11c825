from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tracestill.pipeline.config_problems import ProblemSet
from tracestill.pipeline.errors import ProblemError
from tracestill.pipeline.problems.reading import read_problems
from tracestill.pipeline.records import Problem


def read(folder: Path, *rows: object) -> list[Problem]:
    (folder / "set.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return list(read_problems(ProblemSet(path="set.jsonl", format="gsm8k", license="MIT"), folder, print))


def test_the_reference_is_what_follows_the_mark(tmp_path: Path) -> None:
    row = {"question": "How many?", "answer": "10 * 150 = <<10*150=1500>>1500\n#### 1,500 "}
    (problem,) = read(tmp_path, row)
    assert (problem.domain, problem.prompt, problem.answer) == ("math", "How many?", "1500")
    assert (problem.license, problem.split, len(problem.problem_id)) == ("MIT", "train", 32)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"question": "Q", "answer": "5"}, "answer: has no ####"),
        ({"question": "Q", "answer": 5}, "answer: has no ####"),
        ({"question": "Q"}, "answer: has no ####"),
        ({"question": "Q", "answer": "a\n#### "}, "answer: nothing follows ####"),
        ({"answer": "#### 5"}, "question: is missing"),
        ({"question": "", "answer": "#### 5"}, "prompt: is missing or blank"),
        ([], "not an object"),
    ],
)
def test_a_line_in_another_form_is_refused(tmp_path: Path, row: object, message: str) -> None:
    with pytest.raises(ProblemError, match=rf"set\.jsonl:1: {message}"):
        read(tmp_path, row)


@pytest.mark.parametrize(("name", "count"), [("train", 7473), ("test", 1319)])
def test_the_data_set_itself_is_read_whole(name: str, count: int) -> None:
    folder = os.environ.get("TRACESTILL_CASES")
    if folder is None:
        pytest.skip("TRACESTILL_CASES does not name the folder with problems/gsm8k_*.jsonl")
    problem_set = ProblemSet(path=f"problems/gsm8k_{name}.jsonl", format="gsm8k", split=name)
    problems = list(read_problems(problem_set, Path(folder), print))
    assert len({problem.problem_id for problem in problems}) == count
    assert all(problem.answer and float(problem.answer).is_integer() for problem in problems)
