"""A stream in lists of a size, for what is cheaper to do for many at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

__all__ = ["in_batches"]

_Item = TypeVar("_Item")


def in_batches(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """The items in order, ``size`` at a time; the last batch may be smaller."""
    stream = iter(items)
    while batch := list(islice(stream, size)):
        yield batch
