"""Programs that were written to cheat, to hide or to break the sandbox, and honest ones that look odd."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tracestill.verifiers.sandbox.sandbox import Sandbox

CHECK = {
    "kind": "check",
    "entry_point": "f",
    "code": "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(3) == 9\n",
}
FUNCTION = {"kind": "function", "entry_point": "f", "cases": [{"args": [2], "expected": 4}]}
STDIO = {"kind": "stdio", "cases": [{"stdin": "2\n", "stdout": "4\n"}, {"stdin": "3\n", "stdout": "9\n"}]}
CUSTOM = STDIO | {"checker": "def check(stdin, expected, printed):\n    return printed.split() == expected.split()\n"}

FORGERY = """
import json, os
def receive():
    size = int.from_bytes(os.read(3, 4), "big")
    while size:
        size -= len(os.read(3, size))
def answer(text):
    os.write(3, len(text).to_bytes(4, "big") + text)
while True:
    receive()
    answer({answer})
"""
ANSWERS = {
    "a limit of no text": b'{"raised": ["ValueError"], "message": "x", "line": 1, "limit": {"a": 1}}',
    "a limit that there is not": b'{"raised": ["ValueError"], "message": "x", "line": 1, "limit": "%s"}'
    % (b"A" * 5000),
    "types of no list": b'{"raised": 5, "message": "x", "line": 1, "limit": null}',
    "half a surrogate pair": b'{"raised": ["\\\\ud800"], "message": "\\\\udcff", "line": 1, "limit": null}',
    "a line of many digits": b'{"raised": ["ValueError"], "message": "x", "line": %s, "limit": null}' % (b"9" * 4000),
    "no message": b'{"raised": ["ValueError"]}',
    "no object": b'"do"',
    "a list": b"[]",
    "a value that nests": b'{"value": ' + b"[" * 300 + b"]" * 300 + b"}",
    "a value without end": b'{"value": ' + b"[" * 9000,
    "an object of the tests": b'{"value": {"object": ["", 0, ""]}}',
    "a function for a number": b'{"value": {"object": ["program", "f", "int"]}}',
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_forged_answer_is_no_pass_and_no_fault(sandbox: Sandbox, answer: bytes):
    judged = sandbox.grade(FORGERY.replace("{answer}", repr(answer)), CHECK)
    assert judged.outcome == "fail", judged
    assert len(judged.reason) < 700
    judged.reason.encode()


@pytest.mark.parametrize(
    "code",
    [
        "def check(candidate):\n    for got, want in zip(map(candidate, [2]), [4]):\n        assert got == want\n",
        "def check(candidate):\n    assert all(candidate(x) == x * x for x in [2, 3])\n",
        "def check(candidate):\n    assert list(map(candidate, [2, 3])) == []\n",
    ],
)
def test_stop_iteration_does_not_end_a_loop_of_the_tests(sandbox: Sandbox, code: str):
    judged = sandbox.grade("def f(x):\n    raise StopIteration\n", CHECK | {"code": code})
    assert judged.outcome == "fail", judged


def test_an_object_that_contains_everything_makes_the_verdict_weak(sandbox: Sandbox):
    program = "class Anything:\n    def __contains__(self, item): return True\ndef f(x): return Anything()\n"
    judged = sandbox.grade(program, CHECK | {"code": "def check(candidate):\n    assert 'a' in candidate(2)\n"})
    assert judged.is_weak


def test_two_objects_of_the_program_are_not_compared(sandbox: Sandbox):
    program = "class Anything:\n    def __eq__(self, other): return True\ndef f(x): return Anything()\n"
    own = sandbox.grade(program, {"kind": "asserts", "asserts": ["assert f(1) == f(2)"]})
    assert own.outcome == "undecided"
    assert sandbox.grade(program, CHECK).outcome == "fail"


def test_operators_are_asked_of_the_program(sandbox: Sandbox):
    program = """
class Money:
    def __init__(self, cents): self.cents = cents
    def __add__(self, other): return Money(self.cents + other.cents)
    def __rmul__(self, factor): return Money(self.cents * factor)
    def __neg__(self): return Money(-self.cents)
"""
    asserts = [
        "assert (Money(1) + Money(2)).cents == 3",
        "assert (3 * Money(2)).cents == 6",
        "assert (-Money(1)).cents < 0",
    ]
    assert sandbox.grade(program, {"kind": "asserts", "asserts": asserts}).outcome == "pass"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("datetime.date(2020, 2, 29)", "datetime.date(2020, 2, 29)"),
        ("datetime.datetime(2020, 1, 1, 2, tzinfo=datetime.timezone.utc)", None),
        ("datetime.timedelta(days=2)", "datetime.timedelta(2)"),
        ("datetime.time(2, 3)", None),
        ("{'a': 1}.keys()", "{'a'}"),
        ("{'a': 1}.items()", "{('a', 1)}"),
    ],
)
def test_dates_and_views_cross(sandbox: Sandbox, value: str, wanted: str | None):
    tests = {"kind": "asserts", "setup": "import datetime", "asserts": [f"assert f() == {wanted or value}"]}
    judged = sandbox.grade(f"import datetime\ndef f():\n    return {value}\n", tests)
    assert judged.outcome == "pass", judged


@pytest.mark.parametrize(
    ("tests", "error"),
    [
        (
            "try:\n    f()\nexcept KeyError as error:\n    assert error.args == ('k',)\nelse:\n    assert False",
            "KeyError('k')",
        )
    ],
)
def test_an_exception_is_rebuilt(sandbox: Sandbox, tests: str, error: str):
    judged = sandbox.grade(f"def f():\n    raise {error}\n", {"kind": "asserts", "asserts": [tests]})
    assert judged.outcome == "pass", judged


def test_a_float_is_no_integer_by_tolerance(sandbox: Sandbox):
    case = {"args": [10**12], "expected": 10**12}
    tests = {"kind": "function", "entry_point": "f", "cases": [case]}
    assert sandbox.grade("def f(x): return float(x)", tests).outcome == "pass"
    assert sandbox.grade("def f(x): return float(x) + 400", tests).outcome == "fail"


@pytest.mark.parametrize(
    "program",
    [
        "print(int(input()) ** 2)\nexit()",
        "print(int(input()) ** 2)\nquit(0)",
        "import os\nos.path.abspath(__file__)\nprint(int(input()) ** 2)",
        "o = open(1, 'w')\no.write(str(int(input()) ** 2))",
        "import os\no = os.fdopen(1, 'w')\no.write(str(int(input()) ** 2))",
        "import sys, io\nprint(int(input()) ** 2)\nsys.stdout = io.StringIO()\nprint('debug')",
        "import sys\nprint(int(input()) ** 2)\nsys.stdout.close()",
        "x = int(input())\nclass A:\n    def __del__(self): print(x * x)\na = A()",
        "print(int(open('/dev/stdin').read()) ** 2)",
        "print(int(open(0).read()) ** 2)",
        "import sys\nfrom functools import lru_cache\nsys.setrecursionlimit(10**6)\n@lru_cache(None)\n"
        "def g(n): return n and g(n - 1)\ng(20000)\nprint(int(input()) ** 2)",
    ],
)
def test_an_honest_program_prints(patient_sandbox: Sandbox, program: str):
    judged = patient_sandbox.grade(program, STDIO)
    assert judged.outcome == "pass", judged


def test_as_many_threads_as_the_limit_says(patient_sandbox: Sandbox):
    program = """
import threading, time
def f(x):
    threads = [threading.Thread(target=time.sleep, args=(0.2,)) for _ in range(64)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return x * x
"""
    judged = patient_sandbox.grade(program, FUNCTION)
    assert judged.outcome == "pass", judged


def test_a_checker_of_the_problems_own_sees_floods(sandbox: Sandbox):
    flood = "import os\nb = b'\\xff' * (900 << 10)\nwhile b: b = b[os.write(1, b):]\n"
    assert sandbox.grade(flood, CUSTOM).outcome == "fail"
    assert sandbox.grade("print(int(input()) ** 2)", CUSTOM).outcome == "pass"


def test_input_of_a_run_is_gone_in_the_next_one(sandbox: Sandbox):
    assert sandbox.grade("print(int(open('/dev/stdin').read()) ** 2)", STDIO).outcome == "pass"
    look = "def f(x):\n    try:\n        return open('/dev/stdin').read()\n    except OSError:\n        return ''\n"
    empty = {"kind": "function", "entry_point": "f", "cases": [{"args": [2], "expected": ""}]}
    assert sandbox.grade(look, empty).outcome == "pass"
    change = "def f(x):\n    open('/dev/stdin', 'w').write('9')\n    return x * x\n"
    assert sandbox.grade(change, FUNCTION).outcome in ("fail", "pass")
    assert sandbox.grade(look, empty).outcome == "pass"


@pytest.mark.parametrize(
    "program",
    [
        "import os\nfor _ in range(1015):\n    os.mkdir('d'); os.chdir('d')\n",
        "import os\nos.mkdir('a'); os.mkdir('a/b'); open('a/b/c', 'w').close(); os.chmod('a/b', 0); os.chmod('a', 0)\n",
        "import fcntl\nfcntl.flock(2, fcntl.LOCK_EX)\n",
        "import os\nos.set_blocking(2, False); os.set_blocking(0, False)\n",
        "import ctypes, os\nd = os.open('a', os.O_RDWR | os.O_CREAT)\nos.unlink('a')\n"
        "if ctypes.CDLL(None).fallocate(d, 1, ctypes.c_long(0), ctypes.c_long(1 << 30)) == 0: os._exit(0)\n",
        "import ctypes\nctypes.CDLL(None).syscall(60, 0)\n",
    ],
)
def test_what_a_program_leaves_does_not_hurt_the_next_one(sandbox: Sandbox, program: str, tmp_path: Path):
    assert sandbox.grade(program + "def f(x): return 0\n", FUNCTION).outcome == "fail"
    look = "import os\ndef f(x): return [os.listdir('.'), os.get_blocking(0), os.get_blocking(2)]\n"
    clean = {"kind": "function", "entry_point": "f", "cases": [{"args": [2], "expected": [[], True, True]}]}
    judged = sandbox.grade(look, clean)
    assert judged.outcome == "pass", judged


def test_files_without_a_name_are_counted(sandbox: Sandbox):
    program = """
import ctypes, os
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
while True:
    d = os.open("a", os.O_RDWR | os.O_CREAT)
    os.unlink("a")
    os.write(d, b"x" * 4096)
    libc.mmap(None, 4096, 1, 1, d, 0)
    os.close(d)
"""
    judged = sandbox.grade(program, FUNCTION)
    assert judged.outcome == "fail"
    assert "files" in judged.reason, judged


def test_words_of_a_program_are_bounded_in_a_verdict(sandbox: Sandbox):
    program = (
        "class M(type):\n    __name__ = property(lambda cls: 'x' * 10**6)\nclass E(Exception, metaclass=M): pass\n"
    )
    judged = sandbox.grade(program + "def f(x): raise E('\\udcff' * 10**6)\n", FUNCTION)
    assert judged.outcome == "fail"
    assert len(json.dumps(judged.reason)) < 4000


def test_a_forged_answer_that_cannot_be_passed_back_is_the_programs_fault(sandbox: Sandbox):
    deep = b'{"value": ' + b"[" * 300 + b"]" * 300 + b"}"
    code = "def check(candidate):\n    assert candidate(candidate(2)) == 16\n"
    judged = sandbox.grade(FORGERY.replace("{answer}", repr(deep)), CHECK | {"code": code})
    assert judged.outcome == "fail", judged
