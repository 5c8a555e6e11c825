"""The child that holds the tests: it never runs the program, asks it over a socket, and gives the verdict.

Tests are code too, and come from elsewhere: it is confined like a program.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import os
import sys
import traceback
import types
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from . import plain, pytest_files
from .names import Names, open_names, shadowed_builtin
from .proxies import Link, Opaque, OpaqueValue, OwnComparison, ProgramGone

VERDICT = 5
"""The descriptor that the verdict is written to."""
FILE = "tests.py"
_REASON_CHARACTERS = 400

Verdict = dict[str, Any]
Namespace = dict[str, Any]


class BrokenTests(Exception):
    """The tests cannot judge any program."""


def run(payload: dict[str, Any]) -> NoReturn:
    """Judge by ``payload["kind"]``, write the verdict, and end."""
    link = Link()
    try:
        is_weak = _KINDS[payload["kind"]](payload, link)
        verdict = _verdict("pass", "all tests passed") | {"weak": is_weak or link.is_weak}
    except BrokenTests as error:
        verdict = _verdict("undecided", str(error))
    except pytest_files.BesideOnly as error:
        verdict = _verdict("beside", str(error))
    except BaseException as error:  # noqa: BLE001 - tests may raise anything
        verdict = _of_exception(error, link)
    if link.broken is not None and verdict["outcome"] != "undecided":  # whatever the tests made of it
        verdict = _verdict("fail", link.broken)
    plain.send(VERDICT, verdict)
    os._exit(0)


def _verdict(outcome: str, reason: str) -> Verdict:
    return {"outcome": outcome, "reason": reason[:_REASON_CHARACTERS], "weak": False, "limit": None}


def _of_exception(error: BaseException, link: Link) -> Verdict:
    where = _where(error)
    if isinstance(error, OwnComparison):
        return _verdict("undecided", f"{where}{error}")
    if isinstance(error, plain.NotPlain):
        return _verdict("undecided", f"{where}the tests cannot be asked across processes: {error}")
    if isinstance(error, OpaqueValue | ProgramGone):
        return _verdict("fail", f"{where}{error}")
    if link.uses == 0 and not isinstance(error, AssertionError):
        return _verdict("undecided", f"{where}the tests are broken: {type(error).__name__}: {_text(error)}")
    if link.raised is not None and link.rebuilt in (error, error.__cause__):
        return _verdict("fail", f"{where}{link.raised}") | {"limit": link.raised.limit}
    return _verdict("fail", f"{where}{type(error).__name__}{': ' if _text(error) else ''}{_text(error)}")


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:  # noqa: BLE001 - an exception of the tests may do anything when it is asked for its text
        return ""


def _where(error: BaseException) -> str:
    """The line of the tests that did not hold."""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == FILE]
    source = _sources.get(FILE, [])
    if not lines or not 0 < lines[-1] <= len(source):
        return ""
    return f"{source[lines[-1] - 1].strip()[:160]}: "


_sources: dict[str, list[str]] = {}


def _parsed(code: str) -> ast.Module:
    _sources[FILE] = code.splitlines()
    try:
        return ast.parse(code, FILE)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BrokenTests(f"the tests do not parse: {error}") from error


def _run(tree: ast.Module, namespace: Namespace) -> None:
    exec(compile(tree, FILE, "exec"), namespace)


def _namespace(tree: ast.Module, link: Link, helpers: str | None = None) -> tuple[Namespace, Names]:
    """Names for the tests, in this order: their own, builtins, the standard library, the prompt's, the program's."""
    module = types.ModuleType("tests")
    sys.modules["tests"] = module
    namespace = vars(module)
    namespace["__builtins__"] = builtins
    names = open_names(tree)
    for name in names.modules:
        namespace[name] = importlib.import_module(name)
    if helpers:
        _run(ast.parse(helpers), namespace)
    left = Names(names.modules, names.called - namespace.keys(), names.values - namespace.keys())
    for name in left.called:
        namespace[name] = Opaque(link, name, "function")
    for name in left.values:
        try:
            namespace[name] = link.ask("get", name)
        except Exception:  # noqa: BLE001 - it is asked again where the tests use it
            namespace[name] = Opaque(link, name, "name")
    return namespace, left


def _check(payload: dict[str, Any], link: Link) -> bool:
    """HumanEval's form: ``check`` is given the function. Weak where it uses more of the program than that."""
    tree = _parsed(payload["code"])
    namespace, left = _namespace(tree, link, payload.get("helpers"))
    entry_point = payload["entry_point"]
    _run(tree, namespace)
    check = namespace.get("check")
    if not callable(check) or isinstance(check, Opaque):
        raise BrokenTests("the tests define no function check(candidate)")
    check(Opaque(link, entry_point, "function"))
    return bool((left.called | left.values) - {entry_point})


def _asserts(payload: dict[str, Any], link: Link) -> bool:
    """MBPP's form: statements, one after the other, of which none may raise."""
    setup = payload.get("setup") or ""
    tree = _parsed("\n".join([setup, *payload["asserts"]]))
    namespace, left = _namespace(tree, link)
    if not left.called | left.values and (name := shadowed_builtin(tree)) is not None:
        namespace[name] = Opaque(link, name, "function")
    _run(tree, namespace)
    return False


def _checker(payload: dict[str, Any], link: Link) -> bool:
    """A problem's own judge of what was printed: ``check(stdin, expected, printed)`` must give True."""
    tree = _parsed(payload["code"])
    namespace: Namespace = {"__name__": "checker", "__builtins__": builtins}
    _run(tree, namespace)
    check = namespace.get("check")
    if not callable(check):
        raise BrokenTests("the checker defines no function check(stdin, expected, printed)")
    link.uses = 1
    if check(*payload["case"]) is not True:
        raise AssertionError("the problem's checker says no")
    return False


def _pytest(payload: dict[str, Any], link: Link) -> bool:
    """A file for pytest. Weak where the program is given too, and run in this process."""
    tree = _parsed(payload["code"])
    names = open_names(tree)
    program = payload.get("program")
    if program is None:
        of_program = names.called | names.values | pytest_files.imported(tree)
        if (what := pytest_files.must_be_beside(tree, of_program)) is not None:
            raise pytest_files.BesideOnly(what)
        asked = partial(link.ask, "get")
    else:
        link.uses = 1
        asked = pytest_files.loaded(program, is_stub=payload["is_stub"]).__getitem__

    def fill(namespace: Namespace) -> None:
        for name in names.modules:
            namespace[name] = importlib.import_module(name)
        for name in names.called | names.values:
            try:
                namespace[name] = asked(name)
            except Exception:  # noqa: BLE001 - it is missed where the tests use it
                if program is None:
                    namespace[name] = Opaque(link, name, "name")

    try:
        pytest_files.run(tree, fill, asked)
    except pytest_files.NothingRan as error:
        raise BrokenTests(str(error)) from error
    return program is not None


_KINDS: dict[str, Callable[[dict[str, Any], Link], bool]] = {
    "check": _check,
    "asserts": _asserts,
    "checker": _checker,
    "pytest": _pytest,
}
