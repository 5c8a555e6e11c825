"""The servers of one teacher, used side by side: whoever has room takes the next request."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Sequence

from ..records import Decision
from ..teachers.base import SampleFailed, TeacherClient
from .breaker import Breaker
from .limits import Pace
from .recipe import host_of
from .window import Window

OVERLOAD = frozenset({"rate_limited", "overloaded", "timeout", "connection_lost"})
"""Failures that come of giving a server too much at a time; the last two may have other causes, if they are rare."""


class Lane:
    """One server: its connection, the gate's word on it, and what it may be given at this moment."""

    def __init__(self, client: TeacherClient, decision: Decision) -> None:
        teacher = client.teacher
        self.client = client
        self.decision = decision
        self.host = host_of(teacher)
        self.pace = Pace(teacher.limits)
        self.breaker = Breaker(teacher.retries)
        self.in_flight = 0
        self._window = Window(teacher.limits.concurrency)

    def pause(self, size: int) -> float:
        """Seconds until ``size`` more completions may be asked for; infinite until something else has ended."""
        has_room = self.in_flight == 0 or self.in_flight + size <= self._window.size
        return self.breaker.pause() if has_room else math.inf

    @property
    def load(self) -> float:
        """Share of the window that is in use."""
        return self.in_flight / self._window.size

    def answered(self, sent_at: float) -> None:
        """The server answered what was sent at ``sent_at`` (monotonic seconds)."""
        self._window.answered(sent_at)
        self.breaker.answered()

    def failed(self, failure: SampleFailed, sent_at: float) -> None:
        """A request that was sent at ``sent_at`` brought no usable answer."""
        if failure.kind in OVERLOAD:
            self._window.refused(sent_at)
        self.breaker.failed(failure, sent_at)


class Lanes:
    """Hands out room on the servers, first come first served."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._lanes = lanes
        self._waiting: deque[tuple[asyncio.Future[Lane], int, Lane | None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def in_flight(self) -> int:
        """Completions that are being asked for."""
        return sum(lane.in_flight for lane in self._lanes)

    @property
    def are_spent(self) -> bool:
        """Whether every server is down and was tried as often as a sample may be."""
        return all(lane.breaker.is_spent for lane in self._lanes)

    async def enter(self, size: int, last: Lane | None = None) -> Lane:
        """Wait for room for ``size`` completions; give it back with ``leave``.

        ``last`` is where they failed before: a server that is down has the most room of all, and one sample must not
        spend every attempt on it while another server works.
        """
        if not self._waiting and (lane := self._free(size, last)) is not None:
            return lane
        turn: asyncio.Future[Lane] = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, size, last))
        self._arm()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(turn.result(), size)
            raise

    def leave(self, lane: Lane, size: int) -> None:
        """Give room back, and let in who waits."""
        lane.in_flight -= size
        self._admit()

    def _admit(self) -> None:
        while self._waiting:
            turn, size, last = self._waiting[0]
            if turn.done():  # cancelled while it waited
                self._waiting.popleft()
                continue
            lane = self._free(size, last)
            if lane is None:
                self._arm()
                return
            self._waiting.popleft()
            turn.set_result(lane)

    def _free(self, size: int, last: Lane | None) -> Lane | None:
        if len(self._lanes) == 1:
            lane = self._lanes[0]
            if lane.pause(size) > 0:
                return None
        else:
            ready = [lane for lane in self._lanes if lane.pause(size) == 0]
            if not ready:
                return None
            lane = min(ready, key=lambda one: (one is last, one.pace.behind, one.load))
        lane.in_flight += size
        lane.breaker.enter()
        return lane

    def _arm(self) -> None:
        """Wake up when the first open breaker lets a probe through."""
        if self._timer is None and not any(lane.breaker.is_open for lane in self._lanes):
            return
        pause = min((lane.pause(self._waiting[0][1]) for lane in self._lanes), default=math.inf)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if pause < math.inf:
            self._timer = asyncio.get_running_loop().call_later(pause, self._admit)
