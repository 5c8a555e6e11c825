"""Modules and functions stay small enough to read at a sitting; an exception is listed here with its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("pipeline", "verifiers", "policies", "prompts")
MODULE_LINES, MODULE_LINES_AT_MOST = 300, 400
FUNCTION_LINES, FUNCTION_LINES_AT_MOST = 40, 60

LONG_MODULES = {
    "pipeline/cli.py": "one call for each command, with the options that its help explains",
    "verifiers/math_functions.py": "a table of functions, with the few lines that each of them needs",
}
LONG_FUNCTIONS = {
    "pipeline/stages/import_traces.py: _trace": "one constructor call, a line per column of a trace",
}


def modules(root: Path) -> Iterator[tuple[str, str]]:
    """Name and text of every module."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def module_lines(root: Path) -> dict[str, int]:
    return {name: text.count("\n") for name, text in modules(root)}


def function_lines(root: Path) -> dict[str, int]:
    """Lines of every function from its ``def`` to its end, without its docstring."""
    return {
        f"{name}: {node.name}": _lines(node)
        for name, text in modules(root)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if documented else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


def longer(lines: dict[str, int], bound: int) -> set[str]:
    return {name for name, count in lines.items() if count > bound}


def test_modules_are_short():
    lines = module_lines(ROOT)
    assert len(lines) > 80
    assert longer(lines, MODULE_LINES) <= set(LONG_MODULES)
    assert longer(lines, MODULE_LINES_AT_MOST) == set()


def test_functions_are_short():
    lines = function_lines(ROOT)
    assert len(lines) > 500
    assert longer(lines, FUNCTION_LINES) <= set(LONG_FUNCTIONS)
    assert longer(lines, FUNCTION_LINES_AT_MOST) == set()


def test_no_exception_outlives_its_reason():
    assert set(LONG_MODULES) <= longer(module_lines(ROOT), MODULE_LINES)
    assert set(LONG_FUNCTIONS) <= longer(function_lines(ROOT), FUNCTION_LINES)


@pytest.mark.parametrize(("body", "found"), [(41, 1), (40, 0)])
def test_what_is_too_long_is_found(tmp_path: Path, body: int, found: int):
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()
    lines = ["def long():", '    """Docstring.', '    """', *["    pass"] * (body - 1)]
    (tmp_path / "pipeline/long.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert module_lines(tmp_path) == {"pipeline/long.py": body + 2}
    assert len(longer(function_lines(tmp_path), FUNCTION_LINES)) == found
