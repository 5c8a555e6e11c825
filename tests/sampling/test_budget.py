"""The budget is hard: reserved in the journal before a request, settled after, and a kill forgets nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from reading import rows
from teacher_server import TeacherServer, raw, reset, status
from tracestill.pipeline.errors import BudgetReached

Run = Callable[..., subprocess.CompletedProcess[str]]
Sample = Callable[..., dict[str, Any]]
Project = Callable[..., Path]
Edit = Callable[..., None]

DEAR = {"input_per_mtok": 0.0, "output_per_mtok": 1000.0}
"""A sample costs 0.02 US dollars (20 tokens) and 0.064 at the worst (64)."""


def spent(config: Path) -> float:
    sql = (Path(__file__).parents[2] / "pipeline/queries/spent.sql").read_text()
    return rows(config, sql)[0]["usd"]


def test_every_request_is_reserved_before_and_settled_after(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=3, k=2, budget={"max_usd": 5})
    edit(config, price=DEAR)
    at_request: list[int] = []

    async def look(request: Any, body: dict[str, Any]) -> None:
        at_request.append(rows(config, "SELECT count(*) AS n FROM events WHERE kind = 'reserved'")[0]["n"])

    teacher.faults = [look] * 6
    sample(config)
    assert all(count > place for place, count in enumerate(sorted(at_request))), "on record before it was sent"
    found = rows(
        config,
        """SELECT kind, count(*) AS n, round(sum(CAST(details ->> '$.usd' AS DOUBLE)), 6) AS usd FROM events
        WHERE kind IN ('reserved', 'settled') GROUP BY kind ORDER BY kind""",
    )
    assert found == [{"kind": "reserved", "n": 6, "usd": 0.384}, {"kind": "settled", "n": 6, "usd": 0.12}]
    assert spent(config) == pytest.approx(0.12)


def test_a_killed_run_counts_what_it_had_reserved(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=10, k=1, budget={"max_usd_total": 0.4})
    edit(config, price=DEAR)
    teacher.delay = 30
    run = subprocess.Popen(
        [sys.executable, "-m", "tracestill", "generate", "-c", str(config)], stderr=subprocess.DEVNULL, env=os.environ
    )
    end = time.monotonic() + 60
    while len(teacher.seen) < 4 and time.monotonic() < end:
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    teacher.delay = 0
    assert spent(config) == pytest.approx(4 * 0.064), "four were in flight: all of it may have been billed"
    with pytest.raises(BudgetReached):
        sample(config)
    assert spent(config) <= 0.4
    bought = rows(config, "SELECT count(*) AS n FROM traces")[0]["n"]
    assert bought == 5, "0.144 dollars were left, and each request needs 0.064 of them until it is settled"


@pytest.mark.parametrize(
    ("fault", "counts"),
    [
        (status(429, "slow down", retry_after="0.01"), False),
        (status(500, "oops"), False),
        (reset, True),
        (raw(b'{"choices": [{"message": {"content": "The ans'), True),
    ],
    ids=["refused", "server error", "reset", "cut"],
)
def test_a_failed_attempt_counts_if_it_may_have_been_billed(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample, fault: Any, counts: bool
) -> None:
    config = project(teacher.url, problems=1, k=1, budget={"max_usd": 1})
    edit(config, price=DEAR)
    teacher.faults = [fault]
    assert sample(config)["completions"] == 1
    assert spent(config) == pytest.approx(0.02 + (0.064 if counts else 0))


def test_the_budget_of_the_workspace_holds_over_runs_with_and_without_one(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=8, k=1)
    edit(config, price=DEAR)
    sample(config, limit=2)
    assert spent(config) == pytest.approx(0.04)
    with pytest.raises(BudgetReached, match="max_usd_total"):
        sample(config, "budget.max_usd_total=0.12")
    assert spent(config) == pytest.approx(0.06), "0.08 were left: enough to risk one request, not a second"
    sample(config, "budget.max_usd_total=1")
    assert spent(config) == pytest.approx(0.16)


def test_a_group_is_paid_for_once(teacher: TeacherServer, project: Project, edit: Edit, sample: Sample) -> None:
    config = project(teacher.url, problems=2, k=3, budget={"max_usd": 5})
    edit(
        config, price={"input_per_mtok": 1000.0, "output_per_mtok": 1000.0}, sampling={"k": 3, "n": 3, "max_tokens": 64}
    )
    sample(config)
    assert spent(config) == pytest.approx(2 * (40 + 3 * 20) / 1000)
    assert rows(config, "SELECT sum(cost_usd) AS usd FROM traces")[0]["usd"] == pytest.approx(0.2)


def test_a_choice_that_is_no_good_counts_too(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample
) -> None:
    config = project(teacher.url, problems=1, k=2, budget={"max_usd": 5})
    edit(config, price=DEAR, sampling={"k": 2, "n": 2, "max_tokens": 64})
    choices = [
        {"message": {"content": "So \\boxed{0}."}, "finish_reason": "stop"},
        {"message": {"content": None}, "finish_reason": "stop"},
    ]
    usage = {"prompt_tokens": 40, "completion_tokens": 60}
    teacher.faults = [raw(json.dumps({"choices": choices, "usage": usage}).encode())]
    assert sample(config)["completions"] == 2
    assert spent(config) == pytest.approx(2 * 0.064 + 0.02), "the whole request at its worst, then one by itself"


def test_an_unknown_price_is_asked_for(project: Project, edit: Edit, tracestill: Run) -> None:
    config = project("https://api.deepseek.com/v1", budget={"max_usd": 1})
    edit(config, model="deepseek-reasoner-of-2031", self_hosted=False, api_key_env="ABSENT_KEY")
    done = tracestill("generate", "-c", config)
    assert done.returncode == 2
    assert "the price of deepseek-reasoner-of-2031 is not known" in done.stderr


def test_the_plan_gives_a_range_and_its_sources(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample, tracestill: Run
) -> None:
    config = project(teacher.url, problems=10, k=4)
    edit(config, price=DEAR | {"as_of": "2026-11-01"})

    def need() -> dict[str, Any]:
        done = tracestill("plan", "-c", config, "--output", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])["needs"][0]

    first = need()
    assert (first["wanted"], first["missing"]) == (40, 40)
    assert first["samples"] == {"low": 40, "expected": 40, "high": 40}
    assert first["tokens"] == {"low": 0, "expected": 40 * 64, "high": 40 * 64}
    assert "nothing measured yet" in first["basis"]
    assert first["price"] == "configured, as of 2026-11-01"
    sample(config, limit=3)
    second = need()
    assert second["missing"] == 28
    assert second["tokens"] == {"low": 560, "expected": 560, "high": 560}
    assert second["usd"]["expected"] == pytest.approx(0.56)
    assert second["basis"] == "measured on 12 traces of this teacher here"
    assert len(teacher.seen) == 12, "a plan makes no call"


def test_the_plan_reckons_with_adaptive_k(
    teacher: TeacherServer, project: Project, edit: Edit, sample: Sample, tracestill: Run
) -> None:
    config = project(teacher.url, problems=5, verify={"workers": 1, "math": {"math-answer": {}}})
    edit(config, sampling={"k": 8, "stop_after": 2, "max_tokens": 64})
    done = tracestill("plan", "-c", config, "--output", "json")
    need = json.loads(done.stdout.splitlines()[-1])["needs"][0]
    assert need["samples"] == {"low": 10, "expected": 40, "high": 40}


def test_a_published_price_names_its_table() -> None:
    from tracestill.pipeline.config_teacher import Teacher
    from tracestill.pipeline.sampling.prices import quote

    found = quote(Teacher(id="a", provider="anthropic-messages", model="claude-sonnet-4-5"))
    assert found.price is not None
    assert found.price.output_per_mtok > found.price.input_per_mtok > 0
    assert re.match(r"genai-prices [\d.]+, published price of Anthropic, table last changed 20\d\d-", found.source)
    unknown = quote(Teacher(id="a", provider="openai-chat", base_url="https://models.example.com/v1", model="m"))
    assert unknown.price is None
    assert "input_per_mtok" in unknown.source
