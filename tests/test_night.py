"""A week of nights in miniature: a timer that starts the same command again and again, and everything that may happen.

Kills, two at a time, a spent budget, a teacher that goes away and comes back, terms that go stale: after each the
books are held against what the teacher says it was asked, and the workspace is looked over for damage.
"""

from __future__ import annotations

import datetime
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import write_project
from reading import rows
from tracestill.policies.terms import quote_hash

TODAY = datetime.datetime.now(tz=datetime.UTC).date()
QUOTE = "Anyone may use the weights and what they write for any purpose"
PROBLEMS, K = 60, 4
CONCURRENCY = 4
SLOWLY = "teachers.0.limits.requests_per_minute=300"
"""Whatever else the machine does, a night at this pace is not over before something happens to it."""


class Teacher:
    """The loopback teacher as a process of its own, which can go away and come back at the same port."""

    def __init__(self) -> None:
        self.port = 0
        self.asked_before = 0
        self._process: subprocess.Popen[str] | None = None

    def come(self) -> None:
        command = [sys.executable, "-m", "teacher_server", "--port", str(self.port), "--delay", "0.15", "--solves"]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert self._process.stdout is not None
        self.port = json.loads(self._process.stdout.readline())["port"]

    def go(self) -> None:
        assert self._process is not None
        self.asked_before = self.answered
        self._process.kill()
        self._process.communicate()
        self._process = None

    @property
    def answered(self) -> int:
        """Completions that it has written since it first came."""
        if self._process is None:
            return self.asked_before
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/__stats", timeout=10) as answer:
            return self.asked_before + json.load(answer)["billed"]


@pytest.fixture
def teacher() -> Iterator[Teacher]:
    one = Teacher()
    one.come()
    yield one
    if one._process is not None:
        one.go()


class Night:
    """One project and its timer."""

    def __init__(self, folder: Path, teacher: Teacher) -> None:
        self.teacher = teacher
        self.lost = 0
        """Completions that may have been under way when a process was killed."""
        self.folder = folder
        self.read_terms(on=TODAY - datetime.timedelta(days=10), until=TODAY + datetime.timedelta(days=30))
        self.config = write_project(
            folder,
            f"http://127.0.0.1:{teacher.port}/v1",
            PROBLEMS,
            K,
            policy={"terms": "terms"},
            verify={"workers": 1, "math": {"math-answer": {}}},
            telemetry={"textfile": "night.prom"},
        )
        data = yaml.safe_load(self.config.read_text())
        data["teachers"][0] |= {
            "model": "acme/teacher-1",
            "limits": {"concurrency": CONCURRENCY},
            "price": {"input_per_mtok": 10, "output_per_mtok": 1000},
        }
        self.config.write_text(yaml.safe_dump(data))

    def read_terms(self, on: datetime.date, until: datetime.date) -> None:
        """Say when the teacher's terms were read, and until when that reading holds."""
        place = self.folder / "terms"
        place.mkdir(exist_ok=True)
        document = {"doc": "d", "title": "Acme", "retrieved": on, "evidence": "primary", "source": "LICENSE file"}
        clause = {"doc": "d", "ref": "1", "quote": QUOTE, "quote_sha256": quote_hash(QUOTE), "meaning": "Any use."}
        terms = {
            "schema": 1, "id": "acme", "name": "Acme licence", "kind": "model-licence",
            "matches": {"models": ["acme/*"]}, "documents": [document], "clauses": {"c": clause},
            "rules": {"internal_research": {"verdict": "allowed", "basis": "express", "clause": "c"}},
            "review": {"reviewed": on, "review_by": until},
        }  # fmt: skip
        (place / "acme.yaml").write_text(yaml.safe_dump(terms))

    def begin(self, *sets: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tracestill", "run", "-c", str(self.config), "--output", "json"]
        command += [part for text in sets for part in ("--set", text)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *sets: str) -> tuple[int, str, dict[str, Any]]:
        """The exit code, what was said, and the object that is printed last."""
        process = self.begin(*sets)
        out, said = process.communicate(timeout=120)
        return process.returncode, said, json.loads(out.splitlines()[-1]) if out else {}

    def wait_for_traces(self, count: int) -> None:
        deadline = time.monotonic() + 60
        while self.traces() < count:
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def traces(self) -> int:
        if not (self.config.parent / "ws" / "ledger" / "version").exists():
            return 0
        return rows(self.config, "SELECT count(*) AS n FROM traces")[0]["n"]

    def audit(self, *, of_files: bool = False) -> None:
        """The accounting holds: nothing lost, nothing bought twice; and nothing is damaged."""
        (counts,) = rows(
            self.config,
            "SELECT count(*) AS outcomes, (SELECT count(*) FROM traces) AS traces, "
            "(SELECT count(DISTINCT trace_id) FROM traces) AS once, "
            "(SELECT count(*) FROM traces WHERE error IS NULL) AS answers FROM outcomes",
        )
        assert counts["outcomes"] == counts["traces"] == counts["once"]
        assert counts["answers"] <= self.teacher.answered <= counts["answers"] + self.lost
        if not of_files:
            return
        checked = subprocess.run(
            [sys.executable, "-m", "tracestill", "verify-workspace", "-c", str(self.config)],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert checked.returncode == 0, checked.stdout

    def exit_code_told(self) -> float:
        text = (self.config.parent / "night.prom").read_text()
        (line,) = [line for line in text.splitlines() if line.startswith("tracestill_run_exit_code{")]
        return float(line.rpartition(" ")[2])


@pytest.mark.slow
def test_a_week_of_nights(tmp_path: Path, teacher: Teacher) -> None:
    night = Night(tmp_path, teacher)

    # The machine dies in the middle of the first night.
    process = night.begin(SLOWLY)
    night.wait_for_traces(6)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    night.lost = CONCURRENCY
    night.audit(of_files=True)

    # The lock of the dead is taken over; somebody starts a second one, which gives way; then the service is stopped.
    first = night.begin(SLOWLY)
    night.wait_for_traces(night.traces() + 4)
    code, said, _ = night.run()
    assert (code, "another run holds this workspace" in said) == (75, True)
    first.send_signal(signal.SIGTERM)
    _, said = first.communicate(timeout=60)
    assert first.returncode == 130, said
    night.audit()
    assert night.exit_code_told() == 130

    # The budget of the third night is soon spent; what is there is used all the same.
    before = night.traces()
    code, said, result = night.run("budget.max_usd=0.4")
    assert code == 4, said
    assert before < night.traces() < PROBLEMS * K
    assert Path(result["report"]["html"]).exists()
    assert result["curate"]["examples"] > 0
    night.audit()

    # The teacher is away.
    teacher.go()
    before = night.traces()
    code, said, _ = night.run("teachers.0.retries.max_attempts=2")
    assert code == 6, said
    assert night.traces() == before
    night.audit()
    assert night.exit_code_told() == 6

    # It is back, but its terms have gone stale since: nothing is asked, and nothing new is written.
    teacher.come()
    asked = teacher.answered
    night.read_terms(on=TODAY - datetime.timedelta(days=100), until=TODAY - datetime.timedelta(days=1))
    code, said, _ = night.run()
    assert code == 3, said
    assert "policies review acme" in said
    assert teacher.answered == asked
    night.audit()

    # Somebody reads them again, and the work is finished; the night after that there is none.
    night.read_terms(on=TODAY, until=TODAY + datetime.timedelta(days=30))
    code, said, result = night.run()
    assert code == 0, said
    assert night.traces() == PROBLEMS * K
    assert result["filter"]["outcomes"] == {"accepted": PROBLEMS * K}
    night.audit()
    asked = teacher.answered
    code, _, result = night.run()
    assert (code, result["generate"]["completions"], teacher.answered) == (0, 0, asked)
    night.audit(of_files=True)
    assert night.exit_code_told() == 0
