"""Programs run by a server that speaks the protocol of SandboxFusion or of piston; the verdict is made here."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tracestill.verifiers.sandbox.limits import Limits
from tracestill.verifiers.sandbox.sandbox import Sandbox, SandboxFault

FUNCTION = {
    "kind": "function",
    "entry_point": "f",
    "cases": [{"args": [2], "expected": 4}, {"args": [], "kwargs": {"x": 3}, "expected": 9}],
}
STDIO = {"kind": "stdio", "cases": [{"stdin": "2\n", "stdout": "4\n"}, {"stdin": "3\n", "stdout": "9\n"}]}
PROGRAM = "def f(x):\n    {body}\nif __name__ == '__main__':\n    print(f(int(input())))\n"


class Server(BaseHTTPRequestHandler):
    """Runs what it is sent, as the real ones do, in a process without any isolation."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/broken/run_code":
            self._answer(200, {"status": "SandboxError", "message": "no pod", "run_result": None})
        elif self.path == "/run_code":
            self._answer(200, _fusion(asked))
        elif self.path == "/api/v2/execute":
            self._answer(200, _piston(asked))
        else:
            self._answer(503, {"message": "try later"})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _run(program: str, stdin: str, seconds: float) -> subprocess.CompletedProcess[str] | None:
    command = [sys.executable, "-I", "-c", program]
    try:
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return None


def _fusion(asked: dict[str, Any]) -> dict[str, Any]:
    assert asked["language"] == "python"
    done = _run(asked["code"], asked["stdin"], asked["run_timeout"])
    run = {"status": "TimeLimitExceeded", "return_code": None, "stdout": "", "stderr": ""}
    if done is not None:
        status = "Finished" if done.returncode == 0 else "Error"
        run = {"status": status, "return_code": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
    status = "Success" if run["status"] == "Finished" else "Failed"
    return {"status": status, "message": "", "compile_result": None, "run_result": run}


def _piston(asked: dict[str, Any]) -> dict[str, Any]:
    [file] = asked["files"]
    done = _run(file["content"], asked["stdin"], asked["run_timeout"] / 1000)
    run = {"stdout": "", "stderr": "", "code": None, "signal": "SIGKILL", "output": ""}
    if done is not None:
        run = {"stdout": done.stdout, "stderr": done.stderr, "code": done.returncode, "signal": None, "output": ""}
    return {"language": "python", "version": "3.12.0", "run": run}


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["/run_code", "/api/v2/execute"])
def remote(base: str, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    made = Sandbox(Limits(cpu_s=1, wall_factor=2), remote=base + request.param)
    yield made
    made.close()


@pytest.mark.parametrize("tests", [FUNCTION, STDIO], ids=["function", "stdio"])
@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        ("return x * x", "pass", ""),
        ("print('more', end=''); return x + x", "fail", "case"),
        ("raise ValueError('no')", "fail", "ValueError"),
        ("import os; os._exit(0)", "fail", "ended|missing"),
        ("while True: pass", "fail", "on the clock"),
    ],
)
def test_verdicts(remote: Sandbox, tests: dict[str, Any], body: str, outcome: str, reason: str):
    judged = remote.grade(PROGRAM.replace("{body}", body), tests)
    assert judged.outcome == outcome, judged
    assert any(word in judged.reason for word in reason.split("|")), judged
    assert remote.isolation == "remote"


def test_tests_of_literals_are_asked_as_data(remote: Sandbox):
    tests = {"kind": "check", "entry_point": "f", "code": "def check(c):\n    assert c(2) == 4\n    assert c(3) == 9"}
    assert remote.grade("def f(x): return x * x", tests).outcome == "pass"
    assert remote.grade("def f(x): return x + 2", tests).outcome == "fail"


def test_answers_that_a_program_prints_itself_are_no_help(remote: Sandbox):
    forged = """
import sys
frame = sys._getframe()
while frame:
    word = frame.f_globals.get("_word")
    if word:
        print("\\n" + word + '{"value": true}\\n' + word + '{"value": "4"}')
    frame = frame.f_back
def f(x): return None
"""
    assert remote.grade(forged, FUNCTION).outcome == "fail"


@pytest.mark.parametrize(
    "kind", [{"kind": "asserts", "asserts": ["assert 3 < f(2) < 5"]}, {"kind": "pytest", "code": "x"}]
)
def test_tests_that_are_code_are_undecided(remote: Sandbox, kind: dict[str, Any]):
    judged = remote.grade("def f(x): return 4", kind)
    assert judged.outcome == "undecided"
    assert "remote" in judged.reason


@pytest.mark.parametrize("path", ["/broken/run_code", "/none/execute"])
def test_a_server_that_fails_is_a_fault_and_no_verdict(base: str, path: str):
    broken = Sandbox(Limits(), remote=base + path)
    with pytest.raises(SandboxFault):
        broken.grade("print(4)", STDIO)
    broken.close()


def test_no_server_is_a_fault():
    nobody = Sandbox(Limits(cpu_s=1), remote="http://127.0.0.1:9/run_code")
    with pytest.raises(SandboxFault, match=r"127\.0\.0\.1:9"):
        nobody.grade("print(4)", STDIO)


def test_an_address_of_neither_is_refused():
    with pytest.raises(ValueError, match="SandboxFusion"):
        Sandbox(Limits(), remote="http://127.0.0.1/other")


def test_grade_code_on_a_server(base: str, tracestill: Any, tmp_path: Any):
    lines = [{"id": n, "code": PROGRAM.replace("{body}", f"return x * {n}"), "tests": FUNCTION} for n in (2, 1)]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    places = str(tmp_path / "in.jsonl"), "-o", str(tmp_path / "out.jsonl")
    done = tracestill("grade", "code", *places, "--remote", f"{base}/run_code")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(row["outcome"], row["isolation"]) for row in rows] == [("fail", "remote")] * 2
    refused = tracestill("grade", "code", *places, "--remote", "http://127.0.0.1/other")
    assert refused.returncode == 2
    assert "--remote" in refused.stderr
