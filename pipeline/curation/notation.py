# ruff: noqa: RUF001, RUF002 - the characters in question are what this is about
"""Mathematics in running text in one spelling: LaTeX, unicode and plain text become the same plain signs.

It is meant for comparing texts and never for working anything out; verifiers/math_notation.py reads single answers.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["plain"]

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ"
_SIGNS = str.maketrans(
    {
        "−": "-", "–": "-", "—": " ", "‐": "-", "‑": "-", "×": "*", "·": "*", "⋅": "*", "∙": "*", "∗": "*", "÷": "/",
        "∕": "/", "⁄": "/", "≤": "<=", "≥": ">=", "⩽": "<=", "⩾": ">=", "≠": "!=", "√": " sqrt ", "π": " pi ",
        "∞": " infty ", "°": " degree ", "’": "'", "‘": "'", "€": " euro ", "£": " pound ", "¢": " cent ",
        "¥": " yen ", "₹": " rupee ",
    }
)  # fmt: skip
_MATH = re.compile(r"(?<!\\)\$\$?(?=\S)([^$]*?)(?<=\S)\$\$?(?!\d)|\\[()\[\]]")
"""Delimiters of formulas, by pandoc's rule: a dollar sign that closes follows no space and comes before no digit."""
_CURRENCY = re.compile(r"(?:\bus ?)?\\?\$ ?(\d[\d,]*(?:\.\d+)?)")
_ENVIRONMENT = re.compile(r"\\(?:begin|end) ?\{[a-z]+\*?\}")
_TEXT = re.compile(r"\\(?:text(?:rm|bf|it|sf|tt)?|math(?:rm|bf|it|sf|bb|cal)|mbox|hbox|operatorname|emph|boldsymbol)\b")
_SILENT = re.compile(
    r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|textstyle|limits|quad|qquad|thinspace)(?![a-z])\.?|\\[,;:! ]|~|&"
)
_COMMANDS = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "leq": "<=", "leqslant": "<=", "le": "<=", "geq": ">=",
    "geqslant": ">=", "ge": ">=", "neq": "!=", "ne": "!=", "lt": "<", "gt": ">", "circ": " degree ",
    "degree": " degree ", "ldots": " ", "cdots": " ", "dots": " ", "textdollar": "$", "lvert": "|", "rvert": "|",
    "vert": "|", "mid": "|",
}  # fmt: skip
_COMMAND = re.compile(r"\\([a-z]+)")
_FRACTION = re.compile(r"\\[dtc]?frac *(?:\{([^{}]*)\}|(\w)) *(?:\{([^{}]*)\}|(\w))")
_ROOT = re.compile(r"\\sqrt *\{([^{}]*)\}")
_EXPONENT = re.compile(r"([\^_]) *\{([^{}]*)\}")
_NESTING = 8
_SIMPLE = re.compile(r"-?[\w.]+")


def plain(text: str) -> str:
    r"""The text in lower case with every formula in plain signs.

    ``\tfrac12``, ``\frac{1}{2}`` and ``½`` are ``1/2``; ``\cdot`` and ``×`` are ``*``; ``\$5`` and ``$5`` are
    ``5 dollar``, while the dollar signs around a formula go.
    """
    if not text.isascii():
        text = _plain_characters(text)
    text = text.casefold().replace("{,}", ",")
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if "$" in text or "\\" in text:
        text = _without_latex(text)
    return text.replace("**", "^")


def _plain_characters(text: str) -> str:
    raised = re.sub(f"[{_SUPERSCRIPTS}]+", lambda found: f"^{found[0]}", text)
    # A fraction behind a whole number is added to it: 2½ is no 21/2.
    parted = re.sub(r"(?<=\d)(?=[¼-¾⅐-⅞])", " ", raised)
    return unicodedata.normalize("NFKC", parted.translate(_SIGNS)).translate(_SIGNS)


def _without_latex(text: str) -> str:
    text = text.replace("\\%", "%").replace("\\$", "\\textdollar ")
    text = _MATH.sub(lambda found: f" {found[1] or ''} ", text)
    text = re.sub(r"\\textdollar ", "$", text)
    text = _CURRENCY.sub(r" \1 dollar ", text)
    if "\\" in text:
        text = _TEXT.sub(" ", _SILENT.sub(" ", _ENVIRONMENT.sub(" ", text)).replace("\\\\", " "))
        for _ in range(_NESTING):
            inner = _FRACTION.sub(_fraction, _ROOT.sub(r" sqrt (\1) ", _EXPONENT.sub(_exponent, text)))
            if inner == text:
                break
            text = inner
        text = _COMMAND.sub(lambda found: _COMMANDS.get(found[1], f" {found[1]} "), text)
    return text.replace("$", " ")


def _fraction(found: re.Match[str]) -> str:
    top, bottom = (found[1] or found[2] or "").strip(), (found[3] or found[4] or "").strip()
    return f" {_grouped(top)}/{_grouped(bottom)} "


def _exponent(found: re.Match[str]) -> str:
    return f"{found[1]}{_grouped(found[2].strip())}"


def _grouped(part: str) -> str:
    return part if _SIMPLE.fullmatch(part) else f"({part})"
