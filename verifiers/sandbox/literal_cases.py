"""Test code that says no more than ``f(these) == that``, read as the data that it is.

Most of HumanEval's and MBPP's tests are lists of such lines. As data they need no process of their own, and nobody runs
them: the program is asked, and what comes back is compared. Whatever else a test does leaves it what it is, code.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple


class Case(NamedTuple):
    """One call and what it must equal."""

    args: list[Any]
    kwargs: dict[str, Any]
    expected: Any
    source: str
    """The line of the tests."""


def cases_of(tests: Mapping[str, Any]) -> tuple[str, list[Case]] | None:
    """The function and the calls that ``check`` or ``asserts`` tests consist of; null where they do anything else."""
    try:
        if tests["kind"] == "check":
            return tests["entry_point"], _of_check(tests["code"])
        if tests["kind"] == "asserts" and not (tests.get("setup") or "").strip():
            lines = [line for code in tests["asserts"] for line in ast.parse(code).body]
            name = next(_called(lines))
            return name, [_case(line, name) for line in lines]
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError, StopIteration):
        return None
    return None


def _of_check(code: str) -> list[Case]:
    *others, check = ast.parse(code).body
    if not all(_is_idle(line) for line in others):
        raise ValueError("code beside the function")
    if not isinstance(check, ast.FunctionDef) or check.name != "check" or check.decorator_list:
        raise ValueError("no function check")
    [parameter] = check.args.args
    if ast.unparse(check.args) != parameter.arg:
        raise ValueError("more than one parameter")
    return [_case(line, parameter.arg) for line in check.body if not _is_idle(line)]


def _is_idle(line: ast.stmt) -> bool:
    """Whether a line changes nothing: a text, data about the tests, ``assert True``."""
    match line:
        case ast.Expr(value=ast.Constant()) | ast.Assert(test=ast.Constant(value=True)):
            return True
        case ast.Assign(targets=[ast.Name(id="METADATA")], value=value):
            ast.literal_eval(value)
            return True
        case _:
            return False


def _called(lines: Sequence[ast.stmt]) -> Iterator[str]:
    for line in lines:
        for node in ast.walk(line):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield node.func.id


def _case(line: ast.stmt, name: str) -> Case:
    match line:
        case ast.Assert(test=ast.Compare(left=ast.Call() as call, ops=[ast.Eq()], comparators=[expected])):
            pass
        case _:
            raise ValueError("no comparison of a call")
    if not isinstance(call.func, ast.Name) or call.func.id != name or any(word.arg is None for word in call.keywords):
        raise ValueError("another call")
    return Case(
        [ast.literal_eval(argument) for argument in call.args],
        {str(word.arg): ast.literal_eval(word.value) for word in call.keywords},
        ast.literal_eval(expected),
        ast.unparse(line.test),
    )
