"""What people say of traces: beside a run, several at once, through kills, and what follows from it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from reading import rows
from teacher_server import TeacherServer, solve, status
from tracestill.pipeline import reviewing
from tracestill.pipeline.commands.inspection import show
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.commands.review import review
from tracestill.pipeline.errors import ConfigError
from tracestill.pipeline.reviewing import MAX_NOTE, Reviewer, reviewer_name
from tracestill.pipeline.stages.curate import curate
from tracestill.pipeline.stages.filter import filter_traces
from tracestill.pipeline.stages.generate import generate
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop
from tracestill.pipeline.workspace import Workspace

Run = Callable[..., subprocess.CompletedProcess[str]]
Project = Callable[..., Path]


def verified(config: Path) -> dict[str, dict[str, Any]]:
    """Samples and verifies; gives what became of each problem's only trace."""
    with start(open_plan(config, ()), Stop()) as job:
        generate(job)
        filter_traces(job)
    return standing(config)


def standing(config: Path) -> dict[str, dict[str, Any]]:
    found = rows(config, "SELECT problem_id, trace_id, outcome, reason, verifier FROM outcomes ORDER BY problem_id")
    return {row.pop("problem_id"): row for row in found}


def curated(config: Path) -> list[str]:
    with start(open_plan(config, ()), Stop()) as job:
        curate(job)
    return [row["problem_id"] for row in rows(config, "SELECT problem_id FROM curated ORDER BY ALL")]


def half_wrong(body: dict[str, Any]) -> dict[str, Any]:
    """Wrong for the sum of two ones."""
    return {"content": "I guess that it is \\boxed{7}."} if "1 + 1" in str(body["messages"][-1]) else solve(body)


def test_a_person_turns_what_the_verifiers_said_and_the_corpus_follows(
    teacher: TeacherServer, project: Project, tracestill: Run
) -> None:
    config = project(teacher.url, problems=3, k=1)
    teacher.answer = half_wrong
    before = verified(config)
    assert [row["outcome"] for row in before.values()] == ["accepted", "rejected", "accepted"]
    assert curated(config) == ["p0", "p2"]
    taken = tracestill("review", before["p1"]["trace_id"][:12], "accept", "--by", " Ann ", "-c", config)
    assert taken.returncode == 0, taken.stderr
    assert taken.stdout == (
        f"{before['p1']['trace_id']}: accept by Ann is on record; the trace is accepted: review by Ann\n"
    )
    refused = tracestill("review", before["p2"]["trace_id"], "reject", "--by", "Bo", "--note", "lucky", "-c", config,
                         "--output", "json")  # fmt: skip
    said = json.loads(refused.stdout.splitlines()[-1])
    assert (said.pop("review_id"), said) == (
        rows(config, "SELECT review_id FROM reviews WHERE reviewer = 'Bo'")[0]["review_id"],
        {"trace_id": before["p2"]["trace_id"], "reviewer": "Bo", "verdict": "reject", "note": "lucky",
         "outcome": "rejected", "reason": "review by Bo"},
    )  # fmt: skip
    after = standing(config)
    assert {name: (row["outcome"], row["reason"], row["verifier"]) for name, row in after.items()} == {
        "p0": ("accepted", "every required verifier passed", None),
        "p1": ("accepted", "review by Ann", "review"),
        "p2": ("rejected", "review by Bo", "review"),
    }
    assert curated(config) == ["p0", "p1"]


def test_the_last_word_counts_and_to_defer_is_none(teacher: TeacherServer, project: Project) -> None:
    config = project(teacher.url, problems=1, k=1)
    trace = verified(config)["p0"]["trace_id"]
    for verdict, outcome, reason in [
        ("defer", "accepted", "every required verifier passed"),
        ("reject", "rejected", "review by ann"),
        ("defer", "rejected", "review by ann"),
        ("accept", "accepted", "review by ann"),
    ]:
        review(trace, verdict, "ann", "", config, (), "text")  # type: ignore[arg-type]
        after = standing(config)["p0"]
        assert (after["outcome"], after["reason"]) == (outcome, reason)


def test_a_clock_that_is_set_back_makes_no_earlier_word_the_last(
    teacher: TeacherServer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = project(teacher.url, problems=1, k=1)
    trace = verified(config)["p0"]["trace_id"]
    for clock, reviewer in [("2030-01-01T00:00:00.000000", "ann"), ("2026-01-01T00:00:00.000000", "bo")]:
        monkeypatch.setattr(reviewing, "utc_now", lambda clock=clock: clock)
        review(trace, "reject" if reviewer == "bo" else "accept", reviewer, "", config, (), "text")
    assert standing(config)["p0"]["reason"] == "review by bo"
    dated = rows(config, "SELECT reviewer, created_at::VARCHAR AS at FROM reviews ORDER BY created_at")
    assert dated == [
        {"reviewer": "ann", "at": "2030-01-01 00:00:00"},
        {"reviewer": "bo", "at": "2030-01-01 00:00:00.000001"},
    ]


def test_a_review_is_written_while_a_run_holds_the_workspace(
    teacher: TeacherServer, project: Project, tracestill: Run
) -> None:
    config = project(teacher.url, problems=600, k=2)
    teacher.delay = 0.2
    run = subprocess.Popen(
        [sys.executable, "-m", "tracestill", "generate", "-c", str(config)], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while len(teacher.seen) < 12:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    workspace = Workspace.open(config.parent / "ws")
    trace = rows(config, "SELECT trace_id FROM traces WHERE error IS NULL LIMIT 1")[0]["trace_id"]
    done = tracestill("review", trace, "reject", "--by", "ann", "-c", config)
    assert done.returncode == 0, done.stderr
    assert workspace.held()
    assert run.poll() is None
    assert rows(config, "SELECT outcome FROM outcomes WHERE reason = 'review by ann'") == [{"outcome": "rejected"}]
    run.send_signal(signal.SIGTERM)
    _, errors = run.communicate(timeout=120)
    assert run.returncode == 130, errors
    assert rows(config, "SELECT trace_id, verdict FROM reviews") == [{"trace_id": trace, "verdict": "reject"}]
    assert len(list((workspace.segments / "reviews").glob("2*.parquet"))) == 1


def test_reviewers_at_once_lose_nothing(teacher: TeacherServer, project: Project) -> None:
    config = project(teacher.url, problems=2, k=1)
    traces = [row["trace_id"] for row in verified(config).values()]
    crowd = {
        f"person {number}": subprocess.Popen(
            [sys.executable, "-m", "tracestill", "review", traces[number % 2], verdict, "--by", f"person {number}",
             "-c", str(config)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for number, verdict in enumerate(("accept", "reject", "reject", "accept"))
    }  # fmt: skip
    for one in crowd.values():
        _, errors = one.communicate(timeout=120)
        assert one.returncode == 0, errors
    found = rows(config, "SELECT reviewer, trace_id, verdict FROM reviews ORDER BY reviewer")
    assert [tuple(row.values()) for row in found] == [
        (name, traces[number % 2], verdict)
        for number, (name, verdict) in enumerate(zip(crowd, ("accept", "reject", "reject", "accept"), strict=True))
    ]
    last = rows(config, "SELECT trace_id, arg_max(verdict, created_at) AS verdict FROM reviews GROUP BY ALL")
    assert {row["trace_id"]: row["verdict"] for row in last} == {
        row["trace_id"]: {"accepted": "accept", "rejected": "reject"}[row["outcome"]]
        for row in rows(config, "SELECT trace_id, outcome FROM outcomes")
    }


PERSISTENT = """
    import itertools, sys
    from pathlib import Path
    from tracestill.pipeline.commands.opening import open_plan
    from tracestill.pipeline.reviewing import Reviewer
    from tracestill.pipeline.workspace import Workspace
    plan = open_plan(Path(sys.argv[1]), ())
    with Reviewer(Workspace.open(plan.workspace_path), plan.view(), "ann") as ann:
        for number in itertools.count():
            said = ann.review(sys.argv[2], "reject" if number % 2 else "accept", f"note {number}")
            print(said.review_id, flush=True)
"""


def test_a_reviewer_that_is_killed_loses_nothing_that_was_acknowledged(
    teacher: TeacherServer, project: Project
) -> None:
    config = project(teacher.url, problems=1, k=1)
    trace = verified(config)["p0"]["trace_id"]
    person = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PERSISTENT), str(config), trace], stdout=subprocess.PIPE, text=True
    )
    assert person.stdout is not None
    acknowledged = [person.stdout.readline().strip() for _ in range(4)]
    person.send_signal(signal.SIGKILL)
    acknowledged += person.stdout.read().split()
    person.wait()
    person.stdout.close()
    sql = "SELECT review_id, verdict FROM reviews ORDER BY created_at"
    left = rows(config, sql)
    assert [row["review_id"] for row in left][: len(acknowledged)] == acknowledged
    assert len(left) <= len(acknowledged) + 1
    with start(open_plan(config, ()), Stop()):
        pass
    assert rows(config, sql) == left, "the next run seals what the dead reviewer left"
    assert len(list((config.parent / "ws/ledger/reviews").glob("2*.parquet"))) == 1
    expected = {"accept": "accepted", "reject": "rejected"}[left[-1]["verdict"]]
    assert standing(config)["p0"]["outcome"] == expected


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "name the person"),
        ("  ", "name the person"),
        ("a\nb", "characters that show"),
        ("\x1b[31mann", "characters that show"),
        ("an\u202en", "characters that show"),
        ("a" * 101, "at most 100 characters"),
    ],
)
def test_a_name_that_cannot_be_shown_is_refused(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as refused:
        reviewer_name(name)
    assert str(refused.value).isprintable()


def test_a_name_is_composed_so_that_one_person_is_one(project: Project) -> None:
    assert reviewer_name(" Zoe\u0308 Müller ") == "Zoë Müller"


def test_only_a_completion_that_is_named_surely_can_be_reviewed(
    teacher: TeacherServer, project: Project, tracestill: Run
) -> None:
    config = project(teacher.url, problems=9, k=2, max_failed_share=1.0)  # more traces than there are digits
    teacher.faults = [status(400, "no")]
    verified(config)
    failed = rows(config, "SELECT trace_id FROM traces WHERE error IS NOT NULL")[0]["trace_id"]
    good = rows(config, "SELECT trace_id FROM traces WHERE error IS NULL LIMIT 1")[0]["trace_id"]
    firsts = "SELECT left(trace_id, 1) AS digit FROM traces GROUP BY digit HAVING count(*) > 1 LIMIT 1"
    common = rows(config, firsts)[0]["digit"]
    for trace_id, note, message in [
        ("f" * 40, "", "no trace has an id that begins so"),
        ("", "", "no trace has an id that begins so"),
        (common, "", "several traces have an id that begins so"),
        (failed, "", "a sample that failed"),
        (good, "x" * (MAX_NOTE + 1), f"say it in {MAX_NOTE}"),
    ]:
        with pytest.raises(ConfigError, match=message):
            review(trace_id, "accept", "ann", note, config, (), "text")
    done = tracestill("review", good, "perhaps", "--by", "ann", "-c", config)
    assert done.returncode == 2
    assert tracestill("review", good, "accept", "-c", config).returncode == 2, "who says so?"
    assert rows(config, "SELECT * FROM reviews") == []


def test_a_workspace_that_is_not_there_is_named(project: Project, tracestill: Run) -> None:
    done = tracestill("review", "abc", "accept", "--by", "ann", "-c", project())
    assert done.returncode == 2
    assert "no workspace here yet" in done.stderr


def test_a_hostile_note_is_kept_to_the_letter_and_drives_no_terminal(
    teacher: TeacherServer, project: Project, tracestill: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    config = project(teacher.url, problems=1, k=1)
    trace = verified(config)["p0"]["trace_id"]
    note = "\x1b]0;owned\x07 \x9b31m \u202egnp.exe \r\n-- verdicts --\n漢 '); DROP TABLE reviews; --"
    review(trace, "reject", "ann", note + "\ud83d", config, (), "json")
    said = capsys.readouterr().out
    show(trace, config, (), "text")
    shown = capsys.readouterr().out
    show(trace, config, (), "json")
    as_json = capsys.readouterr().out
    for printed in (said, shown, as_json):
        assert all(char == "\n" or char.isprintable() for char in printed)
    assert json.loads(said)["note"] == json.loads(as_json)["reviews"][0]["note"] == note + "�"
    assert "UTC, ann: reject, �]0;owned�" in shown
    assert "\n    -- verdicts --\n" in shown, "a line of a note cannot pose as one of ours"
    assert rows(config, "SELECT note FROM reviews") == [{"note": note + "�"}]


def test_bytes_of_the_command_line_that_are_no_text_are_mended(
    teacher: TeacherServer, project: Project, tmp_path: Path
) -> None:
    config = project(teacher.url, problems=1, k=1)
    trace = verified(config)["p0"]["trace_id"]
    command = [sys.executable, "-m", "tracestill", "review", trace, "accept", "--by", "ann", "-c", str(config)]
    done = subprocess.run([*map(os.fsencode, command), b"--note", b"half \xff"], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert rows(config, "SELECT note FROM reviews") == [{"note": "half �"}]


def test_reviews_of_an_older_ledger_are_read(teacher: TeacherServer, project: Project) -> None:
    config = project(teacher.url, problems=1, k=1)
    trace = verified(config)["p0"]["trace_id"]
    old = {"review_id": "old", "trace_id": trace, "reviewer": "ann", "verdict": "reject", "note": "",
           "created_at": "2026-01-01T00:00:00.000000"}  # fmt: skip
    (config.parent / "ws/journal/reviews-1.jsonl").write_bytes(msgspec.json.encode(old) + b"\n")
    assert standing(config)["p0"]["reason"] == "review by ann"
    plan = open_plan(config, ())
    with Reviewer(Workspace.open(plan.workspace_path), plan.view(), "bo") as bo:
        bo.review(trace, "accept")
    found = rows(config, "SELECT reviewer, draw_id FROM reviews ORDER BY created_at")
    assert found == [{"reviewer": "ann", "draw_id": None}, {"reviewer": "bo", "draw_id": None}]
