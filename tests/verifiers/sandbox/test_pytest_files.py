"""Tests in the form of a pytest file: held apart from the program, and beside it only where the tests need that."""

from __future__ import annotations

import pytest
from tracestill.verifiers.sandbox.sandbox import Judged, Sandbox

PLAIN = "def test_add():\n    assert add(1, 2) == 3\n"
TWICE = PLAIN + "def test_more():\n    assert add(2, 3) == 5\n"
RICH = """
import pytest
from solution import add

@pytest.fixture
def four(tmp_path):
    (tmp_path / "number").write_text("4")
    return int((tmp_path / "number").read_text())

@pytest.mark.parametrize(("a", "b", "total"), [(1, 2, 3), (2, 3, 5)])
def test_add(a, b, total):
    assert add(a, b) == total

def test_types():
    with pytest.raises(TypeError):
        add(1, "a")

@pytest.mark.skip
def test_skipped():
    assert False

@pytest.mark.xfail
def test_that_is_known_to_fail():
    assert add(1, 1) == 3

class TestMore:
    def setup_method(self):
        self.one = 1

    def test_floats(self):
        assert add(0.1, 0.2) == pytest.approx(0.3)

    def test_fixture(self, four):
        assert add(self.one, four) == 5
"""
STACK = """
class Stack:
    def __init__(self): self.items = []
    def push(self, item): self.items.append(item)
    def pop(self): return self.items.pop()
"""
OF_STACK = """
import unittest
class TestStack(unittest.TestCase):
    def test_order(self):
        stack = Stack()
        stack.push(1)
        stack.push(2)
        self.assertEqual(stack.pop(), 2)
"""
PRINTED = "def test_greeting(capsys):\n    greet()\n    assert capsys.readouterr().out == 'hello\\n'\n"
OWN_ERROR = """
import pytest
from bank import Overdrawn, pay

def test_pay():
    with pytest.raises(Overdrawn):
        pay(5)
"""


def grade(sandbox: Sandbox, program: str, code: str) -> Judged:
    return sandbox.grade(program, {"kind": "pytest", "code": code})


@pytest.mark.parametrize(
    ("program", "code", "outcome", "reason"),
    [
        ("def add(a, b): return a + b", PLAIN, "pass", ""),
        ("def add(a, b): return a - b", PLAIN, "fail", "assert add(1, 2) == 3"),
        ("def add(a, b): return a + b", RICH, "pass", ""),
        ("def add(a, b): return a - b", RICH, "fail", "assert add(a, b) == total"),
        ("def sub(a, b): return a - b", RICH, "fail", "add"),
        (STACK, OF_STACK, "pass", ""),
        (STACK.replace("pop()", "pop(0)"), OF_STACK, "fail", "1 != 2"),
        ("import os\nos._exit(0)", PLAIN, "fail", "ended"),
        ("raise ValueError('no')", PLAIN, "fail", "no"),
        ("class A:\n    def __eq__(self, other): return True\ndef add(a, b): return A()", PLAIN, "fail", "plain data"),
        ("def add(a, b):\n    while True: pass", PLAIN, "fail", "processor time"),
        ("def add(a, b):\n    if a > 1: raise KeyboardInterrupt\n    return 3", TWICE, "fail", "INTERRUPTED"),
        ("def add(a, b):\n    if a > 1: raise SystemExit\n    return 3", TWICE, "fail", "SystemExit"),
        ("raise SystemExit(0)", PLAIN, "fail", ""),
        ("raise SystemExit(0)", RICH, "fail", ""),
        ("raise KeyboardInterrupt", RICH, "fail", ""),
        ("def add(a, b): return 3", "x = 1\n", "undecided", "no test to run"),
        ("def add(a, b): return 3", "def test_add(: pass", "undecided", "do not parse"),
        ("def add(a, b): return 3", "import no.such\n", "undecided", "no.such"),
        ("def add(a, b): return 3", "@__import__('pytest').mark.xfail(strict=True)\n" + PLAIN, "fail", "XPASS"),
    ],
)
def test_verdicts(sandbox: Sandbox, program: str, code: str, outcome: str, reason: str):
    judged = grade(sandbox, program, code)
    assert judged.outcome == outcome, judged
    assert reason in judged.reason
    assert not judged.is_weak


@pytest.mark.parametrize(
    ("program", "code", "outcome"),
    [
        ("def greet(): print('hello')", PRINTED, "pass"),
        ("def greet(): print('bye')", PRINTED, "fail"),
        ("class Overdrawn(Exception): pass\ndef pay(n): raise Overdrawn", OWN_ERROR, "pass"),
        ("class Overdrawn(Exception): pass\ndef pay(n): pass", OWN_ERROR, "fail"),
    ],
)
def test_tests_that_need_the_program_beside_them_are_weak(sandbox: Sandbox, program: str, code: str, outcome: str):
    judged = grade(sandbox, program, code)
    assert judged.outcome == outcome, judged
    assert judged.is_weak
    assert "the program's own process" in judged.reason


def test_beside_the_program_the_tests_must_tell_it_from_a_stub(sandbox: Sandbox):
    judged = grade(sandbox, "def greet(): print('hello')", "def test_nothing(capsys):\n    assert True\n")
    assert judged.outcome == "undecided"
    assert "only raises" in judged.reason


def test_a_program_cannot_choose_to_be_beside_its_tests(sandbox: Sandbox):
    """What it does to be asked in vain makes it fail, and brings it no nearer to the tests."""
    for value in ("print", "capsys", "type('T', (), {'__eq__': lambda self, other: True})()"):
        program = f"capsys = 1\ndef add(a, b): return {value}\n"
        judged = grade(sandbox, program, PLAIN)
        assert judged.outcome == "fail", judged
        assert not judged.is_weak
