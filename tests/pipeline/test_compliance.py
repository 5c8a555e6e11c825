"""The compliance report, the manifest behind it, and what is taken out of a workspace: through real commands."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from conftest import write_project
from reading import rows
from teacher_server import TeacherServer
from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.job import Job
from tracestill.pipeline.stages.curate import curate
from tracestill.pipeline.stages.export import export
from tracestill.pipeline.stages.filter import filter_traces
from tracestill.pipeline.stages.generate import generate
from tracestill.pipeline.starting import start
from tracestill.pipeline.stopping import Stop
from tracestill.policies.terms import quote_hash

Run = Callable[..., Any]
Project = Callable[..., Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace that holds traces, examples and an export; made once, in this process."""
    folder = tmp_path_factory.mktemp("made")
    with TeacherServer() as server:
        through(write_project(folder, server.url, problems=3, k=2), generate, filter_traces, curate, export)
    return folder


def through(config: Path, *stages: Callable[[Job], object]) -> None:
    """Runs stages in this process, which is ten times as fast as one process each."""
    for stage in stages:
        with start(open_plan(config, ()), Stop()) as job:
            stage(job)


@pytest.fixture
def exported(made: Path, tmp_path: Path) -> Path:
    """A copy of it for one test; gives the configuration."""
    return shutil.copytree(made, tmp_path / "copy") / "tracestill.yaml"


def edit(config: Path, **keys: Any) -> None:
    """Change keys at the top of the file."""
    config.write_text(yaml.safe_dump(yaml.safe_load(config.read_text()) | keys, sort_keys=False))


def reported(config: Path, tracestill: Run) -> dict[str, Any]:
    done = tracestill("report", "--compliance", "-c", config)
    assert done.returncode == 0, done.stderr
    return json.loads((config.parent / "ws/reports/compliance.json").read_text())


def test_the_report_says_who_wrote_what_under_which_clause(exported: Path, tracestill: Run) -> None:
    facts = reported(exported, tracestill)
    (teacher,) = facts["teachers"]
    assert (teacher["teacher_id"], teacher["traces"], teacher["examples"]) == ("local", 6, 3)
    (source,) = facts["sources"]
    assert (source["source"], source["license"], source["problems"], source["traces"]) == ("sums", "own", 3, 6)
    ruling = next(one for one in facts["rulings"] if one["subject"] == "teacher:local")
    assert (ruling["verdict"], ruling["policies"]) == ("allowed", ["self-hosted", "smollm2"])
    assert any("read 2026-11-23" in clause for clause in ruling["clauses"])
    assert facts["synthetic"] == [{"teacher_id": "local", "depth": 1, "warning": ""}]
    assert "no legal advice" in facts["no_advice"] or "not legal advice" in facts["no_advice"]
    for form in ("md", "html"):
        text = (exported.parent / f"ws/reports/compliance.{form}").read_text()
        assert "smollm2" in text
        assert facts["manifest_head"] in text


def test_hostile_names_do_not_escape_into_the_page(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    config = project(teacher.url, problems=1, k=1)
    edit(config, policy={"attest": ["<script>alert(1)</script> | [x](http://evil.example)"]})
    assert tracestill("generate", "-c", config).returncode == 0
    reported(config, tracestill)
    page = (config.parent / "ws/reports/compliance.html").read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "[x](http://evil" not in (config.parent / "ws/reports/compliance.md").read_text()


def test_an_obligation_is_met_once_its_words_stand_in_the_card(
    teacher: TeacherServer, project: Project, tracestill: Run
) -> None:
    config = project(teacher.url, problems=2, k=1)
    duty = {"type": "display", "text": "The card displays it.", "value": "Taught by Acme"}
    rule = {"verdict": "conditional", "basis": "express", "clause": "train", "conditions": [duty]}
    free = {"verdict": "allowed", "basis": "express", "clause": "train"}
    _terms(config.parent / "terms", {"internal_research": free, "dataset_release": rule})
    edit(config, policy={"terms": "terms"}, use={"purposes": ["internal_research", "dataset_release"]})
    through(config, generate, filter_traces, curate)
    assert [one["state"] for one in reported(config, tracestill)["obligations"]] == ["open"]
    assert tracestill("export", "-c", config).returncode == 0
    (after,) = reported(config, tracestill)["obligations"]
    assert (after["state"], after["policies"]) == ("met", ["acme-1"])
    card = config.parent / "ws/exports/README.md"
    card.write_text(card.read_text().replace("Taught by Acme", "Taught by nobody"))
    facts = reported(config, tracestill)
    assert [one["state"] for one in facts["obligations"]] == ["not met"]
    assert (
        "CONDITION_UNMET" in next(one for one in facts["rulings"] if one["subject"] == "teacher:local")["reason_codes"]
    )


def test_the_manifest_shows_a_later_change(exported: Path, tracestill: Run) -> None:
    workspace = exported.parent / "ws"
    assert tracestill("report", "--verify", "-c", exported).returncode == 1
    first = reported(exported, tracestill)
    assert tracestill("report", "--verify", "-c", exported).returncode == 0

    card = workspace / "exports/README.md"
    original = card.read_bytes()
    card.write_bytes(original + b"\nAll rights are yours.\n")
    done = tracestill("report", "--verify", "-c", exported)
    assert done.returncode == 1
    assert "output exports/README.md: was changed" in done.stderr
    card.write_bytes(original)

    segment = max((workspace / "ledger/traces").glob("*.parquet"), key=lambda path: path.stat().st_size)
    whole = segment.read_bytes()
    pq.write_table(pq.read_table(segment).slice(1), segment)
    done = tracestill("report", "--verify", "-c", exported)
    assert done.returncode == 1
    assert f"segment traces/{segment.stem}: has other rows" in done.stderr
    segment.write_bytes(whole)
    assert tracestill("report", "--verify", "-c", exported).returncode == 0

    manifest = workspace / "reports/manifest.jsonl"
    lines = manifest.read_bytes().splitlines(keepends=True)
    manifest.write_bytes(b"".join(lines[:2] + lines[3:]))
    done = tracestill("report", "--verify", "-c", exported)
    assert done.returncode == 1
    assert "of the manifest was changed" in done.stderr
    manifest.write_bytes(b"".join(lines))
    again = reported(exported, tracestill)
    assert again["manifest_entries"] >= first["manifest_entries"]


def test_what_is_forgotten_is_gone_and_the_manifest_still_verifies(exported: Path, tracestill: Run) -> None:
    reported(exported, tracestill)
    workspace = exported.parent / "ws"
    asked = tracestill("forget", "--problem", "p1", "-c", exported)
    assert asked.returncode == 0
    assert "Would be taken out" in asked.stdout
    assert rows(exported, "SELECT count(*) AS n FROM traces") == [{"n": 6}]

    done = tracestill("forget", "--problem", "p1", "--reason", "asked by its author", "--yes", "-c", exported)
    assert done.returncode == 0, done.stderr
    assert "still names" not in done.stdout
    assert rows(exported, "SELECT DISTINCT problem_id AS id FROM traces ORDER BY id") == [{"id": "p0"}, {"id": "p2"}]
    for view in ("verdicts", "examples"):
        sql = f"SELECT count(*) AS n FROM {view} WHERE trace_id NOT IN (SELECT trace_id FROM traces)"
        assert rows(exported, sql) == [{"n": 0}]
    assert rows(exported, "SELECT count(*) AS n FROM problems WHERE problem_id = 'p1'") == [{"n": 0}]
    needle = b"What is 1 + 1?"
    assert not [path for path in workspace.rglob("*") if path.is_file() and needle in path.read_bytes()]
    texts = [str(pq.read_table(path).to_pylist()) for path in workspace.rglob("*.parquet")]
    assert not any("What is 1 + 1?" in text for text in texts)
    assert not list((workspace / "exports").iterdir())

    verified = tracestill("report", "--verify", "-c", exported)
    assert "segment" not in verified.stderr
    facts = reported(exported, tracestill)
    assert facts["forgotten"][0]["selection"]["reason"] == "asked by its author"
    assert tracestill("report", "--verify", "-c", exported).returncode == 0


def test_forgetting_what_is_not_there_is_an_error(exported: Path, tracestill: Run) -> None:
    assert tracestill("forget", "-c", exported).returncode == 2
    done = tracestill("forget", "--teacher", "nobody", "--yes", "-c", exported)
    assert done.returncode == 2
    assert "holds nothing of that" in done.stderr


def test_nothing_is_forgotten_while_a_provider_holds_a_batch_of_it(exported: Path, tracestill: Run) -> None:
    batches = exported.parent / "ws/batches"
    batches.mkdir(exist_ok=True)
    (batches / "open.jsonl").write_text('{"requests": "texts of problems"}\n')
    done = tracestill("forget", "--problem", "p1", "--yes", "-c", exported)
    assert done.returncode == 2
    assert "--cancel-batches" in done.stderr
    assert rows(exported, "SELECT count(*) AS n FROM traces") == [{"n": 6}]


def test_a_part_that_is_forbidden_is_left_out_and_listed(
    teacher: TeacherServer, project: Project, tracestill: Run
) -> None:
    config = project(teacher.url, problems=3, k=1)
    sums = {"path": "problems.jsonl", "source": "sums", "license": "own"}
    (config.parent / "nc.jsonl").write_text('{"id": "nc1", "prompt": "What is 20 + 3?", "answer": "23"}\n')
    borrowed = {"path": "nc.jsonl", "source": "borrowed", "license": "CC-BY-NC-4.0"}
    edit(config, problems=[sums, borrowed])
    through(config, generate, filter_traces, curate)
    edit(config, use={"purposes": ["commercial_use"]})
    refused = tracestill("export", "-c", config)
    assert refused.returncode == 3
    assert "dataset:borrowed" in refused.stderr
    exports = config.parent / "ws/exports"
    assert not list(exports.iterdir())

    done = tracestill("export", "--partition", "-c", config)
    assert done.returncode == 7, done.stderr
    assert pq.read_table(exports / "sft/train-00000-of-00001.parquet")["source"].to_pylist() == ["sums"] * 3
    assert set(pq.read_table(exports / "traces/train-00000-of-00001.parquet")["source"].to_pylist()) == {"sums"}
    assert set(pq.read_table(exports / "generations/train-00000-of-00001.parquet")["source"].to_pylist()) == {"sums"}
    (left,) = [json.loads(line) for line in (exports / "left-out.jsonl").read_text().splitlines()]
    assert left["problem_id"] == "nc1"
    assert "NC_COMMERCIAL" in left["reason"]


def test_a_revoked_agreement_puts_its_traces_into_quarantine(
    teacher: TeacherServer, project: Project, tracestill: Run
) -> None:
    config = project(teacher.url, problems=2, k=1)
    agreement: dict[str, Any] = {
        "id": "ov-acme",
        "policy": "acme-1",
        "clauses": ["train"],
        "uses": ["internal_research"],
        "agreement": {"reference": "MSA 7"},
        "effective": "2026-01-01",
        "expires": "2099-01-01",
        "approved_by": ["a@example.org", "b@example.org"],
        "approved_on": "2026-01-01",
    }

    def agree(**more: Any) -> None:
        text = yaml.safe_dump({"schema": 1, "overrides": [agreement | more]})
        (config.parent / "overrides.yaml").write_text(text)

    agree()
    _forbidding_terms(config.parent / "terms")
    edit(config, policy={"terms": "terms", "overrides": "overrides.yaml"})
    through(config, generate, filter_traces, curate, export)
    assert reported(config, tracestill)["agreements"][0]["standing"] == "stands"

    agree(revoked_on="2026-06-01")
    assert {row["outcome"] for row in rows(config, "SELECT outcome FROM outcomes")} == {"quarantined"}
    refused = tracestill("export", "-c", config)
    assert refused.returncode == 3
    assert "OVERRIDE_REVOKED" in refused.stderr or "revoked" in refused.stderr
    facts = reported(config, tracestill)
    assert facts["agreements"][0]["standing"] == "revoked on 2026-06-01"
    assert [row["outcome"] for row in facts["excluded"]] == ["quarantined"]


def _forbidding_terms(folder: Path) -> None:
    """Terms of the user's own that forbid what the loopback teacher is used for."""
    rule = {"verdict": "prohibited", "basis": "express", "clause": "train", "overridable": True}
    _terms(folder, {"internal_research": rule})


def _terms(folder: Path, rules: dict[str, Any]) -> None:
    """Service terms of the user's own for the loopback teacher."""
    quote = "Outputs may be used as follows"
    folder.mkdir()
    terms = {
        "schema": 1,
        "id": "acme-1",
        "name": "Acme terms",
        "kind": "service-terms",
        "matches": {"hosts": ["127.0.0.1/32"]},
        "documents": [
            {"doc": "d", "title": "Acme", "retrieved": "2026-11-23", "evidence": "primary", "source": "a paper"}
        ],
        "clauses": {
            "train": {"doc": "d", "ref": "1", "quote": quote, "quote_sha256": quote_hash(quote), "meaning": "No."}
        },
        "rules": rules,
        "review": {"reviewed": "2026-11-23", "review_by": "2027-02-21"},
    }
    (folder / "acme-1.yaml").write_text(yaml.safe_dump(terms, sort_keys=False))


def test_a_change_of_terms_is_shown_for_the_data_in_hand(exported: Path, tracestill: Run) -> None:
    same = tracestill("policies", "diff", "-c", exported)
    assert same.returncode == 0, same.stderr
    assert "Nothing changes" in same.stdout
    _forbidding_terms(exported.parent / "newer")
    done = tracestill("policies", "diff", "--terms", exported.parent / "newer", "-c", exported, "--output", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])["changes"]
    assert {(one["subject"], one["before"], one["now"], one["traces"]) for one in found} == {
        ("teacher:local", "allowed", "prohibited", 6)
    }


def test_what_nobody_vouches_for_is_warned_of_once_a_run(
    teacher: TeacherServer, project: Project, tracestill: Run
) -> None:
    config = project(teacher.url, problems=1, k=1)
    statement = {"type": "attest", "key": "not_competing", "text": "The student does not compete with Acme."}
    rule = {"verdict": "conditional", "basis": "express", "clause": "train", "conditions": [statement]}
    _terms(config.parent / "terms", {"internal_research": rule})
    edit(config, policy={"terms": "terms"})
    done = tracestill("run", "-c", config)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("nobody vouches yet for a condition: The student does not compete with Acme.") == 1
    assert reported(config, tracestill)["obligations"][0]["state"] == "open"
    who = {"statement": "not_competing", "by": "J. Doe, counsel", "date": "2026-11-20"}
    edit(config, policy={"terms": "terms", "attest": [who]})
    done = tracestill("run", "-c", config)
    assert "nobody vouches" not in done.stderr
    (obligation,) = reported(config, tracestill)["obligations"]
    assert (obligation["state"], obligation["how"]) == ("met", "vouched for by J. Doe, counsel, 2026-11-20")
