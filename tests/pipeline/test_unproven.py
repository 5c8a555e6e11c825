"""A selection of unproven traces: what is taken, and that nobody can take it for a verified one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from teacher_server import TeacherServer, solve
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.config_file import load_config
from tracestill.pipeline.config_train import Train
from tracestill.pipeline.errors import ConfigError
from tracestill.pipeline.model_card import Origins, model_card
from tracestill.pipeline.stages.curate import Curated, curate
from tracestill.pipeline.stages.export import export
from tracestill.pipeline.stages.filter import filter_traces
from tracestill.pipeline.stages.generate import generate
from tracestill.pipeline.stages.report import report
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop
from tracestill.policies.bundle import licence_bundle
from tracestill.policies.outbound import Outbound

Project = Callable[..., Path]


@pytest.fixture
def config(teacher: TeacherServer, project: Project) -> Path:
    """Traces of one problem each: p0 right, p1 wrong, p2 cut off, p3 failed."""

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        number = int(body["messages"][-1]["content"].split()[2])
        if number == 0:
            return solve(body)
        if number == 3:
            return {"content": "", "finish_reason": "content_filter"}
        reason = {"finish_reason": "length"} if number == 2 else {}
        return {"content": f"I guess.\nThe answer is \\boxed{{{number}}}."} | reason

    teacher.answer = answer
    config = project(teacher.url, problems=4, k=1, max_failed_share=1)
    with start(open_plan(config, ()), Stop()) as job:
        generate(job)
        filter_traces(job)
    return config


def chosen(config: Path, *sets: str) -> tuple[Curated, list[str]]:
    with start(open_plan(config, sets), Stop()) as job:
        done = curate(job)
        with job.corpus() as corpus:
            return done, [row["problem_id"] for row in corpus.answer("SELECT problem_id FROM examples ORDER BY ALL")]


def test_unproven_traces_are_taken_only_where_that_is_asked(config: Path) -> None:
    assert chosen(config)[1] == ["p0"]
    done, problems = chosen(config, "select.outcomes=any")
    assert problems == ["p0", "p1"]
    assert done.warnings == [
        "select.outcomes is `any`: 1 of 2 examples are not proven right (1 rejected); "
        "card, certificate and report say so"
    ]
    assert chosen(config, "select.outcomes=any", "select.cut_off=true")[1] == ["p0", "p1", "p2"]
    again, problems = chosen(config)
    assert (problems, again.warnings) == (["p0"], [])


def test_outcomes_stay_what_they_are(config: Path) -> None:
    def outcomes() -> list[dict[str, Any]]:
        with start(open_plan(config, ()), Stop()) as job, job.corpus() as corpus:
            return corpus.answer("SELECT problem_id, outcome, reason FROM outcomes ORDER BY ALL")

    before = outcomes()
    assert [row["outcome"] for row in before] == ["accepted", "rejected", "rejected", "failed"]
    chosen(config, "select.outcomes=any")
    assert outcomes() == before


def test_everything_that_is_written_of_it_says_so(config: Path, tmp_path: Path) -> None:
    chosen(config, "select.outcomes=any")
    with start(open_plan(config, ()), Stop()) as job:  # the setting is gone by now; what was chosen counts
        export(job)
        report(job)
    workspace = tmp_path / "ws"
    said = "1 of 2 examples are not proven right (1 rejected)."
    card = (workspace / "exports/README.md").read_text()
    assert f"**`sft` is not a verified set: {said}**" in card
    assert "all required verifiers passed" not in card
    assert (
        f"Not a verified set: {said}" in json.loads((workspace / "exports/croissant.json").read_bytes())["description"]
    )
    for name in ("curation.json", "decontamination.json"):
        assert json.loads((workspace / "reports" / name).read_bytes())["outcomes"] == "any"
    assert "**Not all examples are proven right:** 1 of 2" in (workspace / "reports/report.md").read_text()
    assert "Not all examples are proven right:" in (workspace / "reports/report.html").read_text()
    facts = json.loads((workspace / "reports/report.json").read_bytes())["curation"]
    assert (facts["unproven"], facts["current"]) == ({"rejected": 1}, True)


def test_a_verified_corpus_says_that_it_is_one(config: Path, tmp_path: Path) -> None:
    chosen(config)
    with start(open_plan(config, ()), Stop()) as job:
        export(job)
        report(job)
    card = (tmp_path / "ws/exports/README.md").read_text()
    assert "Every row of `sft` is a trace that all required verifiers passed" in card
    assert "not a verified set" not in card
    assert "not proven right" not in (tmp_path / "ws/reports/report.md").read_text()


def test_the_card_of_a_student_says_what_it_learnt(config: Path) -> None:
    loaded = load_config(config)
    outbound = Outbound("Apache-2.0", ())
    origins = Origins("c", 3, {}, [], {}, [], outbound, {}, licence_bundle(outbound, [], [], []))
    verified = model_card(loaded, Train(model="m"), origins, {"too_long": 0})
    assert "on 3 traces (selection `c`, all verified)" in verified
    origins = replace(origins, unproven={"rejected": 2})
    unproven = model_card(loaded, Train(model="m", target="answer"), origins, {"too_long": 0})
    assert "on 3 final answers, without the reasoning before them, of traces" in unproven
    assert "some are not proven right (2 rejected in it)" in unproven
    assert "verified" not in unproven


def test_cut_off_without_any_is_refused(config: Path) -> None:
    with pytest.raises(ConfigError, match="select: cut_off changes nothing for accepted traces"):
        load_config(config, ["select.cut_off=true"])
