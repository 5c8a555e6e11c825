"""Connected groups: union-find over numbers, four bytes each."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

__all__ = ["Groups"]


class Groups:
    """Numbers from 0, each in a group of its own until it is joined to another; a group goes by its least number."""

    def __init__(self, count: int) -> None:
        self._above = array("i", range(count))

    def join(self, one: int, other: int) -> None:
        """Make one group of the groups of two numbers."""
        low, high = sorted((self.of(one), self.of(other)))
        self._above[high] = low

    def of(self, number: int) -> int:
        """The group of a number."""
        above = self._above
        while above[number] != number:
            above[number] = above[above[number]]
            number = above[number]
        return number

    def joined(self) -> Iterator[tuple[int, int]]:
        """Every number that is not its group's least, with its group."""
        for number in range(len(self._above)):
            group = self.of(number)
            if group != number:
                yield number, group
