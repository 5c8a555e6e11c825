"""What a run may spend: reserved in the journal before a request, settled after, never exceeded.

A reservation whose settlement is missing belongs to a run that was killed: what it asked for may have
been answered and billed, so all of it counts as spent.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ..config import Budget as Limits
from ..config_teacher import Price, Teacher
from ..errors import ConfigError
from ..teachers.base import Completion, Request

CHARACTERS_PER_TOKEN = 2.5
"""A cautious guess for prompts: most text has 3.5 to 4.5 characters a token."""

Record = Callable[..., None]
"""Puts an event on record: kind, subject, details."""


class Reservation(NamedTuple):
    """Dollars that are set aside for one request."""

    key: str
    usd: float


FREE = Reservation("", 0.0)
"""The reservation of a request that costs nothing, or that no budget bounds: it is not recorded."""


@dataclass
class Spending:
    """What one run has spent so far: it may sample several times, from teachers and from judges."""

    usd: float = 0.0
    reservations: Iterator[int] = field(default_factory=itertools.count)
    """Numbers the reservations of the run."""


class Budget:
    """Dollars of one run and of its workspace.

    Args:
        limits: what may be spent.
        spent_ever: what was spent in the workspace, reservations without a settlement and this run included.
        run_id: names the reservations of this run.
        record: writes an event to the journal.
        spending: what this run has spent before, and what is added to.
    """

    def __init__(
        self, limits: Limits, spent_ever: float, run_id: str, record: Record, spending: Spending | None = None
    ) -> None:
        self._spending = spending or Spending()
        self._reserved = 0.0
        self._freed = asyncio.Event()
        self._record = record
        self._keys = (f"{run_id}-{number}" for number in self._spending.reservations)
        self._limits = limits
        self._spent_before = spent_ever - self._spending.usd

    @property
    def spent(self) -> float:
        """Dollars that this run has spent."""
        return self._spending.usd

    @property
    def _allowed(self) -> float | None:
        allowed = [self._limits.max_usd] if self._limits.max_usd is not None else []
        if self._limits.max_usd_total is not None:
            allowed.append(self._limits.max_usd_total - self._spent_before)
        return min(allowed) if allowed else None

    def check_price(self, teacher: Teacher, price: Price | None) -> None:
        """Refuse to run under a budget with a teacher whose price nobody knows.

        Raises:
            ConfigError: the teacher has no price and is not the user's own.
        """
        if self._allowed is not None and price is None:
            raise ConfigError(
                f"teachers.{teacher.id}.price: a budget is set, and the price of {teacher.model} is not known; "
                "give input_per_mtok and output_per_mtok in US dollars"
            )

    def is_free(self, price: Price | None) -> bool:
        """Whether nothing has to be reserved: no budget is set, or the request costs nothing."""
        return self._allowed is None or price is None or price.input_per_mtok == price.output_per_mtok == 0

    async def reserve(self, price: Price | None, request: Request, n: int, subject: str) -> Reservation | None:
        """Set aside what ``n`` completions may cost at the most, and put it on record.

        Waits while others hold reservations of which a part may come back.

        Returns:
            Null when the budget does not hold the request.
        """
        if self._allowed is None or price is None:
            return FREE
        worst = worst_case(price, request, n)
        if worst == 0:
            return FREE
        while worst > self.room:
            if self._reserved < 1e-12:
                return None
            self._freed.clear()
            await self._freed.wait()
        self._reserved += worst
        reservation = Reservation(next(self._keys), worst)
        self._record("reserved", subject, key=reservation.key, usd=worst)
        return reservation

    def settle(self, reservation: Reservation, spent: float) -> None:
        """Put what was spent in the place of what was reserved."""
        self._spending.usd += spent
        if reservation is FREE:
            return
        self._record("settled", reservation.key, usd=spent)
        self._reserved -= reservation.usd
        self._freed.set()

    @property
    def room(self) -> float:
        """Dollars that can still be set aside; infinite without a limit."""
        return math.inf if self._allowed is None else self._allowed - self.spent - self._reserved

    def set_aside(self, key: str, usd: float) -> None:
        """Put on record what a batch may cost at the most.

        With a limit or without: a batch may outlive its run, and the next one may have a limit.
        """
        if usd > 0:
            self._reserved += usd
            self._record("reserved", key, key=key, usd=usd)

    def settle_batch(self, key: str, usd: float, spent: float, *, of_this_run: bool) -> None:
        """Put what a batch cost in the place of what was set aside for it, here or in an earlier run."""
        if of_this_run:
            self._spending.usd += spent
            self._reserved -= usd
        else:
            self._spent_before -= usd - spent
        if usd > 0:
            self._record("settled", key, usd=spent)
        self._freed.set()


def prompt_tokens_of(request: Request) -> float:
    """About how many tokens a prompt has, rather too many."""
    return sum(len(turn.content) + 20 for turn in request.messages) / CHARACTERS_PER_TOKEN


def worst_case(price: Price, request: Request, n: int) -> float:
    """The most that a request for ``n`` completions can cost, in dollars."""
    output = n * request.max_tokens * price.output_per_mtok
    return (prompt_tokens_of(request) * price.input_per_mtok + output) / 1e6


def cost_of(price: Price | None, completion: Completion) -> float | None:
    """What a completion cost in dollars; null where price or token counts are unknown."""
    if price is None:
        return None
    if price.input_per_mtok == price.output_per_mtok == 0:
        return 0.0
    if completion.prompt_tokens is None or completion.completion_tokens is None:
        return None
    tokens = completion.prompt_tokens * price.input_per_mtok + completion.completion_tokens * price.output_per_mtok
    return tokens / 1e6
