"""Problems without a reference: what their traces agree on, by what it means."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import rows
from teacher_server import TeacherServer
from teacher_server.voice import text_of
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.stages.filter import filter_traces
from tracestill.pipeline.stages.generate import generate
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop
from tracestill.verifiers.consensus import Consensus, consensus_of
from tracestill.verifiers.math_answer import MathAnswer, MathAnswerSettings

ANSWERS = {
    "agreed": [r"\frac{1}{2}", "0.5", r"\dfrac12", r"50\%", "0.25"],
    "divided": ["1", "2", "3", "1", "2"],
    "given": ["7", "7", "7", "7", "8"],
}
"""Final answers by problem, one a sample; of the last one the reference says otherwise."""


@pytest.fixture
def asked(project: Callable[..., Path], teacher: TeacherServer, tmp_path: Path) -> Path:
    count: dict[str, int] = {}

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        (name,) = re.findall(r"Find (\w+)", text_of(body["messages"][-1]["content"]))
        place = count[name] = count.get(name, -1) + 1
        said = ANSWERS[name][place % len(ANSWERS[name])]
        return {"content": f"I follow way number {place} through it.\nThe answer is \\boxed{{{said}}}."}

    teacher.answer = answer
    config = project(teacher.url, k=5, verify={"workers": 1, "consensus": {}})
    problems = [{"id": name, "domain": "math", "prompt": f"Find {name}."} for name in ANSWERS]
    problems[-1]["answer"] = "8"
    (tmp_path / "problems.jsonl").write_text("".join(json.dumps(one) + "\n" for one in problems))
    return config


def run(config: Path, *sets: str) -> dict[str, Any]:
    with start(open_plan(config, sets), Stop()) as job:
        generate(job)
        found = filter_traces(job)
        assert found.consensus is not None
        return {"problems": found.consensus.problems, "agreed": found.consensus.agreed}


def accepted(config: Path, *sets: str) -> dict[str, int]:
    sql = "SELECT problem_id, count(*) FILTER (outcome = 'accepted')::INT AS n FROM outcomes GROUP BY 1 ORDER BY 1"
    return {row["problem_id"]: row["n"] for row in rows(config, sql, *sets)}


def test_what_traces_agree_on_stands_in_for_a_reference(asked: Path):
    assert run(asked) == {"problems": 2, "agreed": 1}
    assert accepted(asked) == {"agreed": 3, "divided": 0, "given": 1}
    (found,) = rows(asked, "SELECT answer, consensus_share FROM problem_revisions WHERE problem_id = 'agreed'")
    assert found["consensus_share"] == 0.6
    assert found["answer"] in {r"\frac{1}{2}", "0.5", r"\dfrac12"}
    strict = "verify.consensus.min_share=0.7"
    assert run(asked, strict) == {"problems": 2, "agreed": 0}
    assert accepted(asked, strict) == {"agreed": 0, "divided": 0, "given": 1}
    assert accepted(asked, "verify.consensus=null") == {"agreed": 0, "divided": 0, "given": 1}


def test_more_traces_change_the_consensus_and_what_rested_on_it(asked: Path, teacher: TeacherServer):
    run(asked)
    teacher.answer = lambda body: {"content": "So many ways.\nThe answer is \\boxed{4}."}
    more = "teachers.0.sampling.k=20"
    assert run(asked, more) == {"problems": 2, "agreed": 2}
    assert accepted(asked, more) == {"agreed": 15, "divided": 15, "given": 1}
    assert run(asked, more) == {"problems": 2, "agreed": 2}
    events = "SELECT count(*) AS n FROM events WHERE kind = 'consensus' AND subject = 'agreed'"
    assert rows(asked, events) == [{"n": 2}]


def test_equal_answers_in_other_spellings_are_one_group():
    judge = MathAnswer(MathAnswerSettings())

    def same(wanted: str, given: str) -> bool:
        return judge.grade_answer(wanted, given).finding.outcome == "pass"

    try:
        assert consensus_of(["1/2", "0.5", "0.5", "2"], same) == Consensus("0.5", 3)
        assert consensus_of(["x+1", "1+x", "x-1"], same) == Consensus("x+1", 2)
        assert consensus_of(["1", "2"], same) is None
        assert consensus_of([], same) is None
    finally:
        judge.close()


@given(st.lists(st.integers(0, 3).map(str)))
def test_the_consensus_is_the_one_most_frequent_answer(answers: list[str]):
    found = consensus_of(answers, lambda wanted, given: wanted == given)
    counts = sorted((answers.count(one) for one in set(answers)), reverse=True)
    unique = bool(counts) and (len(counts) == 1 or counts[0] > counts[1])
    assert (found is not None) == unique
    if found is not None:
        assert found.votes == counts[0] == answers.count(found.answer)
