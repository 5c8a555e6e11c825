from __future__ import annotations

import json

import pytest
from tracestill.pipeline.commands.grading import grade_math
from tracestill.pipeline.errors import ConfigError


def graded(tmp_path, *lines: object) -> list[dict]:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    source.write_bytes("\n".join(texts).encode("utf-8", "surrogateescape") + b"\n")
    grade_math(source, out)
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "out.jsonl"}
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_every_line_is_answered_in_order(tmp_path):
    rows = graded(
        tmp_path,
        {"id": "a", "gold": "1/2", "pred": "So it is \\boxed{0.5}."},
        {"id": 2, "gold": "1/2", "pred": "0.6", "form": "answer"},
        {"id": "c", "gold": "", "pred": "\\boxed{3}"},
        {"id": "d", "gold": 7, "pred": "7", "form": "answer"},
    )
    assert [row["id"] for row in rows] == ["a", 2, "c", "d"]
    assert [row["outcome"] for row in rows] == ["pass", "fail", "undecided", "pass"]
    assert rows[0] | {"seconds": 0} == {
        "id": "a",
        "outcome": "pass",
        "extracted": "0.5",
        "reason": "the answer is the reference",
        "seconds": 0,
    }
    assert all(row["seconds"] >= 0 for row in rows)


def test_a_whole_response_is_the_default_form(tmp_path):
    response = {"id": 1, "gold": "3", "pred": "<think>\\boxed{3}"}
    rows = graded(tmp_path, response, response | {"form": "answer"})
    assert [row["outcome"] for row in rows] == ["fail", "fail"]


@pytest.mark.parametrize(
    ("line", "known_id", "reason"),
    [
        ("{nonsense", None, "no JSON"),
        ("", None, "no JSON"),
        ("[1]", None, "no JSON object"),
        ("[" * 100_000, None, "no JSON"),
        ('{"id": 1, "gold": "\udcff"}', None, "no JSON"),
        ({"gold": "1", "pred": "1"}, None, "'id' is missing"),
        ({"id": 5, "pred": "1"}, 5, "'gold' is missing"),
        ({"id": 5, "gold": "1"}, 5, "'pred' is missing"),
        ({"id": 5, "gold": "1", "pred": ["1"]}, 5, "pred is no text"),
        ({"id": 5, "gold": "1", "pred": None}, 5, "pred is no text"),
        ({"id": 5, "gold": "1", "pred": "1", "form": "essay"}, 5, "form is 'essay'"),
    ],
)
def test_a_line_that_cannot_be_read_is_answered_with_its_place(tmp_path, line, known_id, reason):
    good = {"id": "good", "gold": "1", "pred": "\\boxed{1}"}
    rows = graded(tmp_path, good, line, good)
    assert [row["outcome"] for row in rows] == ["pass", "error", "pass"]
    assert rows[1]["id"] == known_id
    assert reason in rows[1]["reason"]
    assert f"{tmp_path / 'in.jsonl'}:2: " in rows[1]["reason"]
    assert rows[1]["extracted"] is None


def test_a_lone_surrogate_is_no_harm(tmp_path):
    rows = graded(tmp_path, '{"id": "\\ud800", "gold": "1", "pred": "\\\\boxed{\\ud800}"}')
    assert rows[0]["outcome"] == "fail"


def test_an_input_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"missing\.jsonl"):
        grade_math(tmp_path / "missing.jsonl", tmp_path / "out.jsonl")


def test_an_output_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "in.jsonl").write_text("")
    with pytest.raises(ConfigError, match="nowhere"):
        grade_math(tmp_path / "in.jsonl", tmp_path / "nowhere" / "out.jsonl")


def test_an_empty_input_makes_an_empty_output(tmp_path):
    (tmp_path / "in.jsonl").write_text("")
    grade_math(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == ""
