"""Accepted traces in another form: verified anew, linked to the original, and never in place of it unless accepted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from reading import rows
from teacher_server import TeacherServer
from teacher_server.voice import solve, text_of
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.errors import ConfigError, PolicyRefused
from tracestill.pipeline.forgetting import Selection, look_up
from tracestill.pipeline.stages.curate import curate
from tracestill.pipeline.stages.export import export
from tracestill.pipeline.stages.filter import filter_traces
from tracestill.pipeline.stages.generate import generate
from tracestill.pipeline.stages.rewrite import rewrite
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop

REWRITES = {
    "0": "0 + 0 = 0\nSo the answer is \\boxed{0}.",
    "1": "1 + 1 = 2\nSo the answer is \\boxed{3}.",
    "2": "2 + 2 = 5\nSo the answer is \\boxed{4}.",
    "3": "",
}
"""By problem: as it should be, with another answer, with a wrong equation, and none at all."""


@pytest.fixture
def settled(project: Callable[..., Path], teacher: TeacherServer) -> Path:
    """Four problems whose traces are verified, and a model that rewrites them."""

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        if body["model"] != "rewriter":
            return {"content": "Let me see what is asked here, and go step by step.\n" + solve(body)["content"]}
        (number,) = re.findall(r"What is (\d+) \+", text_of(body["messages"][-1]["content"]))
        return {"content": REWRITES[number]}

    teacher.answer = answer
    rewriter = {
        "id": "rewriter",
        "provider": "openai-chat",
        "base_url": teacher.url,
        "model": "rewriter",
        "self_hosted": True,
        "lineage": [{"type": "base", "ref": "HuggingFaceTB/SmolLM2-135M-Instruct"}],
        "sampling": {"max_tokens": 64},
        "retries": {"max_attempts": 1},
    }
    config = project(teacher.url, problems=4, k=1, rewrite={"teacher": rewriter, "min_tokens": 1})
    with start(open_plan(config, ()), Stop()) as job:
        generate(job)
        filter_traces(job)
    return config


def run(config: Path, *sets: str) -> dict[str, Any]:
    with start(open_plan(config, sets), Stop()) as job:
        return msgspec.to_builtins(rewrite(job))


def test_a_rewrite_that_does_not_verify_is_rejected_and_the_original_stays(settled: Path, tmp_path: Path):
    done = run(settled)
    assert (done["wanted"], done["completions"], done["failed"]) == (4, 3, 1)
    assert done["outcomes"] == {"accepted": 1, "failed": 1, "rejected": 2}
    sql = (
        "SELECT o.problem_id, o.outcome, o.verifier, p.purpose AS parent "
        "FROM outcomes o JOIN traces t USING (trace_id) JOIN traces p ON p.trace_id = t.parent_id "
        "WHERE o.purpose = 'rewrite' ORDER BY 1"
    )
    found = [(row["problem_id"], row["outcome"], row["verifier"], row["parent"]) for row in rows(settled, sql)]
    assert found == [
        ("p0", "accepted", None, "train"),
        ("p1", "rejected", "math-answer", "train"),
        ("p2", "rejected", "step-arithmetic", "train"),
        ("p3", "failed", None, "train"),
    ]
    with start(open_plan(settled, ()), Stop()) as job:
        assert curate(job).left == {"rewritten": 1}
    purposes = rows(settled, "SELECT t.purpose FROM examples e JOIN traces t USING (trace_id) ORDER BY e.problem_id")
    assert [row["purpose"] for row in purposes] == ["rewrite", "train", "train", "train"]
    (line,) = map(json.loads, (tmp_path / "ws/reports/left-out.jsonl").read_text().splitlines())
    (new,) = rows(settled, "SELECT trace_id, parent_id FROM traces WHERE purpose = 'rewrite' AND problem_id = 'p0'")
    assert line == {"trace_id": new["parent_id"], "problem_id": "p0", "reason": f"rewritten as {new['trace_id']}"}


def test_nothing_is_rewritten_twice_and_short_traces_stay(settled: Path, teacher: TeacherServer):
    assert run(settled, "rewrite.min_tokens=1000")["wanted"] == 0
    run(settled)
    sent = len(teacher.seen)
    done = run(settled)
    assert (done["completions"], done["failed"]) == (0, 0)
    assert len(teacher.seen) == sent


def test_the_rewriter_sees_the_trace_as_data_and_no_reference(settled: Path, teacher: TeacherServer):
    run(settled)
    shown = [seen.body["messages"][-1]["content"] for seen in teacher.seen if seen.body["model"] == "rewriter"]
    assert all(re.search(r"<<<SOLUTION (\w{16})\nLet me see.*\n\1 SOLUTION>>>", text, re.DOTALL) for text in shown)
    assert all("REFERENCE" not in text for text in shown)


def test_without_the_section_the_originals_are_the_examples(settled: Path):
    run(settled)
    data = settled.read_text().split("rewrite:")[0] + "verify: {workers: 1}\n"
    settled.write_text(data.replace("verify:\n  workers: 1\n", ""))
    with start(open_plan(settled, ()), Stop()) as job:
        assert curate(job).left == {}
        with pytest.raises(ConfigError, match="needs the section `rewrite`"):
            rewrite(job)


def test_an_example_rests_on_who_rewrote_it_and_on_who_wrote_it_first(settled: Path, tmp_path: Path):
    run(settled)
    sets = ("export.configs=[sft]",)
    with start(open_plan(settled, sets), Stop()) as job:
        curate(job)
        export(job)
        with job.corpus() as corpus:
            going = look_up(job, corpus, Selection(teachers=["local"]))
            assert (going.traces, len(going.students)) == (8, 0)
    for stage in ("curate", "export"):
        found = rows(settled, f"SELECT subject FROM decisions WHERE stage = '{stage}'")
        assert {"teacher:rewriter", "teacher:local"} <= {row["subject"] for row in found}


def test_a_rewriter_whose_terms_forbid_it_is_not_asked(settled: Path, teacher: TeacherServer):
    forbidden = ("rewrite.teacher.self_hosted=false", "rewrite.teacher.model=gpt-5", "use.purposes=[competing_model]")
    sent = len(teacher.seen)
    plan = open_plan(settled, (*forbidden, "rewrite.teacher.lineage=[]"))
    with start(plan, Stop()) as job, pytest.raises(PolicyRefused, match="rewriter"):
        rewrite(job)
    assert len(teacher.seen) == sent
