"""Where the names come from that tests use and do not define: builtins, the standard library, else the program."""

from __future__ import annotations

import ast
import builtins
import sys
from typing import NamedTuple


class Names(NamedTuple):
    """Names that a piece of test code leaves open."""

    modules: set[str]
    """Used as modules of the standard library only: ``math`` in ``math.isclose``."""
    called: set[str]
    """Called, and nothing else: functions of the program."""
    values: set[str]
    """Everything else."""


def open_names(tree: ast.AST) -> Names:
    """The names that ``tree`` uses and neither defines nor finds among the builtins."""
    defined: set[str] = set(dir(builtins)) | {"__name__", "__file__"}
    used: dict[str, set[str]] = {}
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    owners = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                way = "called" if id(node) in called else "owner" if id(node) in owners else "value"
                used.setdefault(name, set()).add(way)
            case ast.Name(id=name):
                defined.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                defined.add(name)
            case ast.arg(arg=name):
                defined.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                defined |= {alias.asname or alias.name.partition(".")[0] for alias in aliases}
            case ast.ExceptHandler(name=str(name)):
                defined.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                defined.add(name)
            case _:
                pass
    left = {name: ways for name, ways in used.items() if name not in defined}
    modules = {name for name, ways in left.items() if ways == {"owner"} and name in sys.stdlib_module_names}
    only_called = {name for name, ways in left.items() if ways == {"called"}}
    return Names(modules, only_called, left.keys() - modules - only_called)


def shadowed_builtin(tree: ast.Module) -> str | None:
    """The one builtin that every assertion calls: if they use nothing else, the program has one of that name."""
    calls = [
        {node.func.id for node in ast.walk(line) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        for line in tree.body
        if isinstance(line, ast.Assert)
    ]
    common = set[str].intersection(*calls) & set(dir(builtins)) if calls else set[str]()
    return common.pop() if len(common) == 1 else None
