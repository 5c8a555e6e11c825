r"""Braces around every argument: ``\frac12`` and ``x^2`` become ``\frac{1}{2}`` and ``x^{2}``."""

from __future__ import annotations

import re
from typing import ClassVar

from .math_brackets import matching, split_top

MAX_DEPTH = 30
COMMAND = re.compile(r"\\([A-Za-z]+)(?![A-Za-z])")
OVER = re.compile(r"\\over(?![A-Za-z])")


class Unreadable(ValueError):
    """The text is too long, too deep or its brackets do not match."""


class Arguments:
    r"""Puts every argument of ``\frac``, ``\sqrt``, ``^`` and ``_`` in braces."""

    TAKES: ClassVar = {"\\frac": 2, "\\binom": 2, "\\sqrt": 1, "\\text": 1, "^": 1, "_": 1}

    def __init__(self, text: str, depth: int = 0) -> None:
        if depth > MAX_DEPTH:
            raise Unreadable("nested too deeply")
        self._text = text
        self._at = 0
        self._depth = depth

    def read(self) -> str:
        """The text with its braces."""
        kept: list[str] = []
        while self._at < len(self._text):
            if self._text[self._at] == "{":
                kept.append(self._group("{", "}"))
                continue
            token = self._token()
            kept.append(token)
            if token == "\\sqrt" and self._text[self._at : self._at + 1] == "[":
                kept.append(self._group("[", "]"))
            kept.extend(self._argument(token) for _ in range(self.TAKES.get(token, 0)))
        return "".join(kept)

    def _token(self) -> str:
        found = COMMAND.match(self._text, self._at)
        token = found[0] if found else self._text[self._at]
        if token == "\\":
            token = self._text[self._at : self._at + 2]
        self._at += len(token)
        if found:
            self._skip_space()
            if token not in self.TAKES and self._text[self._at : self._at + 1].isalnum():
                token += " "
        return token

    def _argument(self, owner: str) -> str:
        self._skip_space()
        following = self._text[self._at : self._at + 1]
        if following == "{":
            return self._group("{", "}")
        if following == "(" and owner != "\\frac":
            return "{" + self._group("(", ")")[1:-1] + "}"
        if owner == "\\text" or not following:
            raise Unreadable(f"{owner} has no argument")
        pattern = r"[0-9]" if owner == "\\frac" else r"-?[0-9]+" if owner != "\\sqrt" else r"[0-9]+"
        if number := re.compile(pattern).match(self._text, self._at):
            self._at = number.end()
            return "{" + number[0] + "}"
        sign = "-" if following == "-" and owner == "^" else ""
        self._at += len(sign)
        if self._at >= len(self._text) or self._text[self._at] in ")}]":
            raise Unreadable(f"{owner} has no argument")
        return "{" + sign + self._nested_token() + "}"

    def _nested_token(self) -> str:
        if self._depth > MAX_DEPTH:
            raise Unreadable("nested too deeply")
        self._depth += 1
        token = self._token()
        token += "".join([self._argument(token) for _ in range(self.TAKES.get(token, 0))])
        self._depth -= 1
        return token

    def _group(self, opening: str, closing: str) -> str:
        end = matching(self._text, self._at, opening, closing)
        if end < 0:
            raise Unreadable(f"a {closing} is missing")
        inner = self._text[self._at + 1 : end]
        self._at = end + 1
        if len(sides := split_top(inner, OVER)) == 2:
            inner = f"\\frac{{{sides[0]}}}{{{sides[1]}}}"
        return opening + Arguments(inner, self._depth + 1).read().strip() + closing

    def _skip_space(self) -> None:
        while self._text[self._at : self._at + 1] == " ":
            self._at += 1
