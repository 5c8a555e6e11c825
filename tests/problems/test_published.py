"""Sets in the form in which their makers published them: from files, and from folders in the Hub's shape."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tracestill.pipeline.config_problems import ProblemSet
from tracestill.pipeline.errors import ConfigError, ProblemError
from tracestill.pipeline.problems.reading import read_problems
from tracestill.pipeline.records import Problem
from tracestill.verifiers.base import Candidate
from tracestill.verifiers.math_answer import MathAnswer, MathAnswerSettings

CHOICES = ["Lima", "Rome", "Oslo", "Cairo"]


def read(folder: Path, form: str, *rows: dict[str, Any], **settings: Any) -> list[Problem]:
    (folder / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return list(read_problems(ProblemSet(path="set.jsonl", format=form, **settings), folder, print))


def choice(folder: Path, choices: object, answer: object, **options: Any) -> Problem:
    (problem,) = read(
        folder, "multiple-choice", {"question": "Which one?", "choices": choices, "answer": answer}, options=options
    )
    return problem


@pytest.mark.parametrize(
    ("choices", "answer", "letter"),
    [
        (CHOICES, 1, "B"),
        (CHOICES, "B", "B"),
        (CHOICES, "b", "B"),
        (json.dumps(CHOICES), "1", "B"),
        ({"text": CHOICES, "label": ["A", "B", "C", "D"]}, "D", "D"),
        # Some of ARC's questions count their choices from 1.
        ({"text": CHOICES, "label": ["1", "2", "3", "4"]}, "1", "A"),
    ],
)
def test_the_right_choice_is_named_by_letter_label_or_place(
    tmp_path: Path, choices: object, answer: object, letter: str
) -> None:
    problem = choice(tmp_path, choices, answer)
    assert (problem.domain, problem.answer) == ("math", letter)
    assert "Which one?\n\n(A) Lima\n(B) Rome\n(C) Oslo\n(D) Cairo\n" in problem.prompt


@pytest.mark.parametrize(
    ("choices", "answer", "message"),
    [
        (CHOICES, 4, "answer: 4 is none of the 4 choices"),
        (CHOICES, -1, "answer: -1 is none"),
        (CHOICES, "E", "answer: 'E' is none"),
        (CHOICES, True, "answer: True is none"),
        (CHOICES, None, "answer: None is none"),
        (CHOICES[:1], 0, "choices: 1 of them"),
        (["x"] * 11, 0, "choices: 11 of them with 0 labels; 2 to 10"),
        ({"text": CHOICES, "label": ["A"]}, "A", "choices: 4 of them with 1 labels"),
        ([1, 2], 0, "choices: must be a list of texts"),
        ("Lima, Rome", 0, "choices: not JSON"),
    ],
)
def test_a_question_without_a_right_choice_is_no_problem(
    tmp_path: Path, choices: object, answer: object, message: str
) -> None:
    with pytest.raises(ProblemError, match=rf"set\.jsonl:1: {message}"):
        choice(tmp_path, choices, answer)


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        ("It is \\boxed{B}.", "pass"),
        ("The answer is (B) Rome.", "pass"),
        ("The answer is B", "pass"),
        ("The answer is C", "fail"),
        ("Either B or C.", "fail"),
    ],
)
def test_the_letter_is_what_the_verifier_looks_for(tmp_path: Path, response: str, outcome: str) -> None:
    problem = choice(tmp_path, CHOICES, 1)
    verifier = MathAnswer(MathAnswerSettings())
    try:
        given = Candidate(trace_id="t", reasoning=None, response=response, finish_reason="stop")
        assert verifier.verify(problem, given).outcome == outcome
    finally:
        verifier.close()


def test_math_brings_its_level_and_takes_its_answer_from_the_solution(tmp_path: Path) -> None:
    first, second = read(
        tmp_path,
        "competition-math",
        {
            "problem": "$1+1$?",
            "solution": "It is $\\boxed{2}$.",
            "answer": "2",
            "level": 3,
            "unique_id": "test/a/1.json",
        },
        {"problem": "$1+2$?", "solution": "It is $\\boxed{3}$.", "level": "Level 5", "type": "Algebra"},
    )
    assert (first.problem_id, first.answer, first.difficulty) == ("test/a/1.json", "2", "3")
    assert (second.answer, second.difficulty) == ("It is $\\boxed{3}$.", "Level 5")


def test_a_difficulty_is_part_of_a_problem_only_where_there_is_one() -> None:
    plain = Problem(problem_id="p", domain="math", prompt="1 + 1?", answer="2")
    # What a workspace of an earlier version holds must not be recorded anew.
    assert plain.content_hash == "5d85b9306bd3e0143b61eeae8cd07d9a"
    hard = Problem(problem_id="p", domain="math", prompt="1 + 1?", answer="2", difficulty="5")
    assert hard.content_hash != plain.content_hash


def test_humaneval_is_read_as_it_is_published(cases: Path) -> None:
    problem_set = ProblemSet(path="code/HumanEval.jsonl.gz", format="humaneval", source="humaneval", split="test")
    problems = list(read_problems(problem_set, cases, print))
    assert len({problem.problem_id for problem in problems}) == 164
    assert problems[0].domain == "code"
    assert "```python\nfrom typing import List" in problems[0].prompt
    tests = json.loads(problems[0].tests or "")
    assert (tests["kind"], tests["entry_point"]) == ("check", "has_close_elements")


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    packed = gzip.compress(b'{"task_id": "1"}\n' * 100)
    (tmp_path / "set.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(ConfigError, match=r"set\.jsonl\.gz: cannot be unpacked"):
        list(read_problems(ProblemSet(path="set.jsonl.gz", format="humaneval", on_error="skip"), tmp_path, print))


def hub(folder: Path, monkeypatch: pytest.MonkeyPatch, **columns: list[Any]) -> None:
    """A data set as it lies in a repository of the Hub; the network is off."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    data = folder / "quiz" / "data"
    data.mkdir(parents=True)
    pq.write_table(pa.table(columns), data / "test-00000-of-00001.parquet")


def test_the_hubs_form_is_the_files_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choices = [{"text": CHOICES, "label": list("ABCD")}]
    hub(tmp_path, monkeypatch, id=["q1"], question=["Which one?"], choices=choices, answerKey=["C"], other=[[0.5]])
    options = {"columns": {"answer": "answerKey"}}
    problem_set = ProblemSet(path="quiz", format="multiple-choice", split="test", license="MIT", options=options)
    (problem,) = read_problems(problem_set, tmp_path, print)
    assert (problem.problem_id, problem.answer, problem.split, problem.license) == ("q1", "C", "test", "MIT")
    with pytest.raises(ConfigError, match="no column 'answer'; this form has question, choices, answer"):
        list(read_problems(problem_set.model_copy(update={"options": {}}), tmp_path, print))


def test_a_table_has_the_same_form(tmp_path: Path) -> None:
    pq.write_table(pa.table({"question": ["How many?"], "answer": ["2 + 2\n#### 4"]}), tmp_path / "test.parquet")
    (problem,) = read_problems(ProblemSet(path="test.parquet", format="gsm8k"), tmp_path, print)
    assert problem.answer == "4"
