r"""What a formula is when it has been read: numbers, symbols, and operations on them."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple, TypeAlias


class Number(NamedTuple):
    """An exact number."""

    value: Fraction


class Symbol(NamedTuple):
    r"""A variable with its index, or a constant: ``e``, ``i`` or ``\pi``."""

    name: str


class Call(NamedTuple):
    """An operation or a function and what it is applied to."""

    name: str
    of: tuple[Node, ...]


Node: TypeAlias = Number | Symbol | Call


class Formula(NamedTuple):
    """A tree, with the variables in it."""

    root: Node
    symbols: frozenset[str]
    discrete: bool
    """Whether it is meant for whole numbers: a factorial, a binomial, a variable above what may be negative."""
    logs: bool
    """Whether it holds a logarithm that names no base."""
