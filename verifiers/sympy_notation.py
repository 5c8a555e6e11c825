r"""Answers as sympy prints them, in LaTeX: ``Matrix([[1, 2], [3, 4]])``, ``Interval.open(0, 1)``, ``Eq(y, 2*x)``.

Only text is rewritten, and nothing is evaluated. Functions such as ``sqrt(3)`` need no rewriting: math_formula
knows them by these names.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .math_brackets import matching

HEAD = re.compile(
    r"(?<![A-Za-z\\])(?:(?:Immutable|MutableDense)?Matrix|FiniteSet|Interval(?:\.(?:open|Lopen|Ropen))?|Union|Eq|Ne|Lt|Le"
    r"|Gt|Ge|Tuple)(?=\()"
)
WORDS = {"EmptySet": "\\emptyset ", "S.EmptySet": "\\emptyset ", "S.Reals": "\\mathbb{R}", "Reals": "\\mathbb{R}"}
WORD = re.compile(r"(?<![A-Za-z.\\])(?:S\.)?(?:EmptySet|Reals)(?![A-Za-z])(?:\(\))?")
MAX_HEADS = 64


def latex_of_sympy(text: str) -> str:
    """The text with sympy's sets, matrices and relations in LaTeX."""
    text = WORD.sub(lambda found: WORDS[found[0].removesuffix("()")], text)
    for _ in range(MAX_HEADS):
        heads = list(HEAD.finditer(text))
        if not heads:
            break
        head = heads[-1]  # the last one holds no other
        end = matching(text, head.end(), "(", ")")
        if end < 0:
            break
        written = _written(head[0], arguments(text[head.end() + 1 : end]))
        text = text[: head.start()] + written + text[end + 1 :]
    return text


def arguments(text: str) -> list[str]:
    """The parts between commas outside every bracket."""
    depth, start = 0, 0
    found: list[str] = []
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            found.append(text[start:at].strip())
            start = at + 1
    return [*found, text[start:].strip()]


def _written(head: str, of: list[str]) -> str:
    if head.endswith("Matrix"):
        return _matrix(of[0])
    if head.startswith("Interval"):
        return _interval(head, of)
    return _FORMS[head](of)


def _matrix(rows: str) -> str:
    inner = arguments(rows.strip().removeprefix("[").removesuffix("]"))
    cells = [" & ".join(arguments(row[1:-1])) if row.startswith("[") else row for row in inner]
    return "\\begin{pmatrix}" + " \\\\ ".join(cells) + "\\end{pmatrix}"


def _interval(head: str, of: list[str]) -> str:
    opened = [head.endswith((".open", ".Lopen")), head.endswith((".open", ".Ropen"))]
    flags = [opened[0] or of[2:3] == ["True"], opened[1] or of[3:4] == ["True"]]
    low, high = of[0], of[1] if len(of) > 1 else ""
    return ("(" if flags[0] else "[") + f"{low}, {high}" + (")" if flags[1] else "]")


def _joined(sign: str) -> Callable[[list[str]], str]:
    return lambda of: sign.join(of)


_FORMS: dict[str, Callable[[list[str]], str]] = {
    "FiniteSet": lambda of: "\\{" + ", ".join(of) + "\\}",
    "Tuple": lambda of: "(" + ", ".join(of) + ")",
    "Union": _joined("\\cup "),
    "Eq": _joined(" = "),
    "Ne": _joined(" \\ne "),
    "Lt": _joined(" < "),
    "Le": _joined(" \\le "),
    "Gt": _joined(" > "),
    "Ge": _joined(" \\ge "),
}
