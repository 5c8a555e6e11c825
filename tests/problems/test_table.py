from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tracestill.pipeline.config_problems import ProblemSet
from tracestill.pipeline.errors import ConfigError, ProblemError
from tracestill.pipeline.problems.reading import read_problems
from tracestill.pipeline.records import Problem

QUESTION = {"columns": {"prompt": "question"}}


def read(folder: Path, name: str, **settings: Any) -> list[Problem]:
    return list(read_problems(ProblemSet(path=name, **settings), folder, print))


def write_parquet(folder: Path, columns: dict[str, Any]) -> str:
    pq.write_table(pa.table(columns), folder / "set.parquet")
    return "set.parquet"


def write_csv(folder: Path, rows: list[list[str]], encoding: str = "utf-8") -> str:
    with (folder / "set.csv").open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return "set.csv"


def test_parquet_rows_become_problems(tmp_path: Path) -> None:
    name = write_parquet(
        tmp_path,
        {
            "id": [1, 2, 3],
            "prompt": ["a", "b", "c"],
            "answer": pa.array([0.5, 2.0, None]),
            "split": ["train", None, "test"],
            "embedding": [[0.1], [0.2], [0.3]],
        },
    )
    problems = read(tmp_path, name, source="mine")
    assert [(problem.problem_id, problem.prompt, problem.answer) for problem in problems] == [
        ("1", "a", "0.5"),
        ("2", "b", "2"),
    ]


def test_a_large_parquet_file_is_read_in_batches_and_in_order(tmp_path: Path) -> None:
    name = write_parquet(tmp_path, {"question": [f"q{number}" for number in range(2000)], "answer": list(range(2000))})
    problems = read(tmp_path, name, options=QUESTION)
    assert [problem.prompt for problem in problems] == [f"q{number}" for number in range(2000)]
    assert problems[1234].answer == "1234"


def test_tests_can_be_a_column_of_structs_or_of_text(tmp_path: Path) -> None:
    structs = [{"kind": "asserts", "asserts": ["assert f() == 1"]}, {"kind": "pytest", "code": "def test_f(): ..."}]
    name = write_parquet(tmp_path, {"prompt": ["a", "b"], "tests": structs})
    assert [problem.tests for problem in read(tmp_path, name, domain="code")] == [
        '{"kind":"asserts","asserts":["assert f() == 1"]}',
        '{"kind":"pytest","code":"def test_f(): ..."}',
    ]
    name = write_csv(tmp_path, [["prompt", "tests"], ["a", '{"kind": "pytest", "code": "x"}']])
    assert read(tmp_path, name)[0].tests == '{"kind":"pytest","code":"x"}'


def test_a_bad_parquet_row_is_named_by_its_number(tmp_path: Path) -> None:
    name = write_parquet(tmp_path, {"prompt": ["a", None], "answer": [1.0, 2.0]})
    with pytest.raises(ProblemError, match=r"set\.parquet: row 2: prompt: is missing"):
        read(tmp_path, name)
    name = write_parquet(tmp_path, {"prompt": ["a"], "answer": [float("nan")]})
    with pytest.raises(ProblemError, match=r"set\.parquet: row 1: answer: nan"):
        read(tmp_path, name)


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set.parquet").write_text("prompt\n")
    with pytest.raises(ConfigError, match=r"set\.parquet: not a readable Parquet file"):
        read(tmp_path, "set.parquet")


@pytest.mark.parametrize("write", [write_parquet, write_csv])
def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path, write: Any) -> None:
    content = {"q": ["a"], "n": ["1"]} if write is write_parquet else [["q", "n"], ["a", "1"]]
    name = write(tmp_path, content)
    with pytest.raises(ConfigError, match=r"no column 'prompt' for prompt; name one of q, n in options\.columns"):
        read(tmp_path, name)
    with pytest.raises(ConfigError, match=r"no column 'm' for answer"):
        read(tmp_path, name, options={"columns": {"prompt": "q", "answer": "m"}})


def test_csv_cells_are_text_and_blank_ones_are_missing(tmp_path: Path) -> None:
    rows = [["id", "question", "answer", "note"], ["007", "two\nlines, é", "5.0", "x"], ["8", "b", "", ""]]
    problems = read(tmp_path, write_csv(tmp_path, rows, "utf-8-sig"), options=QUESTION)
    assert [(problem.problem_id, problem.prompt, problem.answer) for problem in problems] == [
        ("007", "two\nlines, é", "5.0"),
        ("8", "b", None),
    ]


def test_a_long_cell_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, write_csv(tmp_path, [["prompt"], ["x" * 300_000]]))[0].prompt == "x" * 300_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"prompt,answer\na,1\nb\n", r"set\.csv:3: 1 cells under 2 columns"),
        (b"prompt,answer\na,1,2\n", r"set\.csv:2: 3 cells under 2 columns"),
        (b"prompt\n\xff\n", r"set\.csv:2: not UTF-8"),
        (b'prompt\n"open\n', r"set\.csv:\d: not CSV"),
        (b"", r"set\.csv: is empty"),
    ],
)
def test_a_damaged_csv_is_named_with_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "set.csv").write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, "set.csv")


def test_a_damaged_csv_row_can_be_skipped(tmp_path: Path) -> None:
    (tmp_path / "set.csv").write_bytes(b"prompt,answer\na,1\n\xff,2\nb\n\nc,3\n")
    assert [problem.prompt for problem in read(tmp_path, "set.csv", on_error="skip")] == ["a", "c"]
