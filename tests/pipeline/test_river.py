"""From sampled traces to a data set and a report: verify, choose, write; again, and after kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
import yaml
from reading import rows
from teacher_server import TeacherServer, solve
from tracestill.pipeline.config_verify import Verify
from tracestill.pipeline.ledger import Ledger
from tracestill.pipeline.records import Review
from tracestill.pipeline.workspace import Workspace

Run = Callable[..., subprocess.CompletedProcess[str]]
Project = Callable[..., Path]


def result(done: subprocess.CompletedProcess[str], code: int = 0) -> dict[str, Any]:
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def mistaken_teacher(server: TeacherServer) -> None:
    """Right for the first sample of each sum, wrong for the second, cut for the third."""
    asked: dict[str, int] = {}

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        sum_asked = body["messages"][-1]["content"]
        asked[sum_asked] = asked.get(sum_asked, 0) + 1
        if asked[sum_asked] % 3 == 1:
            return solve(body)
        if asked[sum_asked] % 3 == 2:
            return {"content": "Let me guess. The answer is \\boxed{-1}."}
        return {"content": "<think>I go on and on"}

    server.answer = answer


def test_every_trace_is_accounted_for_from_sampling_to_the_report(
    teacher: TeacherServer, project: Project, tracestill: Run, tmp_path: Path
) -> None:
    config = project(teacher.url, problems=5, k=3)
    mistaken_teacher(teacher)
    done = result(tracestill("run", "-c", config, "--output", "json"))
    assert done["filter"]["outcomes"] == {"accepted": 5, "rejected": 10}
    assert done["curate"]["examples"] == 5
    assert done["export"]["rows"] == {"sft": 5, "generations": 5, "traces": 15}
    reasons = rows(config, "SELECT verifier, count(*) AS n FROM outcomes GROUP BY ALL ORDER BY ALL")
    assert reasons == [
        {"verifier": "math-answer", "n": 5},
        {"verifier": "truncation", "n": 5},
        {"verifier": None, "n": 5},
    ]
    markdown = (tmp_path / "ws" / "reports" / "report.md").read_text()
    assert "15 traces were sampled for 5 problems; 5 (33.3%) were accepted" in markdown
    assert "| all | 15 | 5 | 10 | 0 | 0 | 0 | 0 | 0 | 33.3% |" in markdown
    html = (tmp_path / "ws" / "reports" / "report.html").read_text()
    assert done["report"]["html"].endswith("report.html")
    assert "15 traces were sampled for 5 problems" in html


def test_traces_of_an_earlier_configuration_stay_and_are_told_apart(
    teacher: TeacherServer, project: Project, tracestill: Run, tmp_path: Path
) -> None:
    config = project(teacher.url, problems=2, k=2)
    tracestill("run", "-c", config)
    colder = ("--set", "teachers.0.sampling.temperature=0.1", "--set", "teachers.0.sampling.k=1")
    done = result(tracestill("run", "-c", config, *colder, "--output", "json"))
    assert done["generate"]["completions"] == 2
    assert done["curate"]["examples"] == 2
    markdown = (tmp_path / "ws" / "reports" / "report.md").read_text()
    assert "2 traces were sampled for 2 problems" in markdown
    assert "4 further traces (0.0000 USD) belong to earlier configurations" in markdown
    counted = rows(config, "SELECT described, count(*) AS n FROM outcomes GROUP BY ALL ORDER BY ALL", *colder)
    assert counted == [{"described": False, "n": 4}, {"described": True, "n": 2}]


def test_the_path_of_the_report_is_printed_last(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    done = tracestill("run", "-c", project(teacher.url, problems=1, k=1))
    assert done.returncode == 0
    assert Path(done.stdout.splitlines()[-1]).is_file()


def test_a_trace_that_is_hostile_html_stays_text_in_the_report(
    teacher: TeacherServer, project: Project, tracestill: Run, tmp_path: Path
) -> None:
    config = project(teacher.url, problems=1, k=1)
    teacher.answer = lambda body: {"content": "\\boxed{<script>alert(1)</script>|x}"}
    assert tracestill("run", "-c", config).returncode == 0
    reports = tmp_path / "ws" / "reports"
    assert "<script" not in (reports / "report.html").read_text()
    assert "<script" not in (reports / "report.md").read_text()


def test_a_second_run_does_nothing_again_and_writes_the_same_bytes(
    teacher: TeacherServer, project: Project, tracestill: Run, tmp_path: Path
) -> None:
    config = project(teacher.url, problems=4, k=2)
    tracestill("run", "-c", config)
    exported = sorted((tmp_path / "ws" / "exports").rglob("*.*"))
    before = [path.read_bytes() for path in exported]
    again = result(tracestill("run", "-c", config, "--output", "json"))
    assert again["generate"]["completions"] == 0
    assert again["filter"]["traces"] == 0
    assert [path.read_bytes() for path in exported] == before
    assert len(rows(config, "SELECT * FROM events WHERE kind = 'curated'")) == 1


def test_the_export_loads_and_holds_conversations(
    teacher: TeacherServer, project: Project, tracestill: Run, tmp_path: Path
) -> None:
    config = project(teacher.url, problems=2, k=2)
    teacher.answer = lambda body: {"reasoning": "I add them.", "content": solve(body)["content"]}
    tracestill("run", "-c", config)
    sft = pq.read_table(tmp_path / "ws" / "exports" / "sft" / "train-00000-of-00001.parquet").to_pylist()
    assert [row["problem_id"] for row in sft] == ["p0", "p1"]
    roles = [turn["role"] for turn in sft[0]["messages"]]
    assert roles == ["system", "user", "assistant"]
    assert sft[0]["messages"][1]["content"] == "What is 0 + 0?"
    assert sft[0]["messages"][2]["content"].startswith("<think>\nI add them.\n</think>\n\n0 + 0 = 0")
    generations = pq.read_table(tmp_path / "ws" / "exports" / "generations" / "train-00000-of-00001.parquet")
    (first, second) = generations.to_pylist()
    assert (len(first["generations"]), first["correctness_count"], second["correctness"]) == (2, 2, [True, True])
    card = (tmp_path / "ws" / "exports" / "README.md").read_text()
    front = yaml.safe_load(card.split("---")[1])
    assert [one["config_name"] for one in front["configs"]] == ["sft", "generations", "traces"]
    traces = pq.ParquetFile(tmp_path / "ws" / "exports" / "traces" / "train-00000-of-00001.parquet").schema_arrow
    assert not {"run_id", "created_at", "latency_s"} & set(traces.names)


def test_the_corpus_can_be_opened_by_anyone_and_while_it_is_replaced(
    teacher: TeacherServer, project: Project, tracestill: Run, tmp_path: Path
) -> None:
    config = project(teacher.url, problems=3, k=1)
    tracestill("run", "-c", config)
    with duckdb.connect(str(tmp_path / "ws" / "corpus.duckdb"), read_only=True) as notebook:
        assert notebook.execute("SELECT count(*) FROM examples").fetchone() == (3,)
        assert tracestill("run", "-c", config, "--set", "select.prefer=longest").returncode == 0
        assert notebook.execute("SELECT count(*) FROM outcomes WHERE outcome = 'accepted'").fetchone() == (3,)


def test_a_changed_setting_or_a_mended_answer_verifies_only_that_again(
    teacher: TeacherServer, project: Project, tracestill: Run, tmp_path: Path
) -> None:
    config = project(teacher.url, problems=3, k=1)
    tracestill("generate", "-c", config)
    tracestill("filter", "-c", config)
    shorter = ("--set", "verify.math={format: {}, length: {max_characters: 10}, repetition: {}, math-answer: {}}")
    changed = result(tracestill("filter", "-c", config, *shorter, "--output", "json"))
    assert changed["verdicts"] == {"length": {"fail": 3}}
    assert changed["outcomes"] == {"rejected": 3}
    back = result(tracestill("filter", "-c", config, "--output", "json"))
    assert (back["traces"], back["outcomes"]) == (0, {"accepted": 3})
    problems = tmp_path / "problems.jsonl"
    problems.write_text(problems.read_text().replace('"answer": "2"', '"answer": "5"'))
    tracestill("generate", "-c", config)
    mended = result(tracestill("filter", "-c", config, "--output", "json"))
    assert mended["verdicts"] == {"math-answer": {"fail": 1}}
    assert mended["outcomes"] == {"accepted": 2, "rejected": 1}
    assert len(teacher.seen) == 3


def test_an_unreadable_reference_is_undecided_and_never_accepted(
    teacher: TeacherServer, project: Project, tracestill: Run, tmp_path: Path
) -> None:
    config = project(teacher.url, problems=1, k=1)
    (tmp_path / "problems.jsonl").write_text('{"id": "p", "prompt": "What is 1 + 1?"}\n')
    tracestill("generate", "-c", config)
    assert result(tracestill("filter", "-c", config, "--output", "json"))["outcomes"] == {"undecided": 1}


def test_an_open_question_is_not_accepted_without_a_proof(
    teacher: TeacherServer, project: Project, tracestill: Run, tmp_path: Path
) -> None:
    config = project(teacher.url, problems=1, k=1)
    data = yaml.safe_load(config.read_text())
    data["teachers"][0]["prompts"] = {"open": "open-cot"}
    config.write_text(yaml.safe_dump(data))
    (tmp_path / "problems.jsonl").write_text('{"id": "p", "domain": "open", "prompt": "Why 1 + 1?", "rubric": "r"}\n')
    teacher.answer = lambda body: {"content": "Because counting one more after one gives two. " * 3}
    tracestill("generate", "-c", config)
    assert result(tracestill("filter", "-c", config, "--output", "json"))["outcomes"] == {"undecided": 1}
    assert (
        "no verifier that proves correctness" in tracestill("query", "SELECT reason FROM outcomes", "-c", config).stdout
    )


def test_a_persons_review_outranks_the_verifiers(
    teacher: TeacherServer, project: Project, tracestill: Run, tmp_path: Path
) -> None:
    config = project(teacher.url, problems=1, k=1)
    tracestill("generate", "-c", config)
    tracestill("filter", "-c", config)
    (trace,) = rows(config, "SELECT trace_id, outcome FROM outcomes")
    assert trace["outcome"] == "accepted"
    for number, verdict in enumerate(("reject", "defer", "accept", "reject")):
        with Ledger(Workspace.open(tmp_path / "ws")) as ledger:
            review = Review(
                review_id=str(number),
                trace_id=trace["trace_id"],
                reviewer="ann",
                verdict=verdict,
                note="",
                created_at=f"2026-01-0{number + 1}T00:00:00",
            )
            ledger.append("reviews", review)
    (after,) = rows(config, "SELECT outcome, reason FROM outcomes")
    assert after == {"outcome": "rejected", "reason": "review by ann"}


def test_show_prints_a_trace_with_its_verdicts(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    config = project(teacher.url, problems=1, k=1)
    teacher.answer = lambda body: {"content": solve(body)["content"] + "\x1b[31mred"}
    tracestill("generate", "-c", config)
    tracestill("filter", "-c", config)
    (trace,) = rows(config, "SELECT trace_id FROM traces")
    shown = tracestill("show", trace["trace_id"][:10], "-c", config)
    assert shown.returncode == 0
    assert "math-answer 2: pass" in shown.stdout
    assert "What is 0 + 0?" in shown.stdout
    assert "\x1b" not in shown.stdout, "a trace must not drive the terminal"
    assert tracestill("show", "nonsense", "-c", config).returncode == 2
    as_json = result(tracestill("show", trace["trace_id"], "-c", config, "--output", "json"))
    assert {verdict["verifier"] for verdict in as_json["verdicts"]} == set(Verify().math)


OPENTHOUGHTS = (
    "<|begin_of_thought|>\ntwo and two\n<|end_of_thought|>\n\n<|begin_of_solution|>\n\\boxed{4}\n<|end_of_solution|>"
)
SHAPES = {
    "openr1.jsonl": {
        "problem": "What is 2 + 2?", "answer": "4", "uuid": "u1", "source": "elsewhere",
        "generations": ["<think>\ntwo and two\n</think>\n\n\\boxed{4}", "<think>\nhm\n</think>\n\n\\boxed{5}"],
        "finish_reasons": ["stop", "stop"],
    },
    "sharegpt.jsonl": {
        "conversations": [
            {"from": "human", "value": "What is 2 + 2?"},
            {"from": "gpt", "value": OPENTHOUGHTS},
        ],
        "answer": "4",
    },
}  # fmt: skip


@pytest.mark.parametrize(("name", "accepted", "rejected"), [("openr1.jsonl", 1, 1), ("sharegpt.jsonl", 1, 0)])
def test_traces_of_others_are_taken_in_once_and_verified(
    teacher: TeacherServer, project: Project, tracestill: Run, tmp_path: Path, name: str, accepted: int, rejected: int
) -> None:
    config = project(teacher.url)
    (tmp_path / name).write_text(json.dumps(SHAPES[name]) + "\n")
    assert result(tracestill("import", name, "-c", config, "--output", "json"))["traces"] == accepted + rejected
    assert result(tracestill("import", name, "-c", config, "--output", "json"))["known"] == accepted + rejected
    outcomes = result(tracestill("filter", "-c", config, "--output", "json"))["outcomes"]
    assert (outcomes.get("accepted", 0), outcomes.get("rejected", 0)) == (accepted, rejected)
    (first, *_) = rows(config, "SELECT reasoning, reasoning_source FROM traces ORDER BY sample_index")
    assert (first["reasoning"].strip(), first["reasoning_source"]) == ("two and two", "inline")
    assert result(tracestill("curate", "-c", config, "--output", "json"))["examples"] == 1
    assert teacher.seen == []


def test_our_own_export_comes_back(teacher: TeacherServer, project: Project, tracestill: Run, tmp_path: Path) -> None:
    config = project(teacher.url, problems=3, k=2)
    tracestill("run", "-c", config)
    exported = tmp_path / "ws" / "exports" / "traces" / "train-00000-of-00001.parquet"
    assert result(tracestill("import", exported, "-c", config, "--output", "json"))["known"] == 6
    other = ("--set", "workspace=other")
    assert result(tracestill("import", exported, "-c", config, *other, "--output", "json"))["traces"] == 6
    assert result(tracestill("filter", "-c", config, *other, "--output", "json"))["outcomes"] == {"accepted": 6}


def test_a_number_as_an_id_is_taken_and_a_wrong_type_is_refused_before_it_is_kept(
    project: Project, tracestill: Run, tmp_path: Path
) -> None:
    config = project()
    (tmp_path / "s.jsonl").write_text(json.dumps(SHAPES["sharegpt.jsonl"] | {"id": 17}) + "\n")
    assert result(tracestill("import", "s.jsonl", "-c", config, "--output", "json"))["traces"] == 1
    (tmp_path / "o.jsonl").write_text(json.dumps(SHAPES["openr1.jsonl"] | {"finish_reasons": [["a"], 3]}) + "\n")
    done = tracestill("import", "o.jsonl", "-c", config)
    assert done.returncode == 2
    assert "finish_reason" in done.stderr
    assert rows(config, "SELECT problem_id FROM traces") == [{"problem_id": "17"}]


def test_a_file_of_no_known_shape_is_named(project: Project, tracestill: Run, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"text": "hello"}\n')
    done = tracestill("import", "x.jsonl", "-c", project())
    assert done.returncode == 2
    assert "x.jsonl:1: holds none of the columns" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_filter_goes_on_after_it_was_stopped(
    teacher: TeacherServer, project: Project, tracestill: Run, tmp_path: Path, number: int
) -> None:
    config = project(teacher.url, problems=600, k=4, verify={"workers": 2})
    data = yaml.safe_load(config.read_text())
    data["teachers"][0]["limits"] = {"concurrency": 32}
    config.write_text(yaml.safe_dump(data))
    assert tracestill("generate", "-c", config).returncode == 0
    run = subprocess.Popen(
        [sys.executable, "-m", "tracestill", "filter", "-c", str(config)], stderr=subprocess.PIPE, text=True
    )
    journals = tmp_path / "ws" / "journal"
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size > 0 for path in journals.glob("verdicts-*")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    run.send_signal(number)
    run.communicate(timeout=60)
    assert run.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
    half = rows(config, "SELECT count(*) AS n FROM verdicts")[0]["n"]
    steps = len(Verify().math)
    assert 0 < half < 2400 * steps
    assert result(tracestill("filter", "-c", config, "--output", "json"))["outcomes"] == {"accepted": 2400}
    assert rows(config, "SELECT count(*) AS n, count(DISTINCT verdict_id) AS ids FROM verdicts") == [
        {"n": 2400 * steps, "ids": 2400 * steps}
    ]
    assert not _children_left(run.pid), "a worker outlived its run"


def _children_left(parent: int) -> list[str]:
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environment = (entry / "cmdline").read_bytes().decode(errors="replace")
                if os.getpgid(int(entry.name)) == parent and int(entry.name) != parent:
                    found.append(environment)
            except OSError:
                continue
    return found
