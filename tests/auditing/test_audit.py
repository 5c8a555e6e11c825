"""An audit from the draw to the figures: blind, repeatable, extensible, and right about errors that were planted."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from conftest import write_project
from reading import rows
from teacher_server import TeacherServer
from tracestill.pipeline.auditing.drawing import draw
from tracestill.pipeline.auditing.estimates import wilson
from tracestill.pipeline.auditing.findings import Audit, Figures
from tracestill.pipeline.auditing.findings import audit as hold_against
from tracestill.pipeline.auditing.labels import Taken, take_in
from tracestill.pipeline.auditing.sheet import sheet_of
from tracestill.pipeline.commands.audit import audit
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.commands.review import review
from tracestill.pipeline.errors import ConfigError
from tracestill.pipeline.stages.curate import curate
from tracestill.pipeline.stages.filter import filter_traces
from tracestill.pipeline.stages.generate import generate
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop
from tracestill.pipeline.workspace import Workspace

Run = Callable[..., subprocess.CompletedProcess[str]]
PROBLEMS = 240
SEVERAL = 2
"""Samples of each problem."""


def number_in(text: str) -> int:
    found = re.search(r"What is (\d+) \+", text)
    assert found is not None
    return int(found[1])


def reference_is_wrong(number: int) -> bool:
    return number % 6 == 0


def mixed(body: dict[str, Any]) -> dict[str, Any]:
    """Right answers; wrong ones; right ones for a wrong reason; answers that break off."""
    number = number_in(body["messages"][-1]["content"])
    if number % 4 == 1:
        return {"content": f"I count up to it, one after the other.\nIt is \\boxed{{{2 * number + 3}}}."}
    if number % 7 == 3:
        return {"content": f"I subtract and by luck I see it.\nIt is \\boxed{{{2 * number}}}."}
    if number % 20 == 7:
        return {"content": f"I add them.\nIt is \\boxed{{{2 * number}}}, and that is so because"}
    return {"content": f"I add them.\nIt is \\boxed{{{2 * number}}}."}


def person(line: dict[str, Any]) -> str:
    """Somebody who is never wrong."""
    right = f"\\boxed{{{2 * number_in(line['problem'])}}}" in line["response"]
    return "correct" if right and line["response"].endswith(".") and "luck" not in line["response"] else "incorrect"


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of verified traces; every test copies it."""
    folder = tmp_path_factory.mktemp("verified")
    with TeacherServer() as server:
        server.answer = mixed
        config = write_project(folder, server.url, PROBLEMS, SEVERAL)
        data = yaml.safe_load(config.read_text())
        data["teachers"][0]["limits"] = {"concurrency": 32}
        config.write_text(yaml.safe_dump(data))
        write_problems(folder, PROBLEMS)
        sample_and_verify(config)
    return folder


def write_problems(folder: Path, count: int) -> None:
    lines = [
        {"id": f"p{n}", "domain": "math", "prompt": f"What is {n} + {n}?", "answer": 2 * n + reference_is_wrong(n)}
        for n in range(count)
    ]
    (folder / "problems.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def sample_and_verify(config: Path, *sets: str) -> None:
    with start(open_plan(config, sets), Stop()) as job:
        generate(job)
        filter_traces(job)


@pytest.fixture
def config(verified: Path, tmp_path: Path) -> Path:
    shutil.copytree(verified, tmp_path / "mine")
    return tmp_path / "mine/tracestill.yaml"


def opened(config: Path, *sets: str) -> tuple[Workspace, Any]:
    plan = open_plan(config, sets)
    return Workspace.open(plan.workspace_path), plan.view()


def drawn(config: Path, wanted: int, seed: int = 0) -> list[dict[str, Any]]:
    """The lines of a new sheet; none where everything is labelled."""
    workspace, view = opened(config)
    result = draw(workspace, view, wanted, seed)
    lines = read_lines(sheet_of(workspace)) if result.to_label else []
    assert len(lines) == result.to_label
    return lines


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def fill_in(path: Path, lines: list[dict[str, Any]], label: Callable[[dict[str, Any]], str] = person) -> Path:
    path.write_text("".join(json.dumps(line | {"label": label(line)}) + "\n" for line in lines))
    return path


def take(config: Path, lines: list[dict[str, Any]], label: Callable[[dict[str, Any]], str] = person) -> Taken:
    return take_in(*opened(config), fill_in(config.parent / "labels.jsonl", lines, label), "ann")


def judged(found: Audit, verifier: str = "cascade", domain: str = "math") -> Figures:
    (one,) = [one for one in found.figures if (one.verifier, one.domain) == (verifier, domain)]
    return one


def truth(config: Path) -> dict[str, float]:
    """The cascade's rates over all traces, from what the outcomes are before anybody has reviewed any."""
    sql = """
        SELECT o.outcome, p.prompt AS problem, t.response
        FROM outcomes o JOIN traces t USING (trace_id) JOIN problems p ON p.problem_id = t.problem_id
    """
    found = rows(config, sql)
    accepted = [person(row) for row in found if row["outcome"] == "accepted"]
    rejected = [person(row) for row in found if row["outcome"] == "rejected"]
    assert len(accepted) + len(rejected) == PROBLEMS * SEVERAL
    return {
        "false_accepts": accepted.count("incorrect") / len(accepted),
        "false_rejects": rejected.count("correct") / len(rejected),
        "agreement": (accepted.count("correct") + rejected.count("incorrect")) / len(found),
    }


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_errors_that_were_planted_are_found(config: Path, seed: int) -> None:
    planted = truth(config)
    assert planted["false_accepts"] > 0.1
    assert planted["false_rejects"] > 0.2
    lines = drawn(config, 150, seed)
    assert len(lines) == 150
    assert take(config, lines) == Taken(labels=150, known=0, unlabelled=0)
    found = hold_against(*opened(config))
    cascade = judged(found)
    for name, value in planted.items():
        rate = getattr(cascade, name)
        assert rate.low <= value <= rate.high, name
        assert rate.high - rate.low < 0.25, name
        assert rate.value != pytest.approx(0.5), name
    assert (found.labelled, found.unsure, cascade.audited) == (150, 0, 150)
    assert cascade.false_accepts.labelled + cascade.false_rejects.labelled == 150
    assert cascade.false_accepts.value == pytest.approx(weighted(found, config, "accepted", "reject"))
    assert cascade.false_rejects.value == pytest.approx(weighted(found, config, "rejected", "accept"))


def weighted(found: Audit, config: Path, outcome: str, verdict: str) -> float:
    """Horvitz and Thompson's estimate, reckoned once more from strata and reviews: each label stands for N/n traces."""
    strata = [one for one in found.strata if one.outcome == outcome]
    said = {row["trace_id"]: row["verdict"] for row in rows(config, "SELECT trace_id, verdict FROM reviews")}
    failed = "SELECT trace_id, verifier FROM verdicts WHERE outcome = 'fail' AND verifier <> 'step-arithmetic'"
    by = {row["trace_id"]: row["verifier"] for row in rows(config, failed)}
    total = 0.0
    for one in strata:
        mine = [
            word
            for trace, word in said.items()
            if (by.get(trace) == one.verifier if outcome == "rejected" else trace not in by)
        ]
        assert len(mine) == one.labelled
        total += one.size * mine.count(verdict) / len(mine)
    return total / sum(one.size for one in strata)


def test_labels_turn_outcomes_and_never_the_figures(config: Path) -> None:
    planted = truth(config)
    before = rows(config, "SELECT count(*) AS n FROM outcomes WHERE outcome = 'accepted'")[0]["n"]
    lines = drawn(config, 120)
    take(config, lines)
    found = hold_against(*opened(config))
    labels = {line["trace_id"]: person(line) for line in lines}
    turned = rows(config, "SELECT trace_id, outcome, reason FROM outcomes WHERE verifier = 'review'")
    assert {row["trace_id"]: row["outcome"] for row in turned} == {
        name: {"correct": "accepted", "incorrect": "rejected"}[label] for name, label in labels.items()
    }
    assert {row["reason"] for row in turned} == {"review by ann"}
    assert rows(config, "SELECT count(*) AS n FROM outcomes WHERE outcome = 'accepted'")[0]["n"] != before
    with start(open_plan(config, ()), Stop()) as job:
        curate(job)
    chosen = {row["trace_id"] for row in rows(config, "SELECT trace_id FROM curated")}
    assert chosen & {name for name, label in labels.items() if label == "correct"}
    assert not chosen & {name for name, label in labels.items() if label == "incorrect"}
    # A reviewer who picks traces, and turns some that were audited, is no labeller of the sample.
    for name in [
        *list(labels)[:3],
        rows(config, "SELECT trace_id FROM outcomes WHERE verifier IS NULL")[0]["trace_id"],
    ]:
        review(name, "reject", "bo", "", config, (), "text")
    assert hold_against(*opened(config)) == found
    assert judged(found).false_accepts.low <= planted["false_accepts"] <= judged(found).false_accepts.high


def test_each_verifier_has_figures_of_its_own(config: Path) -> None:
    take(config, drawn(config, 480))
    found = hold_against(*opened(config))
    everything = rows(config, "SELECT trace_id, verifier, outcome FROM verdicts")
    said = {row["trace_id"]: row["verdict"] for row in rows(config, "SELECT trace_id, verdict FROM reviews")}
    assert len(said) == PROBLEMS * SEVERAL
    for verifier in ("math-answer", "truncation", "format"):
        passed = [
            said[row["trace_id"]] for row in everything if (row["verifier"], row["outcome"]) == (verifier, "pass")
        ]
        failed = [
            said[row["trace_id"]] for row in everything if (row["verifier"], row["outcome"]) == (verifier, "fail")
        ]
        one = judged(found, verifier)
        assert one.audited == len(passed) + len(failed)
        assert one.proves == (verifier == "math-answer")
        wrong, lost = passed.count("reject"), failed.count("accept")
        assert (one.false_accepts.value, one.false_rejects.value) == (
            pytest.approx(wrong / len(passed)),
            pytest.approx(lost / len(failed)) if failed else None,
        )
        assert one.agreement.value == pytest.approx(1 - (wrong + lost) / one.audited)
        assert one.false_accepts.high == pytest.approx(one.false_accepts.low), "everything is labelled"
        assert one.agreement.further == 0


def test_the_sheet_is_blind_and_its_order_says_nothing(config: Path) -> None:
    lines = drawn(config, 200)
    assert {tuple(line) for line in lines} == {
        ("trace_id", "domain", "problem", "reference", "reasoning", "response", "label", "note")
    }
    assert all(line["label"] == line["note"] == "" for line in lines)
    text = sheet_of(opened(config)[0]).read_text()
    for word in ("accepted", "rejected", "math-answer", "truncation", "SmolLM2", "local", "127.0.0.1", "pass", "fail"):
        assert word not in text
    stands = {row["trace_id"]: row["outcome"] for row in rows(config, "SELECT trace_id, outcome FROM outcomes")}
    order = [stands[line["trace_id"]] for line in lines]
    changes = sum(one != other for one, other in pairwise(order))
    assert changes > 70, "about every second neighbour is of another stratum"
    assert [line["trace_id"] for line in lines] != sorted(line["trace_id"] for line in lines)
    (first,) = [line for line in lines if line["trace_id"] == lines[0]["trace_id"]]
    number = number_in(first["problem"])
    assert first["reference"] == str(2 * number + reference_is_wrong(number))


def test_the_same_ledger_and_seed_give_the_same_bytes(config: Path, tmp_path: Path) -> None:
    drawn(config, 60)
    path = sheet_of(opened(config)[0])
    first = path.read_bytes()
    drawn(config, 60)
    assert path.read_bytes() == first
    assert len(rows(config, "SELECT * FROM events WHERE kind = 'audit-drawn'")) == 3, "a stratum each, and only once"
    shutil.copytree(config.parent, tmp_path / "other", ignore=shutil.ignore_patterns("audit"))
    other = tmp_path / "other/tracestill.yaml"
    drawn(other, 60)
    assert sheet_of(opened(other)[0]).read_bytes() == first
    drawn(other, 60, seed=7)
    assert sheet_of(opened(other)[0]).read_bytes() != first


def test_a_later_draw_extends_the_former(config: Path) -> None:
    first = drawn(config, 60)
    names = {line["trace_id"] for line in first}
    assert names < {line["trace_id"] for line in drawn(config, 100)}, "a larger sample holds the smaller one"
    take(config, first)
    assert drawn(config, 60) == []
    assert drawn(config, 40) == []
    more = drawn(config, 100)
    assert len(more) == 40
    assert names.isdisjoint(line["trace_id"] for line in more)
    take(config, more)
    found = hold_against(*opened(config))
    assert found.labelled == 100
    with pytest.raises(ConfigError, match="seed 0; give --seed 0 to extend it"):
        drawn(config, 120, seed=1)


def test_what_came_after_the_first_draw_takes_its_share_of_the_next(config: Path) -> None:
    """Of the former half most were labelled, and few are wrong; of the later one few will be, and all are wrong."""
    take(config, drawn(config, 400))
    with TeacherServer() as server:
        server.answer = lambda body: {"content": f"By luck.\nIt is \\boxed{{{2 * number_in(str(body))}}}."}
        data = yaml.safe_load(config.read_text())
        data["teachers"][0]["base_url"] = server.url
        config.write_text(yaml.safe_dump(data))
        write_problems(config.parent, 2 * PROBLEMS)
        sample_and_verify(config)
    accepted = next(one for one in hold_against(*opened(config)).strata if one.outcome == "accepted")
    sql = """
        SELECT p.prompt AS problem, t.response FROM traces t JOIN problems p ON p.problem_id = t.problem_id
        WHERE trace_id NOT IN (SELECT trace_id FROM verdicts WHERE outcome = 'fail' AND verifier <> 'step-arithmetic')
    """
    everything = [person(row) for row in rows(config, sql)]
    assert len(everything) == accepted.size
    share = everything.count("incorrect") / len(everything)
    assert share > 0.5
    stale = judged(hold_against(*opened(config))).false_accepts
    assert stale.high < share, "labels from before know nothing of it"
    take(config, drawn(config, 400))
    assert drawn(config, 400) == [], "a sample that is labelled asks for nothing more"
    fresh = judged(hold_against(*opened(config))).false_accepts
    assert fresh.low <= share <= fresh.high
    assert fresh.value == pytest.approx(share, abs=0.06)


def test_a_sheet_that_was_filled_in_is_not_overwritten(config: Path) -> None:
    lines = drawn(config, 20)
    path = sheet_of(opened(config)[0])
    for change in ({"label": "correct"}, {"note": "look again"}):
        path.write_text("".join(json.dumps(line | change) + "\n" for line in lines[:1]))
        kept = path.read_bytes()
        with pytest.raises(ConfigError, match="so it is not overwritten") as refused:
            drawn(config, 30)
        assert "--labels" in str(refused.value)
        assert "move it away" in str(refused.value)
        assert path.read_bytes() == kept
    path.write_text(json.dumps(lines[0])[:-9])
    with pytest.raises(ConfigError, match="so it is not overwritten"):
        drawn(config, 30)
    assert len(rows(config, "SELECT * FROM events WHERE kind = 'audit-drawn'")) == 3, "no draw without its sheet"
    take(config, lines)
    assert drawn(config, 20) == [], "nothing is left to draw, so nothing is overwritten"
    path.rename(path.with_name("done.jsonl"))
    assert len(drawn(config, 30)) == 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "maybe"}, r":2: label is 'maybe'; write one of: correct, incorrect, unsure"),
        ({"label": "\x1b[31m"}, r":2: label is '\\x1b\[31m'; write one of"),
        ({"label": ["correct"]}, r":2: label is .*write one of"),
        ({"label": 1}, r":2: label is '1'; write one of"),
        ({"label": "correct", "note": 3}, r":2: note is no text"),
        ({"label": "correct", "note": "x" * 10_001}, r":2: the note has 10001 characters"),
        ({"label": "correct", "trace_id": "f" * 32}, r":2: there is no trace 'f{32}' here; take the line out"),
        ({"label": "correct", "trace_id": None}, r":2: trace_id is missing"),
        ({"label": "correct", "trace_id": "first"}, r":2: '\w+' was labelled in .*:1 already; keep one of them"),
        ({"label": "correct", "trace_id": "undrawn"}, r":2: \w+ was not drawn for an audit.*`tracestill review`"),
        ("{", r":2: not JSON .*; write one JSON object a line"),
        ("[]", r":2: not an object but list"),
        (b"\xff", r":2: not UTF-8"),
    ],
)
def test_a_file_with_a_fault_is_named_by_line_and_nothing_is_taken_in(config: Path, change: Any, message: str) -> None:
    lines = drawn(config, 5)
    path = config.parent / "labels.jsonl"
    first, second, third = (line | {"label": "correct"} for line in lines[:3])
    if isinstance(change, dict):
        undrawn = rows(config, "SELECT trace_id FROM traces ORDER BY trace_id")
        picked = next(row["trace_id"] for row in undrawn if row["trace_id"] not in {one["trace_id"] for one in lines})
        places = {"first": first["trace_id"], "undrawn": picked}
        change["trace_id"] = places.get(change.get("trace_id"), change.get("trace_id", second["trace_id"]))
        spoilt = json.dumps(second | change).encode()
    else:
        spoilt = change if isinstance(change, bytes) else change.encode()
    path.write_bytes(json.dumps(first).encode() + b"\n" + spoilt + b"\n" + json.dumps(third).encode() + b"\n")
    with pytest.raises(ConfigError, match=message) as refused:
        take_in(*opened(config), path, "ann")
    assert str(refused.value).startswith(f"nothing was taken in:\n{path}:2: ")
    assert str(refused.value).replace("\n", "").isprintable()
    assert rows(config, "SELECT * FROM reviews") == []


def test_a_file_that_is_not_there_is_named(config: Path) -> None:
    for path in (config.parent / "none.jsonl", config.parent):
        with pytest.raises(ConfigError, match=re.escape(f"--labels: {path}: ")):
            take_in(*opened(config), path, "ann")
    many = [line | {"label": "?"} for line in drawn(config, 15)]
    with pytest.raises(ConfigError, match="and 5 more"):
        take_in(*opened(config), fill_in(config.parent / "x.jsonl", many, lambda line: "?"), "ann")


def test_labels_can_be_given_again_changed_and_added_to(config: Path) -> None:
    lines = drawn(config, 6)
    half = lambda line: person(line) if line in lines[:3] else ""  # noqa: E731
    assert take(config, lines, half) == Taken(labels=3, known=0, unlabelled=3)
    assert take(config, lines, half) == Taken(labels=0, known=3, unlabelled=3)
    assert take(config, lines, lambda line: person(line).upper() + " ") == Taken(labels=3, known=3, unlabelled=0)
    opposite = {"correct": "incorrect", "incorrect": "correct"}
    assert take(config, lines, lambda line: opposite[person(line)]).labels == 6
    said = rows(config, "SELECT trace_id, arg_max(verdict, created_at) AS verdict FROM reviews GROUP BY ALL")
    assert {row["trace_id"]: row["verdict"] for row in said} == {
        line["trace_id"]: {"correct": "reject", "incorrect": "accept"}[person(line)] for line in lines
    }
    assert hold_against(*opened(config)).labelled == 6
    assert {row["reviewer"] for row in rows(config, "SELECT reviewer FROM reviews")} == {"ann"}
    assert all(row["draw_id"] for row in rows(config, "SELECT draw_id FROM reviews"))


def test_who_is_unsure_says_nothing_and_is_not_asked_again(config: Path) -> None:
    lines = drawn(config, 10)
    stands = rows(config, "SELECT trace_id, outcome FROM outcomes ORDER BY trace_id")
    take(config, lines, lambda line: "unsure")
    found = hold_against(*opened(config))
    assert (found.labelled, found.unsure) == (10, 10)
    assert judged(found).audited == 0
    assert judged(found).false_accepts.value is None
    assert rows(config, "SELECT trace_id, outcome FROM outcomes ORDER BY trace_id") == stands
    assert drawn(config, 10) == []


def test_a_models_labels_measure_and_turn_no_outcome(config: Path) -> None:
    lines = drawn(config, 40)
    sheet = fill_in(config.parent / "model.jsonl", lines, lambda line: "incorrect")
    before = rows(config, "SELECT trace_id, outcome FROM outcomes ORDER BY 1")
    assert take_in(*opened(config), sheet, "a-model", by_model=True).labels == len(lines)
    assert rows(config, "SELECT trace_id, outcome FROM outcomes ORDER BY 1") == before
    assert judged(hold_against(*opened(config))).false_accepts.value == 1.0
    assert take(config, lines).labels == len(lines), "a person has not said anything yet"
    by_person = judged(hold_against(*opened(config))).false_accepts.value
    assert by_person is not None
    assert by_person < 1.0
    assert take_in(*opened(config), sheet, "a-model", by_model=True).known == len(lines)
    assert take_in(*opened(config), sheet, "b-model", by_model=True).labels == len(lines)
    assert judged(hold_against(*opened(config))).false_accepts.value == by_person, "a person's word comes first"


def test_labels_of_traces_that_are_described_no_more_count_nowhere(config: Path) -> None:
    take(config, drawn(config, 40))
    fewer = ("teachers.0.sampling.k=1",)
    found = hold_against(*opened(config, *fewer))
    left = rows(config, "SELECT count(*) AS n FROM reviews JOIN traces USING (trace_id) WHERE sample_index = 0")
    assert (found.labelled, found.outside) == (left[0]["n"], 40 - left[0]["n"])
    assert sum(one.size for one in found.strata) == PROBLEMS


def test_a_verdict_that_changes_moves_the_label_to_its_new_stratum(config: Path) -> None:
    """Half of the sample was drawn from rejected traces, many of which are accepted once the answers are mended."""
    take(config, drawn(config, 160))
    path = config.parent / "problems.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(line | {"answer": 2 * int(line["id"][1:])}) + "\n" for line in lines))
    sample_and_verify(config)
    sql = """
        SELECT p.prompt AS problem, t.response FROM traces t JOIN problems p ON p.problem_id = t.problem_id
        WHERE response NOT LIKE '%because' AND t.response LIKE '%{' || (2 * p.problem_id[2:]::INT) || '}%'
    """
    everything = [person(row) for row in rows(config, sql)]
    share = everything.count("incorrect") / len(everything)
    rate = judged(hold_against(*opened(config))).false_accepts
    assert rate.traces == len(everything)
    assert rate.low <= share <= rate.high
    assert judged(hold_against(*opened(config))).false_rejects.value == 0


def test_without_labels_it_says_what_to_do(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(config.parent / "ws/reports")
    audit(30, 0, None, None, config, (), "text", only_report=True)
    assert capsys.readouterr().out == "No label is on record yet, so nothing can be said of the verifiers.\n"
    assert not sheet_of(opened(config)[0]).exists()
    audit(30, 0, None, None, config, (), "text", only_report=False)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{sheet_of(opened(config)[0])}: 30 traces to label. Write correct, incorrect or unsure")
    assert second.startswith("No label is on record yet")


def test_a_workspace_without_verdicts_has_nothing_to_draw(
    teacher: TeacherServer, project: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    config = project(teacher.url, problems=1, k=1)
    with start(open_plan(config, ()), Stop()) as job:
        generate(job)
    audit(30, 0, None, None, config, (), "text", only_report=False)
    assert "`tracestill filter` does that" in capsys.readouterr().out


def test_the_report_is_printed_written_and_given_as_json(config: Path, tracestill: Run) -> None:
    sheet = json.loads(tracestill("audit", "-n", "40", "-c", config, "--output", "json").stdout.splitlines()[-1])[
        "drawn"
    ]
    assert sheet["to_label"] == 40
    labels = fill_in(config.parent / "labels.jsonl", read_lines(Path(sheet["sheet"])))
    done = tracestill("audit", "--labels", labels, "--by", "ann", "-c", config)
    assert done.returncode == 0, done.stderr
    assert "40 labels taken in, 0 were known, 0 lines have none yet." in done.stdout
    head = next(line for line in done.stdout.splitlines() if line.startswith("domain"))
    assert re.split(r"\s{2,}", head) == [
        "domain", "verifier", "audited", "agreement", "false accepts", "false rejects",
    ]  # fmt: skip
    assert re.search(r"^math +cascade +40 +\d+\.\d% \(\d+\.\d% to \d+\.\d%\) of 480 ", done.stdout, re.MULTILINE)
    assert re.search(
        r"math, false accepts of the cascade: \d+ of \d+ traces are labelled; about \d+ more would", done.stdout
    )
    shown = tracestill("audit", "--report", "-c", config, "--output", "json")
    result = json.loads(shown.stdout.splitlines()[-1])
    written = json.loads((config.parent / "ws/reports/audit.json").read_text())
    assert result == {"drawn": None, "taken": None, "report": result["report"]} | written
    assert msgspec.convert(written, Audit) == hold_against(*opened(config))
    for wrong in (["--labels", labels], ["--by", "ann"], ["--labels", labels, "--by", "ann", "--report"]):
        assert tracestill("audit", *wrong, "-c", config).returncode == 2


def test_two_domains_are_judged_apart_and_together(verified: Path, config: Path) -> None:
    folder = config.parent
    (folder / "open.jsonl").write_text(
        "".join(
            json.dumps({"id": f"o{n}", "domain": "open", "prompt": f"What is {n} + 1? Say why.", "rubric": "r"}) + "\n"
            for n in range(1, 9)
        )
    )
    data = yaml.safe_load(config.read_text())
    data["problems"].append({"path": "open.jsonl", "source": "open", "license": "own"})
    data["teachers"][0]["prompts"] = {"math": "math-cot", "open": "open-cot"}
    data["verify"] = {"workers": 1, "open": {"format": {}, "math-answer": {}, "length": {"min_characters": 30}}}
    with TeacherServer() as server:
        server.answer = lambda body: {
            "content": "So it is \\boxed{1}." + " Since it follows." * (number_in(str(body)) % 2)
        }
        data["teachers"][0]["base_url"] = server.url
        config.write_text(yaml.safe_dump(data))
        sample_and_verify(config)
    lines = drawn(config, 60)
    take(config, lines, lambda line: "incorrect" if line["domain"] == "open" else person(line))
    assert {line["reference"] for line in lines if line["domain"] == "open"} == {"r"}
    found = hold_against(*opened(config))
    apart = [judged(found, domain=domain) for domain in ("math", "open")]
    together = judged(found, domain="all")
    assert together.audited == sum(one.audited for one in apart) > 0
    assert together.false_rejects.traces == sum(one.false_rejects.traces for one in apart)
    assert apart[1].false_rejects.value == 0
    assert (apart[1].false_accepts.traces, apart[1].false_accepts.value) == (0, None)
    undecided = [one for one in found.strata if one.outcome == "undecided"]
    assert sum(one.labelled for one in undecided) > 0, "a few of each stratum are labelled"


def test_every_field_of_the_report_is_documented(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    docs = Path(__file__).parents[2] / "docs"
    drawn(config, 5)
    audit(5, 0, None, None, config, (), "json", only_report=False)
    result = json.loads(capsys.readouterr().out)
    shape = (docs / "commands.md").read_text().partition("### `tracestill audit`")[2].partition("JSON: `{")[2]
    assert re.findall(r'"(\w+)"', shape.partition("}")[0]) == list(result)
    page = (docs / "audit.md").read_text()
    for name, fields in [
        ("a stratum", result["strata"][0]),
        ("a figure", result["figures"][0]),
        ("a share", result["figures"][0]["agreement"]),
    ]:
        row = page.partition(f"| {name} | ")[2].partition(" |\n")[0]
        assert [field for field in re.findall(r"`(\w+)`", row) if field in fields] == list(fields)


def test_the_bounds_that_the_page_gives_are_so() -> None:
    for number, bound in ((73, 0.05), (380, 0.01)):
        assert wilson(0.0, number)[1] <= bound + 5e-5
        assert wilson(0.0, number - 2)[1] > bound


def test_the_judge_is_audited_as_a_verifier_is(project: Callable[..., Path], teacher: TeacherServer) -> None:
    """It passes what is written at length, whether it is so or not."""
    judge = {
        "id": "judge", "provider": "openai-chat", "base_url": teacher.url, "model": "judge", "self_hosted": True,
        "lineage": [{"type": "base", "ref": "HuggingFaceTB/SmolLM2-135M-Instruct"}], "sampling": {"max_tokens": 64},
    }  # fmt: skip

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        text = str(body["messages"])
        if body["model"] == "judge":
            verdict = "pass" if "at length" in text else "fail"
            return {"content": json.dumps({"reason": "So it seems.", "score": 9, "verdict": verdict})}
        number = number_in(text)
        truth, form = "so" if number % 3 else "not so", "at length" if number % 2 else "briefly"
        return {"content": f"It is {truth}, which I say {form}."}

    teacher.answer = answer
    config = project(teacher.url, k=1, verify={"workers": 1, "judge": {"judges": [judge]}})
    data = yaml.safe_load(config.read_text())
    data["teachers"][0]["prompts"] = {"open": "open-cot"}
    config.write_text(yaml.safe_dump(data))
    (config.parent / "problems.jsonl").write_text(
        "".join(
            json.dumps({"id": f"o{n}", "domain": "open", "prompt": f"What is {n} + 1? Why?", "rubric": "r"}) + "\n"
            for n in range(36)
        )
    )
    sample_and_verify(config)
    lines = drawn(config, 36)
    assert {"So it seems", "judge"} & set(re.findall(r"So it seems|judge", str(lines))) == set()
    take(config, lines, lambda line: "incorrect" if "not so" in line["response"] else "correct")
    found = hold_against(*opened(config))
    assert [(*one.name, one.size) for one in found.strata] == [
        ("open", "accepted", "judge", 18),
        ("open", "rejected", "judge", 18),
    ]
    for name in ("judge", "cascade"):
        one = judged(found, name, "open")
        assert (one.proves, one.audited) == (True, 36)
        assert one.false_accepts.value == pytest.approx(1 / 3)
        assert one.false_rejects.value == pytest.approx(2 / 3)
    reply = rows(config, "SELECT trace_id FROM traces WHERE purpose = 'judge' LIMIT 1")[0]["trace_id"]
    with pytest.raises(ConfigError, match="is no answer to a problem"):
        review(reply, "accept", "ann", "", config, (), "text")


def test_what_traces_agree_on_is_no_reference_on_the_sheet(
    project: Callable[..., Path], teacher: TeacherServer
) -> None:
    config = project(teacher.url, problems=1, k=5, verify={"workers": 1, "consensus": {}})
    (config.parent / "problems.jsonl").write_text('{"id": "p", "domain": "math", "prompt": "What is 3 + 3?"}\n')
    sample_and_verify(config)
    assert rows(config, "SELECT DISTINCT answer, outcome FROM outcomes JOIN problem_revisions USING (problem_id)") == [
        {"answer": "6", "outcome": "accepted"}
    ]
    assert [line["reference"] for line in drawn(config, 5)] == [None] * 5


@pytest.fixture
def running(teacher: TeacherServer, config: Path) -> Iterator[subprocess.Popen[str]]:
    """A run that holds the workspace and samples slowly."""
    teacher.delay = 1.0
    teacher.answer = mixed
    data = yaml.safe_load(config.read_text())
    data["teachers"][0]["base_url"] = teacher.url
    data["teachers"][0]["limits"] = {"concurrency": 4}
    config.write_text(yaml.safe_dump(data))
    command = [sys.executable, "-m", "tracestill", "generate", "-c", str(config), "--set", "teachers.0.sampling.k=3"]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not teacher.seen:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield run
    run.kill()
    run.communicate(timeout=60)


def test_drawing_and_labelling_need_no_lock(running: subprocess.Popen[str], config: Path, tracestill: Run) -> None:
    asked = tracestill("audit", "-n", "10", "-c", config)
    assert asked.returncode == 0, asked.stderr
    workspace, _ = opened(config)
    labels = fill_in(config.parent / "labels.jsonl", read_lines(sheet_of(workspace)))
    done = tracestill("audit", "--labels", labels, "--by", "ann", "-c", config)
    assert done.returncode == 0, done.stderr
    assert running.poll() is None
    assert workspace.held()
    assert rows(config, "SELECT count(*) AS n FROM reviews") == [{"n": 10}]


def test_what_is_forgotten_leaves_the_sheets_too(config: Path, tracestill: Run) -> None:
    lines = drawn(config, 40)
    path = sheet_of(opened(config)[0])
    fill_in(path, lines)
    shutil.copy(path, path.with_name("done.jsonl"))
    path.with_name("spoilt.jsonl").write_text('{"trace_id": [1]}\n{"trace_id"\n')
    take(config, lines)
    name = f"p{number_in(lines[0]['problem'])}"
    done = tracestill("forget", "--problem", name, "--yes", "-c", config)
    assert done.returncode == 0, done.stderr
    kept = [line for line in lines if line["problem"] != lines[0]["problem"]]
    assert 0 < len(kept) < len(lines)
    for sheet in (path, path.with_name("done.jsonl")):
        assert read_lines(sheet) == [line | {"label": person(line)} for line in kept], "labels of the others stay"
    assert path.with_name("spoilt.jsonl").read_text() == '{"trace_id": [1]}\n{"trace_id"\n'
    assert hold_against(*opened(config)).labelled == len(kept)
