from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tracestill.pipeline.config_problems import ProblemSet
from tracestill.pipeline.errors import ConfigError
from tracestill.pipeline.problems.reading import read_problems
from tracestill.pipeline.records import Problem

COLUMNS = {"prompt": "question", "answer": "result"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data set as it lies in a repository of the Hub; the network is off."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    data = tmp_path / "sums" / "data"
    data.mkdir(parents=True)
    for split, questions in (("train", ["1 + 1?", "1 + 2?"]), ("test", ["2 + 2?"])):
        table = pa.table(
            {"question": questions, "result": [2, 3][: len(questions)], "vector": [[0.5]] * len(questions)}
        )
        pq.write_table(table, data / f"{split}-00000-of-00001.parquet")
    return tmp_path


def read(folder: Path, path: str = "sums", options: dict[str, Any] | None = None, **settings: Any) -> list[Problem]:
    problem_set = ProblemSet(
        path=path, format="huggingface", options={"columns": COLUMNS, **(options or {})}, **settings
    )
    return list(read_problems(problem_set, folder, print))


def test_the_split_of_the_set_is_read(folder: Path) -> None:
    assert [(problem.prompt, problem.answer, problem.split) for problem in read(folder)] == [
        ("1 + 1?", "2", "train"),
        ("1 + 2?", "3", "train"),
    ]
    assert [problem.prompt for problem in read(folder, split="test")] == ["2 + 2?"]


def test_another_split_of_the_data_set_can_be_named(folder: Path) -> None:
    (problem,) = read(folder, options={"split": "test"}, split="dev")
    assert (problem.prompt, problem.split) == ("2 + 2?", "dev")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"split": "dev"}, r"sums\[dev\]: stopped after 0 rows \(Bad split: dev"),
        ({"options": {"config": "none"}}, "options.config"),
        ({"options": {"columns": {}}}, "no column 'prompt' for prompt; name one of question, result, vector"),
        ({"options": {"splits": "x"}}, "options.splits: .*known options: columns, config, split, revision"),
    ],
)
def test_what_does_not_exist_is_named(folder: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(folder, **settings)


def test_a_damaged_file_says_how_far_it_got(folder: Path) -> None:
    (folder / "sums/data/train-00000-of-00001.parquet").write_bytes(b"PAR1 damaged PAR1")
    with pytest.raises(ConfigError, match=r"sums\[train\]: stopped after 0 rows"):
        read(folder)


def test_datasets_is_not_imported_before_it_is_needed() -> None:
    code = "import sys; import tracestill.pipeline.problems.huggingface; assert 'datasets' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert code
