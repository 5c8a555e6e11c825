"""Requests and tokens per minute: requests are spaced evenly, so that no window of a minute holds too many."""

from __future__ import annotations

import asyncio
import time

from ..config_teacher import Limits
from ..teachers.base import Completion, Request
from .budget import prompt_tokens_of

HEADROOM = 0.99
"""Share of a limit that is used: the network bunches requests up a little, and a refused one is a lost one."""


class Pace:
    """Holds back what would go past the limits of one server."""

    def __init__(self, limits: Limits) -> None:
        self._requests = _Spacing(limits.requests_per_minute)
        self._tokens = _Spacing(limits.tokens_per_minute)
        self._is_limited = limits.requests_per_minute is not None or limits.tokens_per_minute is not None
        self._mean_tokens: float | None = None

    @property
    def behind(self) -> float:
        """Seconds until the next request may go."""
        return max(self._requests.take(0), self._tokens.take(0)) if self._is_limited else 0.0

    async def wait(self, request: Request, size: int) -> float:
        """Wait until a request for ``size`` completions may go; gives the tokens that it is expected to take."""
        if not self._is_limited:
            return 0.0
        each = request.max_tokens if self._mean_tokens is None else self._mean_tokens
        expected = prompt_tokens_of(request) + size * each
        pause = max(self._requests.take(1), self._tokens.take(expected))
        if pause > 0:
            await asyncio.sleep(pause)
        return expected

    def settle(self, expected: float, completions: list[Completion]) -> None:
        """Correct the tokens that were expected by those that were used."""
        used = 0
        for completion in completions:
            if completion.prompt_tokens is None or completion.completion_tokens is None:
                return
            mean = completion.completion_tokens if self._mean_tokens is None else self._mean_tokens
            self._mean_tokens = 0.9 * mean + 0.1 * completion.completion_tokens
            used += completion.prompt_tokens + completion.completion_tokens
        if self._is_limited:
            self._tokens.take(used - expected)


class _Spacing:
    """Units per minute, each with its moment; what is taken early delays the next."""

    def __init__(self, per_minute: int | None) -> None:
        self._seconds = 60 / (per_minute * HEADROOM) if per_minute else 0.0
        self._free_at = 0.0

    def take(self, amount: float) -> float:
        """Take ``amount`` units (negative: give back); the seconds until they may be used."""
        now = time.monotonic()
        start = max(self._free_at, now)
        self._free_at = start + amount * self._seconds
        return start - now
