from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tracestill.pipeline.config_problems import ProblemSet
from tracestill.pipeline.errors import ConfigError, ProblemError
from tracestill.pipeline.problems.reading import read_problems
from tracestill.pipeline.records import Problem, short_hash


def never(error: ProblemError) -> None:
    raise AssertionError(error)


def read(folder: Path, rows: list[Mapping[str, Any]], **settings: Any) -> list[Problem]:
    (folder / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return list(read_problems(ProblemSet(path="set.jsonl", **settings), folder, never))


def test_a_row_says_everything_itself(tmp_path: Path) -> None:
    row = {
        "id": "p1", "domain": "open", "prompt": "Why?", "answer": "So.", "rubric": "Is short.",
        "source": "mine", "license": "MIT", "split": "test",
    }  # fmt: skip
    assert read(tmp_path, [row], split="test", source="other", license="CC0-1.0") == [
        Problem(
            problem_id="p1", domain="open", prompt="Why?", answer="So.", rubric="Is short.",
            source="mine", license="MIT", split="test",
        )
    ]  # fmt: skip


def test_the_set_fills_what_a_row_does_not_say(tmp_path: Path) -> None:
    (problem,) = read(tmp_path, [{"prompt": "1 + 1?"}], source="mine", license="MIT", split="dev", domain="open")
    assert problem == Problem(
        problem_id=short_hash(["open", "1 + 1?"]),
        domain="open",
        prompt="1 + 1?",
        source="mine",
        license="MIT",
        split="dev",
    )


@pytest.mark.parametrize("nothing", [None, "", "  \n"])
def test_null_and_blank_values_count_as_missing(tmp_path: Path, nothing: str | None) -> None:
    row = dict.fromkeys(("id", "domain", "answer", "tests", "rubric", "source", "license", "split"), nothing)
    (problem,) = read(tmp_path, [{**row, "tests": nothing and "", "prompt": "Q"}], source="mine")
    assert problem == Problem(problem_id=short_hash(["math", "Q"]), domain="math", prompt="Q", source="mine")


def test_rows_of_another_split_are_left_out(tmp_path: Path) -> None:
    rows = [{"prompt": "a", "split": "train"}, {"prompt": "b", "split": "test"}, {"prompt": "c"}]
    assert [problem.prompt for problem in read(tmp_path, rows)] == ["a", "c"]
    assert [problem.prompt for problem in read(tmp_path, rows, split="test")] == ["b", "c"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("5", "5"),
        ("05", "05"),
        (5, "5"),
        (5.0, "5"),
        (-2.50, "-2.5"),
        (0.1, "0.1"),
        (1e-07, "0.0000001"),
        (1e22, "10000000000000000000000"),
        (0, "0"),
        ("1/2", "1/2"),
        (" padded ", " padded "),
    ],
)
def test_numbers_as_answers_become_text(tmp_path: Path, given: object, text: str) -> None:
    assert read(tmp_path, [{"prompt": "Q", "answer": given}])[0].answer == text


def test_a_number_can_be_an_id(tmp_path: Path) -> None:
    assert read(tmp_path, [{"id": 7, "prompt": "Q"}])[0].problem_id == "7"


def test_lone_surrogates_are_made_valid(tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").write_text(r'{"prompt": "a\ud800b", "answer": "\ud83d\ude00"}', encoding="utf-8")
    (problem,) = read_problems(ProblemSet(path="set.jsonl"), tmp_path, never)
    assert problem.prompt == "a\ufffdb"
    assert problem.answer == "\U0001f600"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"answer": "5"}, "prompt: is missing or blank"),
        ({"prompt": " "}, "prompt: is missing or blank"),
        ({"prompt": 5}, "prompt: must be text, not 5"),
        ({"prompt": ["a"]}, "prompt: must be text"),
        ({"prompt": "Q", "domain": "maths"}, "domain: 'maths' is none; use one of math, code, open"),
        ({"prompt": "Q", "answer": True}, "answer: must be text, not True"),
        ({"prompt": "Q", "answer": ["5"]}, "answer: must be text"),
        ({"prompt": "Q", "answer": 1e999}, "not JSON|Infinity"),
        ({"prompt": "Q", "source": 3}, "source: must be text"),
        ({"prompt": "Q", "rubric": {"a": 1}}, "rubric: must be text"),
        ({"prompt": "Q", "anwser": "5"}, "unknown key 'anwser'; the keys are id, domain, prompt"),
    ],
)
def test_a_bad_row_stops_the_run_and_is_named(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    with pytest.raises(ProblemError, match=rf"set\.jsonl:2: .*({message})"):
        read(tmp_path, [{"prompt": "fine"}, row])


def test_bad_rows_are_reported_and_skipped_on_request(tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").write_text('{"prompt": "a"}\nnonsense\n{"prompt": ""}\n{"prompt": "b"}\n')
    bad: list[ProblemError] = []
    problems = read_problems(ProblemSet(path="set.jsonl", on_error="skip"), tmp_path, bad.append)
    assert [problem.prompt for problem in problems] == ["a", "b"]
    assert [str(error).split(": ")[0].rpartition("/")[2] for error in bad] == ["set.jsonl:2", "set.jsonl:3"]


def test_problems_are_read_as_they_are_taken(tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").write_text('{"prompt": "a"}\n' * 3 + "nonsense\n")
    problems = read_problems(ProblemSet(path="set.jsonl"), tmp_path, never)
    assert [next(problems).prompt for _ in range(3)] == ["a"] * 3
    with pytest.raises(ProblemError, match=r"set\.jsonl:4: not JSON"):
        next(problems)


def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "set.json").write_text('{"prompt": "a"}')
    assert len(list(read_problems(ProblemSet(path=f"{tmp_path}/set.json"), Path("/nowhere"), never))) == 1


@pytest.mark.parametrize("name", ["set.jsonl", "set.csv", "set.parquet"])
def test_a_missing_file_is_named_in_full_before_anything_is_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=rf"{tmp_path}/sub/{name}: no such problem file"):
        read_problems(ProblemSet(path=f"sub/{name}"), tmp_path, never)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"path": "set.txt"},
            "set.txt ends in none of .jsonl.*arithmetic, competition-math, .*huggingface, .*table",
        ),
        ({"path": "set.jsonl", "format": "json"}, "format: 'json' is not one of: arithmetic.*did you mean 'jsonl'"),
        ({"path": "set.jsonl", "format": "base"}, "format: 'base' is not one of"),
        ({"path": "set.jsonl", "format": "../records"}, "format: .* is not one of"),
        ({}, "give a path"),
        ({"format": "jsonl"}, "path: is missing"),
        ({"format": "huggingface"}, "path: is missing"),
        ({"path": "set.jsonl", "options": {"colums": {}}}, "options.colums: .*known options: columns, other_keys"),
        ({"path": "set.jsonl", "options": {"columns": {"promt": "q"}}}, "options.columns.promt"),
        (
            {"path": "set.jsonl", "format": "gsm8k", "options": {"columns": {}}},
            "known options: config, split, revision",
        ),
    ],
)
def test_a_set_that_cannot_be_read_says_so_at_once(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    (tmp_path / "set.jsonl").write_text("")
    with pytest.raises(ConfigError, match=message) as caught:
        next(read_problems(ProblemSet(**settings), tmp_path, never))
    assert not isinstance(caught.value, ProblemError)
