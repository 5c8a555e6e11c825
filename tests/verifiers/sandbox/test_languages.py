"""Programs in C++ and JavaScript: what they print, what their functions return, and what they must not do."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from tracestill.verifiers.sandbox.sandbox import Judged, Sandbox
from tracestill.verifiers.sandbox.toolchains import COMPILERS

SQUARES = {"kind": "stdio", "cases": [{"stdin": "2\n", "stdout": "4\n"}, {"stdin": "3\n", "stdout": "9\n"}]}
CPP, JS = "cpp", "javascript"
READ = "const x = Number(require('fs').readFileSync(0, 'utf8'));"
MAIN = """
#include <bits/stdc++.h>
#include <sys/syscall.h>
#include <unistd.h>
int main() { int x; std::cin >> x; {body} }
"""
ECHO = 'std::string s = std::to_string(x * x); char* a[] = {(char*)"echo", s.data(), nullptr}; '
SQUARED = "std::vector<int> f(std::vector<int>& v) { for (int& x : v) x *= x; return v; }"
LONG = """
#define int long long
using namespace std;
int f(const string& s, int n) { return s.size() + n; }
signed main() {}
"""
HALVED = """
std::map<std::string, double> f(std::map<std::string, int> m) {
    std::map<std::string, double> halves;
    for (auto& [key, value] : m) halves[key] = value / 2.0;
    return halves;
}
"""
PAIR = "std::pair<bool, char> f(char c) { return {c == 'x', c}; }"
SUM = "async function f(a) { return {sum: a.x + 1, list: [null, 'ä']} }"


def grade(sandbox: Sandbox, language: str, program: str, tests: dict[str, Any]) -> Judged:
    if shutil.which(COMPILERS[language]) is None:
        pytest.skip(f"{COMPILERS[language]} is not installed here")
    return sandbox.grade(program, {**tests, "language": language})


def calls(*cases: tuple[list[Any], Any], name: str = "f") -> dict[str, Any]:
    return {
        "kind": "function",
        "entry_point": name,
        "cases": [{"args": args, "expected": expected} for args, expected in cases],
    }


@pytest.mark.parametrize(
    ("language", "program", "outcome", "reason"),
    [
        (CPP, "#include <iostream>\nint main() { int x; std::cin >> x; std::cout << x * x; }", "pass", ""),
        (CPP, "#include <iostream>\nint main() { int x; std::cin >> x; std::cout << x + 2; }", "fail", "case 2"),
        (CPP, "int main() { return x; }", "fail", "does not compile"),
        (CPP, '#include "/etc/passwd"\nint main() {}', "fail", "does not compile"),
        (CPP, "int main() { return *(volatile int*)0; }", "fail", "SIGSEGV"),
        (CPP, "int main() { for (volatile int i = 0;; ++i); }", "fail", "processor time"),
        (CPP, "#include <vector>\nint main() { std::vector<char> all(3000000000ull, 1); }", "fail", "MiB of memory"),
        (JS, "const all = []; while (true) all.push(new Array(1e6).fill(1))", "fail", "MiB of memory"),
        (JS, READ + "console.log(x * x)", "pass", ""),
        (JS, "console.log(Number(require('fs').readFileSync('/dev/stdin', 'utf8')) ** 2)", "pass", ""),
        (
            JS,
            "const lines = require('readline').createInterface({input: process.stdin});"
            "lines.on('line', line => console.log(line * line)); if (require.main !== module) process.exit(1)",
            "pass",
            "",
        ),
        (JS, READ + "console.log(x + 2)", "fail", "case 2"),
        (JS, "const x =", "fail", "missing"),
        (JS, "while (true);", "fail", "processor time"),
    ],
)
def test_programs_that_read_and_print(brisk_sandbox: Sandbox, language: str, program: str, outcome: str, reason: str):
    judged = grade(brisk_sandbox, language, program, SQUARES)
    assert judged.outcome == outcome, judged
    assert reason in judged.reason


@pytest.mark.parametrize(
    ("language", "program", "tests", "outcome", "reason"),
    [
        (CPP, SQUARED, calls(([[1, 3]], [1, 9]), ([[]], [])), "pass", ""),
        (CPP, LONG, calls((["äb", 2**40], 2**40 + 3)), "pass", ""),
        (CPP, HALVED, calls(([{"a": 1, 'q"\n': 4}], {"a": 0.5, 'q"\n': 2.0})), "pass", ""),
        (CPP, PAIR, calls((["x"], [True, "x"]), (["y"], [False, "y"])), "pass", ""),
        (CPP, 'int f(int x) { throw std::runtime_error("no"); }', calls(([1], 1)), "fail", "no"),
        (CPP, "int f(int x) { return x; }", calls(([1], 2)), "fail", "returned 1 and not 2"),
        (CPP, "int g(int x) { return x; }", calls(([1], 1)), "fail", "does not compile"),
        (JS, "const f = (v) => v.map(x => x * x)", calls(([[1, 3]], [1, 9]), ([[]], [])), "pass", ""),
        (JS, SUM, calls(([{"x": 2, "__proto__": 1}], {"sum": 3, "list": [None, "ä"]})), "pass", ""),
        (JS, "function f(x) { return x / 3 }", calls(([1], 0.3333333333333333), ([3], 1)), "pass", ""),
        (JS, "function f(x) { throw new RangeError('no') }", calls(([1], 1)), "fail", "RangeError"),
        (JS, "function f(x) { return x }", calls(([1], "1")), "fail", "returned 1 and not '1'"),
        (JS, "function f(x) { process.exit(0) }", calls(([1], 1)), "fail", "ended at case 1"),
        (JS, "function g(x) { return x }", calls(([1], 1)), "fail", "f is not defined"),
    ],
)
def test_functions(
    brisk_sandbox: Sandbox, language: str, program: str, tests: dict[str, Any], outcome: str, reason: str
):
    judged = grade(brisk_sandbox, language, program, tests)
    assert judged.outcome == outcome, judged
    assert reason in judged.reason, judged


@pytest.mark.parametrize(
    ("language", "attempt"),
    [
        (CPP, "if (fork() >= 0) std::cout << x * x;"),
        (CPP, "if (vfork() >= 0) std::cout << x * x;"),
        (CPP, ECHO + 'execv("/usr/bin/echo", a);'),
        (CPP, ECHO + 'syscall(SYS_execveat, 100, "/usr/bin/echo", a, environ, 0x1000);'),
        (CPP, "if (syscall(SYS_socket, 2, 1, 0) >= 0) std::cout << x * x;"),
        (CPP, 'if (syscall(SYS_memfd_create, "x", 0) >= 0) std::cout << x * x;'),
        (CPP, 'if (std::ifstream("/etc/passwd") || std::ifstream("/proc/1/environ")) std::cout << x * x;'),
        (CPP, "std::vector<char> all(3000000000ull, 1); std::cout << x * x;"),
        (JS, READ + "require('child_process').execSync('true'); console.log(x * x)"),
        (JS, READ + "require('fs').readFileSync('/etc/passwd'); console.log(x * x)"),
        (JS, READ + "process.kill(process.ppid, 0); console.log(x * x)"),
        (JS, READ + "const a = []; while (a.length < 400) a.push(Buffer.alloc(1e7, 1)); console.log(x * x)"),
        (JS, READ + "require('net').createServer().on('error', () => {}).listen(0, () => console.log(x * x))"),
    ],
)
def test_what_is_denied(brisk_sandbox: Sandbox, language: str, attempt: str):
    """Each prints what is expected only if it could do what it must not."""
    program = MAIN.replace("{body}", attempt) if language == CPP else attempt
    judged = grade(brisk_sandbox, language, program, SQUARES)
    assert judged.outcome == "fail", judged
    assert "compile" not in judged.reason, judged


def test_a_name_that_is_none_is_undecided(brisk_sandbox: Sandbox):
    judged = grade(brisk_sandbox, JS, "function f(x) { return x }", calls(([1], 1), name="f;process.exit()"))
    assert judged.outcome == "undecided"
    named = {"kind": "function", "entry_point": "f", "cases": [{"args": [], "kwargs": {"x": 1}, "expected": 1}]}
    assert grade(brisk_sandbox, JS, "function f(x) { return x }", named).outcome == "undecided"


def test_a_language_that_is_not_installed_is_undecided(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    judged = sandbox.grade("int main() {}", {**SQUARES, "language": CPP})
    assert judged.outcome == "undecided"
    assert "g++" in judged.reason
