r"""Unmistakable signs that a text breaks off: an open block or formula, or an end that no sentence has.

Rather one too few than one too many: a model may forget to close something and go on, so a formula counts as open
only where it runs to the end without a blank line, and words that can end a sentence count for nothing.
"""

from __future__ import annotations

import re

from .quoting import quoted_end

FENCE = re.compile(r"^[ \t>]{0,12}(`{3,}+|~{3,}+)[ \t]*([^`\n]*)$", re.MULTILINE)
INLINE_CODE = re.compile(r"`[^`\n]{1,500}`")
FORMULA = re.compile(r"\\(?:(begin|end)\{([A-Za-z]{1,30}\*?)\}|(boxed|fbox)\b|(.)|$)|(\$\$)", re.DOTALL)
"""A backslash takes the next sign with it, so the line break ``\\\\[2pt]`` opens nothing."""
BLANK_LINE = re.compile(r"\n[ \t]*\n")
LINE_BEGINS = re.compile(r"(?:\A|\n)[ \t>]*$")
BRACE = re.compile(r"\\.|[{}]", re.DOTALL)

LAST_LINE = 300
"""Characters of the last line that are looked at."""
LEAST_WORDS = 4
"""Words of a last line that may be an unfinished sentence; fewer may be a signature or a single answer."""
UNFINISHED_WORD = re.compile(
    r"(?<![\w'’*_`\"“])(?:the|an|and|because|whose|than|equals|und|weil|dass|des|et|porque|perché|потому что)$"  # noqa: RUF001
)
UNFINISHED_COMMAND = re.compile(
    r"(?<!\\)(?:\\\\)*\\(?:|d?frac|t?frac|sqrt|text|mathrm|mathbf|left|right|cdot|times|div|approx|leq?|geq?|neq?|pm|sum|int|boxed)$"
)
UNFINISHED_FORMULA = re.compile(
    r"(?:\s[=<+−×÷≤≥≈≠·]|\S\s[-*]|(?:^|\s)[\d.,()^+*/×÷−-]{1,80}=|[≈≠≤≥×÷]|(?<!\^)[A-Za-z0-9)}]\^)$"  # noqa: RUF001
)
UNFINISHED_ASSIGNMENT = re.compile(r"\w\s=$")
FRENCH_INTERVAL = re.compile(r"[\[\]][^\[\]]{1,80}[,;][^\[\]]{1,80}\[$")
ONLY_SIGNS = re.compile(r"[\s=<>+*/\\|#~_—-]*$")
"""A ruler or the underline of a heading."""
OPENING = ("(", "[", "{", "（", "「", "【")  # noqa: RUF001
FACES = (":(", ";(", "=(", ":-(", ":[", ":{")
WIDE_COMMAS = ("，", "、")  # noqa: RUF001


def sign_of_a_cut(text: str, *, formulas: bool) -> str | None:
    """What shows that ``text``, which has no white space at its end, was cut; null where nothing does.

    Args:
        text: an answer without its thinking.
        formulas: whether its backslashes are LaTeX; in code they are not.
    """
    if line := _open_fence(text):
        return f"the code fence in line {line} is never closed: {quoted_end(text)}"
    prose = INLINE_CODE.sub("", _without_fences(text))
    if formulas and (opened := _open_formula(prose)):
        return f"{opened} is never closed: {quoted_end(text)}"
    end = text[text.rfind("\n") + 1 :][-LAST_LINE:]
    return f"breaks off {where}: {quoted_end(text)}" if (where := _broken(end, formulas)) else None


def _open_fence(text: str) -> int | None:
    """The line of a fence that is open at the end, by both readings of nested fences."""
    nested: list[tuple[int, str]] = []
    flat: tuple[int, str] | None = None
    for fence in FENCE.finditer(text):
        mark, bare = fence[1], not fence[2].strip()
        if bare and nested and nested[-1][1][0] == mark[0]:
            nested.pop()
        else:
            nested.append((fence.start(), mark))
        if flat is None:
            flat = fence.start(), mark
        elif bare and mark.startswith(flat[1]):
            flat = None
    if flat is None or not nested or text.find("\n", nested[-1][0]) < 0:
        return None
    return text.count("\n", 0, flat[0]) + 1


def _without_fences(text: str) -> str:
    """The text outside its code fences, which are all closed."""
    parts: list[str] = []
    at, opened = 0, None
    for fence in FENCE.finditer(text):
        if opened is None:
            parts.append(text[at : fence.start()])
            opened = fence[1]
        elif not fence[2].strip() and fence[1].startswith(opened):
            at, opened = fence.end(), None
    return "".join(parts) + text[at:]


def _open_formula(text: str) -> str | None:
    """The opening of an environment, a display or a box that runs to the end."""
    opened: dict[str, int] = {}
    for found in FORMULA.finditer(text):
        command, name, boxed, sign, dollars = found.groups()
        if command == "begin":
            opened[f"\\begin{{{name}}}"] = found.end()
        elif command == "end":
            opened.pop(f"\\begin{{{name}}}", None)
        elif boxed:
            opened["\\boxed{"] = found.end()
        elif sign == "[":
            opened["\\["] = found.end()
        elif sign == "]":
            opened.pop("\\[", None)
        elif dollars and not opened.pop("$$", 0):
            opened["$$"] = found.end()
    if "$$" in opened and not LINE_BEGINS.search(text[max(0, opened["$$"] - 9) : opened["$$"] - 2]):
        del opened["$$"]  # as likely money, or the end of a formula that began with one dollar
    blank = max((found.end() for found in BLANK_LINE.finditer(text)), default=0)
    running = [label for label, at in opened.items() if at > blank]
    if "\\boxed{" in running and not _open_brace(text[opened["\\boxed{"] :]):
        running.remove("\\boxed{")
    return running[-1] if running else None


def _open_brace(text: str) -> bool:
    """Whether the brace that ``text`` begins with is open at its end."""
    depth = 0
    if not text.lstrip().startswith("{"):
        return False
    for found in BRACE.finditer(text):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if not depth and found[0] == "}":
            return False
    return True


def _broken(line: str, formulas: bool) -> str | None:
    """Where the last line breaks off."""
    if ONLY_SIGNS.match(line):
        return None
    if line.endswith(OPENING) and not line.endswith(FACES) and not FRENCH_INTERVAL.search(line):
        return "after an opening bracket"
    if formulas and (UNFINISHED_FORMULA.search(line) or UNFINISHED_COMMAND.search(line)):
        return "within a formula"
    if UNFINISHED_ASSIGNMENT.search(line):
        return "after an equals sign"
    sentence = len(line.split()) >= LEAST_WORDS
    if line.endswith(WIDE_COMMAS) or (sentence and line.endswith(",")):
        return "after a comma"
    return "in the middle of a clause" if sentence and UNFINISHED_WORD.search(line) else None
