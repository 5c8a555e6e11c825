"""What the sandbox says of programs: right ones, wrong ones, and ones that pass a limit."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest
from tracestill.verifiers.sandbox.sandbox import Sandbox, SandboxFault

FUNCTION = {
    "kind": "function",
    "entry_point": "f",
    "cases": [{"args": [2], "expected": 4}, {"args": [3], "expected": 9}],
}
ASSERTS = {"kind": "asserts", "setup": None, "asserts": ["assert f(2) == 4", "assert f(3) == 9"]}
CHECK = {
    "kind": "check",
    "entry_point": "f",
    "code": "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(3) == 9\n",
}
STDIO = {"kind": "stdio", "cases": [{"stdin": "2\n", "stdout": "4\n"}, {"stdin": "3\n", "stdout": "9\n"}]}
PROGRAM = "def f(x):\n    {body}\nif __name__ == '__main__':\n    print(f(int(input())))\n"


def program(body: str) -> str:
    return PROGRAM.replace("{body}", body)


@pytest.mark.parametrize("tests", [FUNCTION, ASSERTS, CHECK, STDIO], ids=lambda tests: str(tests["kind"]))
@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        ("return x * x", "pass", ""),
        ("return x + 2", "fail", r"case 2|f\(3\) == 9|candidate\(3\) == 9"),
        ("return None", "fail", ""),
        ("raise ValueError('no')", "fail", r"ValueError: 'no'.*line 2"),
        ("import sys; sys.exit(0)", "fail", ""),
        ("import os; os._exit(0)", "fail", "ended|missing"),
        ("import os; os.abort()", "fail", "SIGABRT"),
        ("import ctypes; return ctypes.string_at(0)", "fail", "SIGSEGV"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "fail", "SIGKILL|ended"),
        ("while True: pass", "fail", "1 s of processor time"),
        ("import signal; signal.signal(signal.SIGXCPU, print)\n    while True: pass", "fail", "1 s of processor time"),
        ("return len([0] * 10**9)", "fail", "512 MiB of memory"),
        ("import sys; print('x' * 10**7); sys.stdout.flush(); return x * x", "fail", "1 MiB of output"),
        ("open('a', 'w').write('x' * 10**7); return x * x", "fail", "1 MiB of output"),
        ("[open(str(i), 'w').write('x' * 10**6) for i in range(60)]; return x * x", "fail", "files"),
        (
            "import threading, time; [threading.Thread(target=time.sleep, args=(9,)).start() for _ in range(5000)]",
            "fail",
            "16 threads|thread",
        ),
        ("a = [open('/dev/null') for _ in range(500)]", "fail", "open files"),
        ("def g(): return g()\n    return g()", "fail", "RecursionError"),
    ],
)
def test_verdicts(sandbox: Sandbox, tests: dict[str, object], body: str, outcome: str, reason: str):
    judged = sandbox.grade(program(body), tests)
    assert re.fullmatch(outcome, judged.outcome), judged
    assert re.search(reason, judged.reason), judged
    assert not judged.is_weak


@pytest.mark.parametrize("tests", [FUNCTION, ASSERTS, CHECK, STDIO], ids=lambda tests: str(tests["kind"]))
@pytest.mark.parametrize(
    "code", ["", "def g(): pass", "def f(x:", "f = 3", "\0", "raise SystemExit(0)", "import no_such"]
)
def test_a_program_without_the_function(sandbox: Sandbox, tests: dict[str, object], code: str):
    assert sandbox.grade(code, tests).outcome == "fail"


@pytest.mark.parametrize(
    "body",
    [
        "import threading; t = threading.Thread(target=print); t.start(); t.join(); return x * x",
        "import asyncio; asyncio.run(asyncio.sleep(0)); return x * x",
        "from concurrent.futures import ThreadPoolExecutor as P; return list(P(4).map(lambda v: v * v, [x]))[0]",
        "import tempfile; tempfile.TemporaryFile().write(b'x'); return x * x",
        "open('a', 'w').write('9'); return x * x if open('a').read() == '9' else 0",
        "import hashlib, json, decimal, fractions, sqlite3, zlib, ssl, uuid; uuid.uuid4(); return x * x",
        "import sys; sys.setrecursionlimit(10**5); g = lambda n: n and 1 + g(n - 1); return x * x if g(9000) else 0",
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20)); return x * x",
        "import signal; signal.alarm(30); return x * x",
    ],
)
def test_what_honest_programs_do_works(sandbox: Sandbox, body: str):
    assert sandbox.grade(program(body), FUNCTION).outcome == "pass", sandbox.grade(program(body), FUNCTION)


@pytest.mark.parametrize(
    ("attempt", "refused"),
    [
        ("os.fork()", "PermissionError"),
        ("os.posix_spawn('/bin/true', ['true'], {})", "PermissionError|FileNotFoundError|BlockingIOError"),
        ("os.execv(sys.executable, [sys.executable])", "PermissionError|FileNotFoundError"),
        ("subprocess.run([sys.executable, '-c', ''])", "PermissionError|FileNotFoundError"),
        ("socket.socket()", "PermissionError"),
        ("socket.socket(socket.AF_UNIX)", "PermissionError"),
        ("socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)", "PermissionError"),
        ("os.memfd_create('x')", "PermissionError"),
        ("os.listdir('/proc')", "PermissionError|FileNotFoundError"),
        ("open('/proc/self/environ').read()", "PermissionError|FileNotFoundError"),
        ("open('/etc/passwd').read()", "PermissionError|FileNotFoundError"),
        ("open('/new', 'w')", "PermissionError|OSError"),
        ("os.kill(os.getppid(), 0)", "PermissionError"),
        ("os.kill(-1, 9)", "PermissionError"),
        ("os.kill(1, 9)", "PermissionError"),
        ("os.setuid(0)", "PermissionError"),
        ("os.chroot('.')", "PermissionError"),
        ("os.mkfifo('pipe')", "PermissionError"),
        ("os.sched_setaffinity(os.getppid(), {0})", "PermissionError"),
        ("os.setpriority(os.PRIO_PROCESS, 0, -5)", "PermissionError"),
        ("resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))", "PermissionError"),
        ("fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())", "PermissionError"),
        ("resource.setrlimit(resource.RLIMIT_CPU, (99, 99))", "ValueError|PermissionError"),
    ],
)
def test_what_is_denied(sandbox: Sandbox, attempt: str, refused: str):
    code = f"import fcntl, os, resource, socket, subprocess, sys\ndef f(x):\n    {attempt}\n    return x * x\n"
    judged = sandbox.grade(code, FUNCTION)
    assert judged.outcome == "fail"
    assert re.search(refused, judged.reason), judged


def test_a_program_sees_nothing_of_ours(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    monkeypatch.setenv("TRACESTILL_SECRET", "s3cret")
    code = f"""
import os, sys
def f(x):
    seen = [dict(os.environ), sys.argv, os.getcwd(), [d for d in range(64) if opened(d)]]
    try:
        seen.append(open({str(secret)!r}).read())
    except OSError:
        seen.append("hidden")
    return seen
def opened(descriptor):
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
"""
    cases = {"kind": "function", "entry_point": "f", "cases": [{"args": [0], "expected": []}]}
    reason = sandbox.grade(code, cases).reason
    assert "s3cret" not in reason
    assert "LC_CTYPE" in reason
    assert "[0, 1, 2, 3]" in reason or "..." in reason


def test_nothing_survives_a_run(sandbox: Sandbox):
    leave = (
        "import os\ndef f(x):\n    os.mkdir('d'); open('d/x', 'w').write('left'); os.chmod('.', 0)\n    return x * x\n"
    )
    look = "import os\ndef f(x):\n    return os.listdir('.') + [oct(os.stat('.').st_mode & 0o777)]\n"
    expected = {"kind": "function", "entry_point": "f", "cases": [{"args": [0], "expected": ["0o700"]}]}
    assert sandbox.grade(look, expected).outcome == "pass"
    assert sandbox.grade(leave, FUNCTION | {"cases": [{"args": [2], "expected": 4}]}).outcome == "pass"
    assert sandbox.grade(look, expected).outcome == "pass"


def test_many_runs_leave_no_descriptors_and_no_processes(sandbox: Sandbox):
    sandbox.grade(program("return x * x"), CHECK)
    before = len(list(Path("/proc/self/fd").iterdir())), _processes()
    for number in range(60):
        right = number % 3 != 0
        body = "return x * x" if right else "import os; os.abort()"
        for tests in (CHECK, FUNCTION, STDIO):
            assert (sandbox.grade(program(body), tests).outcome == "pass") == right
    assert (len(list(Path("/proc/self/fd").iterdir())), _processes()) == before


def _processes() -> list[int]:
    """Living descendants of this process."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, waiting = [], [os.getpid()]
    while waiting:
        parent = waiting.pop()
        children = [pid for pid, its_parent in parents.items() if its_parent == parent]
        found += children
        waiting += children
    return found


def test_a_zygote_that_was_killed_is_a_fault_and_no_verdict(sandbox: Sandbox):
    assert sandbox.grade(program("return x * x"), FUNCTION).outcome == "pass"
    zygotes = [pid for pid in _processes() if b"zygote" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(zygotes) >= 2
    for pid in zygotes:
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(SandboxFault):
        sandbox.grade(program("return x * x"), FUNCTION)
    assert sandbox.grade(program("return x * x"), FUNCTION).outcome == "pass"
