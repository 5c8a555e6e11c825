"""Tests in the form of a pytest file, run by pytest itself in the process that holds them.

Whatever the file imports that is neither Python's nor pytest's comes from the program: by proxy, each use asked of the
program's process. Tests that reach into the program (patch it, read what it prints, derive from its classes) cannot be
held apart from it. They say so, and can be run beside it; what comes of that is weak, because the program is there.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.util
import os
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from .exceptions import PROGRAM

_BESIDE = frozenset({"capsys", "capsysbinary", "capfd", "capfdbinary", "caplog", "monkeypatch", "recwarn"})
"""Fixtures that see what happens in one's own process only."""
_MOCKS = frozenset({"mock", "unittest.mock"})
_OF_TYPES = frozenset({"isinstance", "issubclass", "raises"})
_OPTIONS = ("-q", "-x", "--rootdir=.", "--noconftest", "--capture=sys", "--color=no", "-p", "no:cacheprovider")


class BesideOnly(Exception):
    """These tests can only be run in the program's own process."""


class NothingRan(Exception):
    """The file holds no test, or pytest could not run any."""


def preload(folder: str) -> None:
    """Import all of pytest, from a folder of packages that will be out of reach."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path.append(folder)
    package = importlib.import_module("_pytest")
    for file in Path(package.__path__[0]).rglob("*.py"):
        name = ".".join(file.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
        importlib.import_module(name)
    importlib.import_module("pytest")
    sys.path.remove(folder)


def run(tree: ast.Module, fill: Callable[[dict[str, Any]], None], get: Callable[[str], Any]) -> None:
    """Run a parsed file.

    Args:
        tree: the file.
        fill: gives the names that the file leaves open to its namespace.
        get: gives what the program has by a name.

    Raises:
        BaseException: what the first test that failed raised.
        RuntimeError: something ended pytest, as KeyboardInterrupt and SystemExit do.
        NothingRan: no test passed and none failed.
    """
    import pytest

    sys.meta_path.append(_Finder(get))
    module = types.ModuleType("tests")
    sys.modules["tests"] = module

    class Tests(pytest.Module):
        def _getobj(self) -> types.ModuleType:
            fill(vars(module))
            exec(compile(tree, "tests.py", "exec"), vars(module))
            return module

    class Folder(pytest.Directory):
        def collect(self) -> Iterator[pytest.Collector]:
            yield Tests.from_parent(self, path=self.path / "tests.py")  # pyright: ignore[reportUnknownMemberType]

    class Plugin(_Outcome):
        def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Collector:
            return Folder.from_parent(parent, path=path)  # pyright: ignore[reportUnknownMemberType]

    outcome = Plugin()
    code = pytest.main([*_OPTIONS, "."], plugins=[outcome])
    if outcome.error is not None:
        raise outcome.error
    if code in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR):  # no test failed, and some did not run
        raise RuntimeError(f"the tests were ended from within ({pytest.ExitCode(code).name})")
    if code != pytest.ExitCode.OK or outcome.passed == 0:
        raise NothingRan(f"pytest found no test to run ({pytest.ExitCode(code).name})")


class _Outcome:
    """Keeps what the first failure raised, and counts."""

    def __init__(self) -> None:
        self.passed = 0
        self.error: BaseException | None = None

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.passed += report.when == "call" and report.passed
        if report.failed:  # also where nothing was raised, as by a test that passes and is expected to fail
            self.error = AssertionError(str(report.longrepr))

    def pytest_exception_interact(self, call: Any) -> None:
        self.error = call.excinfo.value


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives a module of the program's names for every import that nobody else knows."""

    def __init__(self, get: Callable[[str], Any]) -> None:
        self._get = get

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: object = None) -> ModuleSpec | None:
        del target
        return None if path or "." in fullname else importlib.util.spec_from_loader(fullname, self)

    def exec_module(self, module: types.ModuleType) -> None:
        get = self._get

        def of_program(name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            try:
                return get(name)
            except (NameError, LookupError) as error:
                raise AttributeError(f"the program has no {name!r}") from error

        module.__dict__["__getattr__"] = of_program


def must_be_beside(tree: ast.Module, of_program: set[str]) -> str | None:
    """What in a file of tests cannot be asked across processes; null where all can.

    It depends on the tests alone, so that no program can choose to be let near them.
    """
    reasons = (_reach(node, of_program) for node in ast.walk(tree))
    return next(filter(None, reasons), None)


def _reach(node: ast.AST, of_program: set[str]) -> str | None:
    match node:
        case ast.arg(arg=name) if name in _BESIDE:
            return f"the fixture {name}"
        case ast.ImportFrom(module=str(name)) if name in _MOCKS:
            return name
        case ast.ImportFrom(names=aliases) | ast.Import(names=aliases):
            return next((alias.name for alias in aliases if alias.name in _MOCKS), None)
        case ast.ClassDef(name=name, bases=bases) if any(_names(base) & of_program for base in bases):
            return f"the class {name}, which derives from one of the program"
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in _OF_TYPES:
            kinds = args[:1] if name == "raises" else args[1:]
            return f"{name} of a type of the program" if any(_names(kind) & of_program for kind in kinds) else None
        case ast.ExceptHandler(type=ast.expr() as kind) if _names(kind) & of_program:
            return "an exception of a type of the program"
        case _:
            return None


def imported(tree: ast.Module) -> set[str]:
    """Names that a file imports from modules that are neither Python's nor pytest's, and such modules."""
    known = sys.stdlib_module_names | {"pytest", "_pytest"}
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=module, names=aliases) if (module or "").partition(".")[0] not in known:
                names |= {alias.asname or alias.name for alias in aliases}
            case ast.Import(names=aliases):
                names |= {alias.asname or alias.name for alias in aliases if alias.name.partition(".")[0] not in known}
            case _:
                pass
    return names


def loaded(program: str, *, is_stub: bool) -> dict[str, Any]:
    """The names of a program, or of one in which every function only raises, in this process."""
    tree = ast.parse(program, PROGRAM)
    if is_stub:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                node.body = ast.parse("raise NotImplementedError").body
    namespace: dict[str, Any] = {"__name__": "solution", "__file__": PROGRAM}
    exec(compile(tree, PROGRAM, "exec"), namespace)
    return namespace


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
