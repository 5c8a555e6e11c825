from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracestill.pipeline.config_problems import ProblemSet
from tracestill.pipeline.errors import ProblemError
from tracestill.pipeline.problems.reading import read_problems
from tracestill.pipeline.records import Problem

any_text = st.text(min_size=1).filter(str.strip)


def read(folder: Path, content: bytes, **options: Any) -> list[Problem]:
    (folder / "set.jsonl").write_bytes(content)
    return list(read_problems(ProblemSet(path="set.jsonl", options=options), folder, print))


@given(prompts=st.lists(any_text, max_size=5), ascii_only=st.booleans(), end=st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_any_text_arrives_unchanged(prompts: list[str], ascii_only: bool, end: str) -> None:
    lines = [json.dumps({"prompt": prompt, "answer": prompt}, ensure_ascii=ascii_only) + end for prompt in prompts]
    with tempfile.TemporaryDirectory() as folder:
        problems = read(Path(folder), "".join(lines).encode())
    assert [problem.prompt for problem in problems] == prompts
    assert [problem.answer for problem in problems] == prompts


@given(st.binary())
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "set.jsonl").write_bytes(content)
        bad: list[ProblemError] = []
        problems = list(read_problems(ProblemSet(path="set.jsonl", on_error="skip"), Path(folder), bad.append))
    assert len(problems) + len(bad) == sum(not line.isspace() for line in content.split(b"\n") if line)


def test_blank_lines_a_byte_order_mark_and_a_missing_last_line_end_do_not_matter(tmp_path: Path) -> None:
    problems = read(tmp_path, b'\xef\xbb\xbf{"prompt": "a"}\n\n   \n{"prompt": "b"}')
    assert [problem.prompt for problem in problems] == ["a", "b"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"prompt": "a"', "not JSON .*column 15.*write one JSON object a line"),
        (b'{"prompt": "\xff"}', "not UTF-8 .*byte 13"),
        (b'["a"]', "not an object but list"),
        (b'"a"', "not an object but str"),
        (b'{"prompt": "a", "answer": NaN}', "NaN is no JSON number"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"prompt": "a", "answer": ' + b"1" * 5000 + b"}", "limit"),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: bytes, message: str) -> None:
    with pytest.raises(ProblemError, match=rf"set\.jsonl:3: .*{message}"):
        read(tmp_path, b'{"prompt": "a"}\n\n' + line + b"\n")


def test_columns_are_renamed(tmp_path: Path) -> None:
    line = b'{"nr": 3, "question": "Q", "answer": "no", "solution": 5}'
    (problem,) = read(tmp_path, line, columns={"id": "nr", "prompt": "question", "answer": "solution"}, other_keys=True)
    assert (problem.problem_id, problem.prompt, problem.answer) == ("3", "Q", "5")


def test_a_renamed_column_is_not_read_as_its_namesake(tmp_path: Path) -> None:
    (problem,) = read(tmp_path, b'{"source": "Q", "domain": "geometry"}', columns={"prompt": "source", "domain": None},
                      other_keys=True)  # fmt: skip
    assert (problem.prompt, problem.source, problem.domain) == ("Q", "unknown", "math")


def test_other_keys_are_refused_unless_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"set\.jsonl:1: unknown key 'level'; .*options\.other_keys"):
        read(tmp_path, b'{"prompt": "Q", "level": 3}')
    assert len(read(tmp_path, b'{"prompt": "Q", "level": 3}', other_keys=True)) == 1
