r"""Reads a formula into a tree: a bounded recursive descent over the notation of math_notation, and no evaluation.

Understands what final answers are made of: numbers, variables with indices, ``+ - * / ^ !``, products by
juxtaposition, roots, brackets, absolute values, floors, binomials, degrees, numerals with a base, and the
elementary functions, in LaTeX and by the names that sympy prints. Sums, limits and integrals are left to others.
"""

from __future__ import annotations

from fractions import Fraction

from .exact_arithmetic import TooLarge, number_of
from .math_tokens import (
    ACCENTS,
    ARITY,
    BRACKETS,
    CONSTANTS,
    CURLED,
    FENCES,
    FUNCTIONS,
    INVERSES,
    LETTERS,
    NoFormula,
    UnknownCommand,
    tokens_of,
)
from .math_tree import Call, Formula, Node, Number, Symbol

MAX_LENGTH = 2_000
MAX_DEPTH = 40
MAX_NODES = 600


def read_formula(text: str) -> Formula:
    """The tree of a formula.

    Raises:
        NoFormula: it is not one, or holds what this does not know.
        TooLarge: it is too long, too deep, or a number in it has too many digits.
    """
    if len(text) > MAX_LENGTH:
        raise TooLarge
    reader = _Reader(tokens_of(text))
    root = reader.read()
    return Formula(root, frozenset(reader.symbols), reader.discrete, reader.logs)


class _Reader:
    """Recursive descent; the depth counts open brackets, powers, signs and functions."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._bars = 0
        self._nodes = 0
        self.symbols: set[str] = set()
        self.discrete = False
        self.logs = False

    def read(self) -> Node:
        node = self._sum()
        if self._at != len(self._tokens):
            raise NoFormula(f"{self._next()!r} in the wrong place")
        return node

    def _next(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        token = self._next()
        if token not in wanted or not token:
            return ""
        self._at += 1
        return token

    def _need(self, wanted: str) -> None:
        if not self._take(wanted):
            raise NoFormula(f"{wanted} is missing")

    def _call(self, name: str, *of: Node) -> Node:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise TooLarge
        return Call(name, of)

    def _sum(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TooLarge
        node = self._product()
        while sign := self._take("+", "-"):
            term = self._product()
            node = self._call("+", node, term if sign == "+" else self._call("neg", term))
        self._depth -= 1
        return node

    def _product(self) -> Node:
        node = self._signed()
        while True:
            if sign := self._take("*", "/"):
                node = self._call(sign, node, self._signed())
            elif self._starts_factor():
                node = self._call("*", node, self._power())
            else:
                return node

    def _starts_factor(self) -> bool:
        kind, token = self._kind(), self._next()
        if kind == "number":
            return self._tokens[self._at - 1][0] != "number"  # "2 3" is a mixed number or a list
        if token == "|":
            return self._bars == 0
        return kind in ("letter", "word") or token in BRACKETS or (kind == "command" and not token.startswith("\\r"))

    def _signed(self) -> Node:
        negative = False
        while sign := self._take("+", "-"):
            negative ^= sign == "-"
        node = self._power()
        return self._call("neg", node) if negative else node

    def _power(self) -> Node:
        node = self._postfix()
        if not self._take("^"):
            return node
        if self._tokens[self._at : self._at + 3] == [("mark", "{"), ("command", "\\circ"), ("mark", "}")]:
            self._at += 3
            return self._call("*", node, self._call("/", Symbol("\\pi"), Number(Fraction(180))))
        start = self._at
        exponent = self._argument()
        varies = any(kind == "letter" and token not in CONSTANTS for kind, token in self._tokens[start : self._at])
        self.discrete |= varies and not isinstance(node, Number) and node != Symbol("e")
        return self._call("^", node, exponent)

    def _postfix(self) -> Node:
        node = self._atom()
        while mark := self._take("!", "%"):
            if mark == "!" and self._take("!"):
                mark = "!!"
            self.discrete |= mark != "%"
            node = self._call(mark, node)
        return node

    def _atom(self) -> Node:
        kind, token = self._kind(), self._next()
        self._at += 1
        if kind == "number":
            return self._numeral(token)
        if kind == "letter":
            return self._symbol("i" if token == "I" else token)
        if kind == "word":
            return self._function(FUNCTIONS[token])
        if token in FENCES:
            return self._fenced(token)
        if token in BRACKETS:
            return self._inside(BRACKETS[token])
        if kind == "command":
            return self._command(token[1:])
        raise NoFormula(f"{token!r} in the wrong place" if token else "it ends too early")

    def _numeral(self, digits: str) -> Node:
        value = number_of(digits)
        if not self._take("_"):
            return Number(value)
        base = self._argument()
        if not isinstance(base, Number) or not 2 <= base.value <= 36 or len(digits) > 200:
            raise NoFormula("no base")
        try:
            return Number(Fraction(int(digits, int(base.value))))
        except ValueError as error:
            raise NoFormula("a digit is too large for its base") from error

    def _symbol(self, name: str) -> Node:
        if self._take("_"):
            start = self._at
            self._skip_group()
            name += "_" + "".join(token for _, token in self._tokens[start : self._at])
        elif name in CONSTANTS:
            return Symbol(name)
        self.symbols.add(name)
        return Symbol(name)

    def _skip_group(self) -> None:
        """Pass over one token, or over a group in braces."""
        depth = 0
        while True:
            token = self._next()
            if not token:
                raise NoFormula("an index is missing")
            depth += (token == "{") - (token == "}")
            self._at += 1
            if depth <= 0:
                return

    def _fenced(self, opening: str) -> Node:
        closing, name = FENCES[opening]
        bars, self._bars = self._bars, int(opening == "|")
        node = self._sum()
        self._need(closing)
        self._bars = bars
        return self._call(name, node)

    def _inside(self, closing: str) -> Node:
        bars, self._bars = self._bars, 0
        node = self._sum()
        self._need(closing)
        self._bars = bars
        return node

    def _argument(self) -> Node:
        """A group in braces, or one factor."""
        if opening := self._take("{"):
            return self._inside(BRACKETS[opening])
        return self._signed()

    def _command(self, name: str) -> Node:
        if name in ("frac", "binom"):
            self.discrete |= name == "binom"
            return self._call("/" if name == "frac" else "binom", self._argument(), self._argument())
        if name == "sqrt":
            degree = self._inside("]") if self._take("[") else Number(Fraction(2))
            return self._call("root", self._argument(), degree)
        if name == "pi":
            return Symbol("\\pi") if self._next() != "_" else self._symbol("\\pi")
        if name in FUNCTIONS and name != "gamma":
            return self._function(FUNCTIONS[name])
        if name in ACCENTS or name == "text":
            return self._named(name)
        if name in LETTERS:
            return self._symbol(f"\\{name}")
        raise UnknownCommand(f"\\{name}")

    def _named(self, command: str) -> Node:
        r"""``\text{arctan} x``, ``\text{x}``, ``\overline{AB}``."""
        start = self._at
        self._skip_group()
        name = "".join(token for _, token in self._tokens[start : self._at]).strip("{}")
        if command == "text":
            name = name.removeprefix("\\")
        if command == "text" and name in FUNCTIONS:
            return self._function(FUNCTIONS[name])
        if command == "text" and len(name) != 1:
            raise NoFormula(f"the words {name!r}")
        return self._symbol(name if command == "text" else f"\\{command} {name}")

    def _function(self, name: str) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TooLarge
        power: Node | None = None
        base: Node | None = None
        while mark := self._take("^", "_"):
            if mark == "^":
                power = self._argument()
            else:
                base = self._argument()
        if power == Call("neg", (Number(Fraction(1)),)) and name in INVERSES:
            name, power = INVERSES[name], None
        of = self._arguments(name)
        self.discrete |= name in ("!", "binom")
        self.logs |= name == "log" and base is None and len(of) == 1
        node = self._call(name, *of) if base is None else self._call("log", of[0], base)
        if base is not None and (name != "log" or len(of) > 1):
            raise NoFormula(f"{name} with an index")
        self._depth -= 1
        return node if power is None else self._call("^", node, power)

    def _arguments(self, name: str) -> list[Node]:
        r"""What stands in brackets behind a function, else the product behind it: ``\sin 2x``."""
        if (opening := self._next()) not in CURLED:
            return [self._bare_argument()]
        self._at += 1
        bars, self._bars = self._bars, 0
        found = [self._sum()]
        while self._take(","):
            found.append(self._sum())
        self._need(CURLED[opening])
        self._bars = bars
        wanted = ARITY.get(name, 1)
        if wanted is not None and wanted != len(found):
            raise NoFormula(f"{name} of {len(found)}")
        return found

    def _bare_argument(self) -> Node:
        node = self._signed()
        while self._starts_factor() and self._kind() != "word" and self._next()[1:] not in FUNCTIONS:
            node = self._call("*", node, self._power())
        return node
