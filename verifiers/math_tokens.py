r"""The words of formulas: numbers, letters, commands, and the functions by every name that they go by."""

from __future__ import annotations

import re


class NoFormula(ValueError):
    """The text is nothing that this can read."""


class UnknownCommand(NoFormula):
    """It holds a command that an algebra system may know: a sum, a limit, an integral."""


CONSTANTS = frozenset({"e", "i", "\\pi"})
TRIGONOMETRIC = ("sin", "cos", "tan", "cot", "sec", "csc")
HYPERBOLIC = ("sinh", "cosh", "tanh")
SAME_NAME = ("coth", "sech", "csch", "exp", "ln", "log", "lg", "max", "min", "gcd", "lcm", "abs", "floor", "sign")
FUNCTIONS = {
    **{name: name for name in (*TRIGONOMETRIC, *HYPERBOLIC, *SAME_NAME)},
    **{f"{arc}{name}": f"arc{name}" for name in (*TRIGONOMETRIC, *HYPERBOLIC) for arc in ("arc", "ar", "a")},
    "Abs": "abs", "ceiling": "ceil", "ceil": "ceil", "tg": "tan", "ctg": "cot", "arctg": "arctan", "sgn": "sign",
    "Max": "max", "Min": "min", "cbrt": "cbrt", "binomial": "binom", "factorial": "!", "root": "root", "gamma": "gamma",
    "Rational": "/", "Mod": "mod", "conjugate": "conjugate", "re": "re", "im": "im", "Re": "re", "Im": "im",
}  # fmt: skip
"""Names of functions, in LaTeX after a backslash and in plain text before a bracket, and the one name here."""
ARITY = {"max": None, "min": None, "gcd": None, "lcm": None, "log": None, "binom": 2, "root": 2, "/": 2, "mod": 2}
"""Arguments of a function that may have more than one; none is any number."""
INVERSES = {name: f"arc{name}" for name in (*TRIGONOMETRIC, *HYPERBOLIC)}
LETTERS = frozenset(
    """alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau
    upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega
    ell infty hbar emptyset""".split()  # noqa: SIM905
)
ACCENTS = frozenset({"overline", "bar", "vec", "hat", "tilde", "dot", "widehat", "overrightarrow", "mathbb", "mathcal"})
FENCES = {"\\lfloor": ("\\rfloor", "floor"), "\\lceil": ("\\rceil", "ceil"), "|": ("|", "abs")}
BRACKETS = {"(": ")", "[": "]", "{": "}"}
CURLED = {**BRACKETS, "\\{": "\\}"}
"""Around the arguments of a function."""

PLAIN = "|".join(sorted((name for name in FUNCTIONS if len(name) > 1), key=len, reverse=True))
TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+(?![\d.]))?|\.\d+(?:[eE][+-]?\d+)?)|(?P<command>\\[A-Za-z]+)"
    rf"|(?P<word>(?<![A-Za-z])(?:{PLAIN})(?=\s*\())|(?P<letter>[A-Za-z]'*)|(?P<mark>\\[{{}}]|[-+*/^_!%()\[\]{{}}|,]))",
    re.ASCII,
)


def tokens_of(text: str) -> list[tuple[str, str]]:
    """Kind and text of every token.

    Raises:
        NoFormula: a sign is none that formulas have.
    """
    found: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = TOKEN.match(text, at)
        if match is None:
            raise NoFormula(f"{text[at : at + 20]!r}")
        kind = match.lastgroup or ""
        found.append((kind, match[kind]))
        at = match.end()
    return found
