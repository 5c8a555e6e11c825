"""What is asked for next: samples of new problems as they stream in, and further ones of problems under way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from ..records import Message
from .missing import Need
from .pursuit import Pursuit
from .recipe import Slot

BUFFER = 256
"""Requests that wait ready, so that a slow look-up in the ledger is not noticed."""

Group = tuple[Slot, ...]
"""Samples of one problem that one request asks for."""


class Feed:
    """A bounded queue of groups of slots.

    Args:
        group_size: samples per request, where the server takes several.
        stop_after: acceptances after which a problem is asked no more; null asks for all.
        open_problems: problems under adaptive k that may wait for answers or verdicts at a time.
        on_skip: told how many wanted samples will not be asked for, since they are there or not needed.
    """

    def __init__(
        self, group_size: int, stop_after: int | None, open_problems: int, on_skip: Callable[[int], None]
    ) -> None:
        self.group_size = group_size
        self.saved = 0
        """Samples that adaptive k made unnecessary."""
        self._stop_after = stop_after
        self._on_skip = on_skip
        self._queue: asyncio.Queue[tuple[Group, bool] | None] = asyncio.Queue()
        """Groups, and whether each takes up some of the room."""
        self._room = asyncio.Semaphore(BUFFER)
        self._may_open = asyncio.Semaphore(open_problems)
        self._pursuits: dict[str, Pursuit] = {}
        self._unfinished = 0
        self._streamed = False

    async def fill(self, needs: Iterator[list[Need]], on_wanted: Callable[[int], None]) -> None:
        """Stream in what is missing; returns once all of it is queued."""
        while (batch := await asyncio.to_thread(next, needs, None)) is not None:
            for need in batch:
                on_wanted(need.total)
                self._on_skip(need.total - len(need.missing))
                if self._stop_after is None:
                    for group in _groups(need.missing, self.group_size):
                        await self._room.acquire()
                        self._put(group, takes_room=True)
                elif need.missing:
                    await self._open(Pursuit(need.missing, need.accepted, self._stop_after), need.missing[0])
        self._streamed = True
        self._end_if_done()

    async def take(self) -> Group | None:
        """The next group; null when there will be none any more."""
        item = await self._queue.get()
        if item is None:
            self._queue.put_nowait(None)  # for the next who asks
            return None
        group, takes_room = item
        if takes_room:
            self._room.release()
        return group

    def put_back(self, slots: Sequence[Slot]) -> None:
        """Have samples of a group asked for by themselves."""
        for slot in slots:
            self._queue.put_nowait(((slot,), False))

    def finished(self, slot: Slot, accepted: bool = False) -> None:
        """A sample is there, or failed for good; under adaptive k, it was judged too."""
        pursuit = self._pursuits.get(slot.problem.problem_id)
        if pursuit is not None:
            pursuit.judged(accepted)
            self._pursue(pursuit, slot.problem.problem_id)
        self._unfinished -= 1
        self._end_if_done()

    def close(self) -> None:
        """Hand out nothing more."""
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def _open(self, pursuit: Pursuit, slot: Slot) -> None:
        await self._may_open.acquire()
        self._pursuits[slot.problem.problem_id] = pursuit
        self._pursue(pursuit, slot.problem.problem_id)

    def _pursue(self, pursuit: Pursuit, problem_id: str) -> None:
        for group in _groups(pursuit.next_slots(), self.group_size):
            self._put(group)
        if pursuit.is_over:
            del self._pursuits[problem_id]
            self.saved += pursuit.saved
            self._on_skip(pursuit.saved)
            self._may_open.release()

    def _put(self, group: Group, *, takes_room: bool = False) -> None:
        self._unfinished += len(group)
        self._queue.put_nowait((group, takes_room))

    def _end_if_done(self) -> None:
        if self._streamed and self._unfinished == 0:
            self._queue.put_nowait(None)


def _groups(slots: Sequence[Slot], size: int) -> Iterator[Group]:
    if size == 1:
        yield from ((slot,) for slot in slots)
        return
    # What one request asks for has the same messages; a prompt with several system turns has several kinds of them.
    alike: dict[tuple[Message, ...], list[Slot]] = {}
    for slot in slots:
        alike.setdefault(slot.messages, []).append(slot)
    for kind in alike.values():
        stream = iter(kind)
        while group := tuple(islice(stream, size)):
            yield group
