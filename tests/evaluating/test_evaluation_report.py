"""The page says what was measured, in all three forms, and what is hostile stays in its place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from evaluation_project import run, train_again
from report_forms import Forms, Table, read_forms
from teacher_server import TeacherServer
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.errors import WorkspaceError
from tracestill.pipeline.stages.report import report
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop

Project = Callable[..., Path]
HOSTILE = "<script>alert('x')</script>|\"hard\" & `co` [link](javascript:1)"


def page(config: Path) -> Forms:
    with start(open_plan(config, ()), Stop()) as job:
        report(job)
    return read_forms(config.parent / "ws/reports")


def table(tables: list[Table], *head: str) -> list[dict[str, str]]:
    (found,) = (one for one in tables if set(head) <= set(one[0]))
    return [dict(zip(found[0], line, strict=True)) for line in found[1:]]


@pytest.fixture
def config(measured: Project, teacher: TeacherServer) -> Path:
    """Measured: the student is right where the base is in one of two, on hostile material."""

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        number = int((re.findall(r"\d+", body["messages"][-1]["content"]) or ["0"])[0])
        right = body["model"] != "plain" or number % 2 == 0
        return {"content": f"\\boxed{{{number + 100 if right else HOSTILE}}}"}

    teacher.answer = answer
    lines = [
        {
            "id": f"h{n}", "prompt": f"What is {n} + 100?", "answer": str(n + 100),
            "difficulty": HOSTILE if n < 3 else "easy", "source": HOSTILE if n < 2 else "mine",
        }
        for n in range(8)
    ]  # fmt: skip
    config = measured(k=2, problems=lines, teachers=["local"], safety=True)
    run(config, limit=8)
    return config


def test_the_page_has_the_measured_numbers_in_each_form_and_nothing_gets_out_of_its_place(config: Path) -> None:
    forms = page(config)
    assert_numbers(forms)
    assert_places(forms)


def assert_numbers(forms: Forms) -> None:
    for tables in (forms.html_tables, forms.markdown_tables):
        scores = table(tables, "pass@2", "maj@2", "well-formed")
        assert [line["model"] for line in scores][:2] == ["base plain", "student tuned"]
        assert scores[0]["pass@1"].startswith("50.0 [")
        assert scores[1]["pass@1"] == scores[1]["maj@2"] == "100.0 [100.0, 100.0]"
        (gain, _) = table(tables, "student against")
        assert (gain["student against"], gain["p value"]) == ("base", "0.125")
        (teacher,) = table(tables, "of the teacher")
        assert teacher["of the teacher"] == "local"
        assert teacher["retained, per cent of its pass@1"] == "100.0 [100.0, 100.0]"
        parts = {line["part"]: line for line in table(tables, "part", "student less base")}
        assert set(parts) == {f"set: {HOSTILE}", "set: mine", f"difficulty: {HOSTILE}", "difficulty: easy"}
        bins = table(tables, "majority", "mean share")
        assert [line["right"] for line in bins if line["model"] == "base"] == ["50.0%", "50.0%"]
        assert len(table(tables, "of 24 harmful prompts")) == 3
        assert table(tables, "measured") == [{"set": "held-out", "problems": "8", "measured": "8"}]
    assert forms.html_tables == forms.markdown_tables
    assert forms.json["evaluation"]["scores"][0]["contestant"] == "base"
    assert forms.json["cost"]["by_purpose"]["eval"]["traces"] == 3 * 16 + 2 * 2 * 48
    assert "at most 8 problems of each set" in forms.markdown


def assert_places(forms: Forms) -> None:
    assert "<script" not in forms.html
    assert "<script" not in forms.markdown
    charts = [chart for chart in forms.charts if (chart[0].text or "").startswith("Calibration")]
    assert [chart[0].text for chart in charts] == ["Calibration of the base", "Calibration of the student"]
    styles = re.findall(r"\.([\w-]+)[^{}]*\{[^}]*fill: #", forms.html)
    assert {box.get("class") for chart in charts for box in chart.iter("rect")} == {"agreed", "right"} <= set(styles)
    ids = re.findall(r'\bid="([^"]+)"', forms.html)
    assert len(ids) == len(set(ids))


def test_a_measurement_of_an_earlier_student_or_version_says_so(measured: Project) -> None:
    config = measured()
    reports = config.parent / "ws/reports"
    estimate = {"value": 0.5, "low": 0.4, "high": 0.6}
    old = {
        "train_id": "student-1", "k": 2,
        "scores": [{
            "contestant": "base", "prompts": {"math": "math-cot"}, "problems": 3, "samples": 6, "pass_at_1": estimate,
            "pass_at_k": estimate, "format_rate": 1.0, "unjudged": 0, "mean_tokens": 8.0,
        }],
        "gains": [{"against": "base", "pass_at_1": estimate, "pass_at_k": estimate}],
    }  # fmt: skip
    (reports / "evaluation.json").write_text(json.dumps(old))
    train_again(config, "student-2")
    forms = page(config)
    for text in (forms.html, forms.markdown):
        assert "This was measured on student" in text
    for tables in (forms.html_tables, forms.markdown_tables):
        (score,) = table(tables, "pass@2")
        assert (score["model"], score["pass@1"], score["maj@2"]) == ("base", "50.0 [40.0, 60.0]", "")
    (reports / "evaluation.json").write_text("{}")
    with pytest.raises(WorkspaceError, match=r"evaluation\.json: cannot be read .*`tracestill evaluate`"):
        page(config)
