"""Numbers for Prometheus and spans for OpenTelemetry, from real runs to real receivers on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families
from teacher_server import TeacherServer, status

Run = Callable[..., subprocess.CompletedProcess[str]]
Project = Callable[..., Path]
Edit = Callable[..., None]

TEXTFILE = {"textfile": "tracestill.prom"}


class Receiver(ThreadingHTTPServer):
    """Keeps whatever is sent to it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def _take(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.seen.append((self.command, self.path, body))
                self.send_response(200)
                self.end_headers()

            do_POST = do_PUT = _take

            def log_message(self, format: str, *args: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and its labels' values, the workspace's apart."""
    found: dict[tuple[str, ...], float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            assert sample.labels["workspace"]
            labels = [value for name, value in sorted(sample.labels.items()) if name != "workspace"]
            found[(sample.name, *labels)] = sample.value
    return found


def told(config: Path) -> dict[tuple[str, ...], float]:
    return samples((config.parent / "tracestill.prom").read_text())


def test_a_run_leaves_its_numbers(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    config = project(teacher.url, telemetry=TEXTFILE, budget={"max_usd": 3.5})
    before = time.time()
    done = tracestill("run", "-c", config)
    assert done.returncode == 0, done.stderr
    found = told(config)
    assert found[("tracestill_run_samples", "", "train", "local")] == 6
    assert found[("tracestill_traces", "math", "accepted", "local")] == 6
    assert found[("tracestill_run_traces", "math", "accepted", "local")] == 6
    assert found[("tracestill_examples",)] == 3
    assert found[("tracestill_budget_usd", "run")] == 3.5
    assert found[("tracestill_stage_done", "generate", "samples")] == 6
    assert found[("tracestill_run_exit_code",)] == 0
    assert found[("tracestill_run_running",)] == 0
    assert before <= found[("tracestill_last_success_timestamp_seconds",)] <= time.time()
    assert any(name[0] == "tracestill_run_tokens" for name in found)


def test_a_run_that_fails_keeps_the_day_of_the_last_success(
    teacher: TeacherServer, project: Project, edit: Edit, tracestill: Run
) -> None:
    config = project(teacher.url, telemetry=TEXTFILE)
    assert tracestill("run", "-c", config).returncode == 0
    success = told(config)[("tracestill_last_success_timestamp_seconds",)]
    teacher.faults = [status(401)] * 9
    edit(config, sampling={"k": 3, "max_tokens": 64})
    assert tracestill("run", "-c", config).returncode == 6
    found = told(config)
    assert found[("tracestill_run_exit_code",)] == 6
    assert found[("tracestill_last_success_timestamp_seconds",)] == success


def test_failures_are_counted_by_kind(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    config = project(teacher.url, telemetry=TEXTFILE, max_failed_share=1)
    teacher.faults = [status(400)] * 9
    assert tracestill("generate", "-c", config).returncode == 0
    assert told(config)[("tracestill_run_samples", "bad_request", "train", "local")] == 6


def test_it_is_written_while_the_run_is_at_work(teacher: TeacherServer, project: Project, edit: Edit) -> None:
    config = project(teacher.url, problems=30, k=4, telemetry=TEXTFILE)
    teacher.delay = 0.2
    edit(config, limits={"concurrency": 4})
    command = [sys.executable, "-m", "tracestill", "generate", "-c", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as run:
        deadline = time.monotonic() + 30
        done = 0.0
        while not 0 < done < 120 and time.monotonic() < deadline:
            time.sleep(0.1)
            if (config.parent / "tracestill.prom").exists():
                found = told(config)
                done = found.get(("tracestill_stage_done", "generate", "samples"), 0.0)
        assert 0 < done < 120
        assert found[("tracestill_run_running",)] == 1
        run.terminate()
        run.communicate()
    assert told(config)[("tracestill_run_exit_code",)] == 130


def test_a_pushgateway_gets_them_at_the_end(
    teacher: TeacherServer, project: Project, tracestill: Run, receiver: Receiver
) -> None:
    config = project(teacher.url, telemetry={"pushgateway": receiver.url})
    assert tracestill("run", "-c", config).returncode == 0
    (method, path, body), *more = receiver.seen
    assert not more
    assert (method, path.split("/workspace")[0]) == ("POST", "/metrics/job/tracestill")
    assert samples(body.decode())[("tracestill_run_exit_code",)] == 0


def test_a_pushgateway_that_is_down_stops_nothing(teacher: TeacherServer, project: Project, tracestill: Run) -> None:
    config = project(teacher.url, telemetry={"pushgateway": "http://127.0.0.1:9"})
    done = tracestill("run", "-c", config)
    assert done.returncode == 0
    assert "warning: telemetry: the metrics could not be written or sent" in done.stderr


def test_where_the_gate_refuses_nothing_is_sent(project: Project, tracestill: Run, receiver: Receiver) -> None:
    config = project("http://203.0.113.7/v1", telemetry={"pushgateway": receiver.url} | TEXTFILE)
    done = tracestill("run", "-c", config, "--set", "teachers.0.self_hosted=false")
    assert done.returncode == 3, done.stderr
    assert receiver.seen == []
    assert told(config)[("tracestill_run_exit_code",)] == 3


def test_a_textfile_that_cannot_be_written_is_said_before_anything_costs(
    teacher: TeacherServer, project: Project, tracestill: Run
) -> None:
    config = project(teacher.url, telemetry={"textfile": "none/x.prom"})
    done = tracestill("run", "-c", config)
    assert done.returncode == 2
    assert "telemetry.textfile" in done.stderr
    assert teacher.seen == []


def spans(receiver: Receiver) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for _, path, body in receiver.seen:
        assert path == "/v1/traces"
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    values = {one.key: _value(one.value) for one in span.attributes}
                    found.append({"name": span.name, "code": span.status.code} | values)
    return found


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    return [one.string_value for one in value.array_value.values] if kind == "array_value" else getattr(value, kind)


def test_requests_are_spans_without_what_was_said(
    teacher: TeacherServer, project: Project, tracestill: Run, receiver: Receiver
) -> None:
    config = project(teacher.url, telemetry={"spans": True})
    done = tracestill("generate", "-c", config, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url)
    assert done.returncode == 0, done.stderr
    found = spans(receiver)
    assert len(found) == 6
    first = found[0]
    assert first["name"].startswith("chat ")
    assert first["gen_ai.operation.name"] == "chat"
    assert first["gen_ai.request.max_tokens"] == 64
    assert first["gen_ai.response.finish_reasons"] == ["stop"]
    assert first["gen_ai.usage.output_tokens"] > 0
    assert first["server.address"] == "127.0.0.1"
    assert not [name for name in first if "messages" in name]
    assert b"What is" not in b"".join(body for _, _, body in receiver.seen)


def test_content_is_there_on_request_and_failures_are_marked(
    teacher: TeacherServer, project: Project, tracestill: Run, receiver: Receiver
) -> None:
    config = project(teacher.url, problems=1, k=1, telemetry={"spans": True, "content": True})
    assert tracestill("generate", "-c", config, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url).returncode == 0
    (span,) = spans(receiver)
    assert "What is 0 + 0?" in json.loads(span["gen_ai.input.messages"])[-1]["parts"][0]["content"]
    assert json.loads(span["gen_ai.output.messages"])[0]["role"] == "assistant"
    teacher.faults = [status(400)] * 9
    receiver.seen.clear()
    done = tracestill("generate", "-c", config, "--set", "teachers.0.sampling.k=2",
                      OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url)  # fmt: skip
    assert done.returncode == 5, done.stderr
    (failed,) = spans(receiver)
    assert (failed["error.type"], failed["code"]) == ("bad_request", 2)
