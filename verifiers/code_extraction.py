"""The program in a model's response: its last fenced block of the right language, with what that needs of earlier ones.

Models often show a helper in one block and the solution in the next, or the solution and then an example of its use.
Names decide, read from the syntax tree; nothing is executed.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple, TypeGuard

from .answer_extraction import until_end_of_turn
from .sandbox.names import open_names
from .thinking import without_thinking

__all__ = ["LANGUAGES", "Extracted", "program_of"]

LANGUAGES: dict[str, frozenset[str]] = {
    "python": frozenset({"python", "py", "python3", "python2"}),
    "cpp": frozenset({"cpp", "c++", "cc", "cxx"}),
    "javascript": frozenset({"javascript", "js", "node", "mjs"}),
}
"""The names of each language after the marks of a fence."""

_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})[ \t]*([^\s`]*)")
_MOST_PARSED = 200_000
"""Characters; the parser's memory is a multiple of what it reads."""


class Extracted(NamedTuple):
    """What was found."""

    code: str | None
    reason: str
    """Why there is none, or where it stood."""


class _Block(NamedTuple):
    language: str
    code: str
    is_closed: bool


def program_of(response: str, language: str = "python", entry_point: str | None = None) -> Extracted:
    """The program of a response.

    Args:
        response: the whole response, with or without a think block; the block does not count.
        language: one of LANGUAGES.
        entry_point: the function that the tests call. A block that defines it comes before a later one that does not.
    """
    answer = without_thinking(response)
    if answer is None:
        return Extracted(None, "the think block is not closed")
    text = until_end_of_turn(answer)
    blocks = list(_blocks(text))
    if blocks and not blocks[-1].is_closed and (blocks[-1].language or blocks[-1].code.strip()):
        return Extracted(None, "the last code block is not closed")
    blocks = [block for block in blocks if block.is_closed]  # a stray fence at the end opens nothing
    right = [block for block in blocks if block.language in LANGUAGES[language]]
    right = right or [block for block in blocks if not block.language]
    if not right:
        return (
            _without_blocks(answer if answer.strip() == text else text, language)
            if not blocks
            else Extracted(None, f"no code block of {language}")
        )
    if language != "python":
        return Extracted(right[-1].code, "the last code block")
    return _joined([block.code for block in right], entry_point)


def _blocks(text: str) -> Iterator[_Block]:
    """Fenced blocks as CommonMark has them: closed by as many marks of the same kind or more, by themselves.

    Lines lose the indentation that the opening fence has. Code between marks within one line opens no block.
    """
    indent, mark, language = "", "", ""
    lines: list[str] = []
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if not mark:
            if found is not None and not (found[2][0] == "`" and "`" in line[found.end(2) :]):
                indent, mark, language, lines = found[1], found[2], found[3].lower().strip("{}."), []
        elif found is not None and found[2].startswith(mark) and line.strip() == found[2]:
            yield _Block(language, "".join(f"{one}\n" for one in lines), is_closed=True)
            mark = ""
        else:
            own = len(line) - len(line.lstrip(" "))
            lines.append(line[min(own, len(indent)) :])
    if mark:
        yield _Block(language, "".join(f"{one}\n" for one in lines), is_closed=False)


def _without_blocks(text: str, language: str) -> Extracted:
    """A response that is nothing but a program: it defines, imports or prints."""
    tree = _tree(text) if language == "python" else None
    if tree is None or not any(_tells(node) for node in ast.walk(tree)):
        return Extracted(None, "no code block")
    return Extracted(text, "the whole answer")


def _tells(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="print")):
            return True
        case _:
            return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)


def _joined(codes: list[str], entry_point: str | None) -> Extracted:
    """The block that counts, after the blocks that define what it uses and does not define."""
    trees = [_tree(code) for code in codes]
    last = len(codes) - 1
    if entry_point is not None:
        defining = [at for at, tree in enumerate(trees) if tree is not None and entry_point in _defined(tree)]
        last = defining[-1] if defining else last
    chosen = sorted(_needed(trees[: last + 1]))
    code = "\n".join(codes[at] for at in chosen)
    return Extracted(code, "the last code block" if len(chosen) == 1 else f"{len(chosen)} code blocks, joined")


def _needed(trees: list[ast.Module | None]) -> set[int]:
    """The last block, and those that define what it or one of them lacks; the latest definition of a name counts."""
    provided = [set[str]() if tree is None else _defined(tree) | _imported(tree) for tree in trees]
    latest = {name: at for at, names in enumerate(provided) for name in names}
    chosen = {len(trees) - 1}
    waiting = [len(trees) - 1]
    while waiting:
        found = {latest[name] for name in _lacking(trees[waiting.pop()]) if name in latest} - chosen
        chosen |= found
        waiting.extend(found)
    return chosen


def _lacking(tree: ast.Module | None) -> set[str]:
    if tree is None:
        return set()
    names = open_names(tree)
    return names.modules | names.called | names.values


def _defined(tree: ast.Module) -> set[str]:
    """The functions, classes and variables that a block defines at its top level."""
    names: set[str] = set()
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names |= {one.id for target in targets for one in ast.walk(target) if _is_stored(one)}
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                names.add(name)
            case _:
                pass
    return names


def _is_stored(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _imported(tree: ast.Module) -> set[str]:
    """What a block imports at its top level."""
    return {
        alias.asname or alias.name.partition(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def _tree(code: str) -> ast.Module | None:
    if len(code) > _MOST_PARSED:
        return None
    try:
        with warnings.catch_warnings(action="ignore"):  # of a model's escapes, which are not ours to mend
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def helpers_of(prompt: str, entry_point: str) -> str | None:
    """The functions that a problem's own statement defines beside the one to write, for tests that use them."""
    tree = _tree(prompt)
    if tree is None:
        codes = [block.code for block in _blocks(prompt) if block.language in LANGUAGES["python"]]
        tree = _tree(codes[-1]) if codes else None
    if tree is None:
        return None
    kept: list[ast.stmt] = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)
        and getattr(node, "name", "") != entry_point
    ]
    if not any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in kept):
        return None
    return ast.unparse(ast.Module(kept, []))
