"""What lies in examples/ is accepted by the tool that it is written for, and fits the program."""

from __future__ import annotations

import datetime
import importlib.util
import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import kubernetes_validate
import promql_parser
import pytest
import yaml
from tracestill.pipeline import errors
from tracestill.pipeline.metrics import LAST_SUCCESS

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SYSTEMD_ANALYZE = shutil.which("systemd-analyze")
CODES = {item.__name__: item.exit_code for item in vars(errors).values() if hasattr(item, "exit_code")}
(GROUP,) = yaml.safe_load((EXAMPLES / "monitoring/alerts.yml").read_text())["groups"]
RULES = GROUP["rules"]
WRITTEN = re.findall(r'self\._(?:set|add)\(\s*"(\w+)"', (ROOT / "pipeline/metrics.py").read_text())
METRICS = {f"tracestill_{name}" for name in WRITTEN} | {LAST_SUCCESS}
DASHBOARD = json.loads((EXAMPLES / "monitoring/dashboard.json").read_text())


@pytest.mark.skipif(SYSTEMD_ANALYZE is None, reason="systemd-analyze is not installed")
def test_systemd_takes_the_service_and_its_timer(tmp_path: Path):
    for name in ("tracestill.service", "tracestill.timer"):
        text = (EXAMPLES / "systemd" / name).read_text()
        (tmp_path / name).write_text(text.replace("/srv/tracestill/.venv/bin/tracestill", "/bin/true"))
    assert SYSTEMD_ANALYZE is not None
    files = [str(tmp_path / "tracestill.service"), str(tmp_path / "tracestill.timer")]
    done = subprocess.run([SYSTEMD_ANALYZE, "verify", *files], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_service_counts_as_well_what_only_the_next_night_can_mend():
    text = (EXAMPLES / "systemd/tracestill.service").read_text()
    assert f"SuccessExitStatus={CODES['BudgetReached']} {CODES['WorkspaceLocked']}\n" in text


def test_every_line_of_the_crontab_gives_commands_that_exist():
    lines = (EXAMPLES / "cron/crontab").read_text().splitlines()
    jobs = [line for line in lines if re.match(r"[\d*]", line)]
    assert len(jobs) == 3
    for line in jobs:
        assert re.match(r"(\S+ +){5}\S", line)
        words = shlex.split(line.split(maxsplit=5)[5])
        command = words[words.index(".venv/bin/tracestill") + 1]
        assert (
            subprocess.run([sys.executable, "-m", "tracestill", command, "--help"], capture_output=True).returncode == 0
        )


def test_kubernetes_takes_the_job():
    job = yaml.safe_load((EXAMPLES / "kubernetes/cronjob.yaml").read_text())
    kubernetes_validate.validate(job, "1.33", strict=True)
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    policy = job["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"][0]
    assert policy["action"] == "FailJob"
    assert policy["onExitCodes"]["values"] == [CODES["ConfigError"], CODES["PolicyRefused"]]
    job["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"][0]["onExitCode"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(job, "1.33", strict=True)


def test_github_takes_the_workflow():
    file = EXAMPLES / "github-actions/nightly.yml"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_the_dag_gives_the_command_and_skips_what_the_next_night_mends():
    """Airflow is large: where it is not installed, the names are read from the source."""
    file = EXAMPLES / "airflow/tracestill_nightly.py"
    text = file.read_text()
    compile(text, str(file), "exec")
    codes = re.search(r"BUDGET_REACHED, WORKSPACE_HELD = (\d+), (\d+)", text)
    assert codes is not None
    assert [int(code) for code in codes.groups()] == [CODES["BudgetReached"], CODES["WorkspaceLocked"]]


@pytest.mark.skipif(importlib.util.find_spec("airflow") is None, reason="Airflow is not installed")
def test_airflow_imports_the_dag():
    from airflow.dag_processing.dagbag import DagBag

    found: Any = DagBag(str(EXAMPLES / "airflow"))
    assert (found.import_errors, list(found.dags)) == ({}, ["tracestill_nightly"])


def queries() -> list[str]:
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [*(rule["expr"] for rule in RULES), *panels]


@pytest.mark.parametrize("query", queries())
def test_every_query_is_promql_over_metrics_that_exist(query: str):
    promql_parser.parse(query.replace("$workspace", ".*"))
    known = METRICS | {rule.get("record") for rule in RULES}
    assert set(re.findall(r"tracestill[_:]\w+", query)) <= known


def test_every_metric_is_documented():
    page = (ROOT / "docs/operations.md").read_text()
    assert set(re.findall(r"^\| `(tracestill_\w+)", page, re.MULTILINE)) == METRICS


def test_every_alert_says_what_is_wrong_where():
    alerts = [rule for rule in RULES if "alert" in rule]
    assert len(alerts) == len({rule["alert"] for rule in alerts})
    assert all("{{ $labels.workspace }}" in rule["annotations"]["summary"] for rule in alerts)
    page = (ROOT / "docs/operations.md").read_text()
    assert all(rule["alert"] in page for rule in alerts)


def nightly(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(EXAMPLES / "compose/nightly.py"), *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_the_scheduler_waits_until_it_is_told_to_stop():
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=2)
    with nightly(f"{later:%H:%M}", sys.executable, "-c", "print('ran')") as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_the_schedulers_next_night_is_the_next_time_that_the_clock_shows_so():
    spec = importlib.util.spec_from_file_location("nightly", EXAMPLES / "compose/nightly.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    now = datetime.datetime(2026, 3, 1, 2, 0, tzinfo=datetime.UTC)
    assert module.seconds_until(2, 30, now) == 1800
    assert module.seconds_until(2, 0, now) == 86400
    assert module.seconds_until(1, 59, now) == 86400 - 60
