"""Limits that the server enforces: requests and tokens per minute, and requests in flight."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

SPAN = 60.0


class Window:
    """At most ``limit`` within any 60 seconds."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._taken: deque[tuple[float, float]] = deque()
        self._sum = 0.0

    def wait(self, now: float, amount: float) -> float:
        """Seconds until ``amount`` more fits; 0 if it does now."""
        self._forget(now)
        excess = self._sum + amount - self.limit
        if excess <= 0:
            return 0.0
        for at, taken in self._taken:
            excess -= taken
            if excess <= 0:
                return max(0.001, at + SPAN - now)
        return SPAN

    def take(self, now: float, amount: float) -> None:
        """Count ``amount`` from now on."""
        self._taken.append((now, amount))
        self._sum += amount

    def left(self, now: float) -> float:
        """How much fits at once."""
        self._forget(now)
        return max(0.0, self.limit - self._sum)

    def full_again(self, now: float) -> float:
        """Seconds until nothing counts any more."""
        self._forget(now)
        return self._taken[-1][0] + SPAN - now if self._taken else 0.0

    def _forget(self, now: float) -> None:
        while self._taken and self._taken[0][0] <= now - SPAN:
            self._sum -= self._taken.popleft()[1]


class Bucket:
    """``limit`` a minute, refilled evenly, of which ``burst`` may come at once."""

    def __init__(self, limit: int, burst: float) -> None:
        self.limit, self.burst = limit, burst
        self._level = burst
        self._at: float | None = None

    def wait(self, now: float, amount: float) -> float:
        """Seconds until ``amount`` more fits; 0 if it does now."""
        self._refill(now)
        short = min(amount, self.burst) - self._level
        return 0.0 if short <= 0 else max(0.001, short * SPAN / self.limit)

    def take(self, now: float, amount: float) -> None:
        """Take ``amount`` out; the bucket may owe for what is larger than it."""
        self._refill(now)
        self._level -= amount

    def left(self, now: float) -> float:
        """How much fits at once."""
        self._refill(now)
        return max(0.0, self._level)

    def full_again(self, now: float) -> float:
        """Seconds until the bucket is full."""
        self._refill(now)
        return (self.burst - self._level) * SPAN / self.limit

    def _refill(self, now: float) -> None:
        if self._at is not None:
            self._level = min(self.burst, self._level + (now - self._at) * self.limit / SPAN)
        self._at = now


@dataclass
class Limits:
    """What is enforced; null enforces nothing.

    Attributes:
        requests_per_minute: over a sliding window of 60 s.
        tokens_per_minute: likewise; a request counts its prompt and what it is answered with.
        concurrency: requests in flight.
        burst: seconds' worth of both rates that may come at once, as a token bucket in place of the window.
    """

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None
    burst: float | None = None

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what was taken."""
        self._requests = self._meter(self.requests_per_minute)
        self._tokens = self._meter(self.tokens_per_minute)

    def _meter(self, limit: int | None) -> Window | Bucket | None:
        if limit is None:
            return None
        return Window(limit) if self.burst is None else Bucket(limit, max(1.0, limit * self.burst / SPAN))

    def refuse(self, now: float, tokens: float, in_flight: int) -> float | None:
        """Seconds to wait if a request is refused now; null if it is let in, and then it counts."""
        if self.concurrency is not None and in_flight >= self.concurrency:
            return 0.1
        wait = max(
            self._requests.wait(now, 1) if self._requests else 0.0,
            self._tokens.wait(now, tokens) if self._tokens else 0.0,
        )
        if wait > 0:
            return wait
        if self._requests:
            self._requests.take(now, 1)
        if self._tokens:
            self._tokens.take(now, tokens)
        return None

    def openai_headers(self, now: float) -> dict[str, str]:
        """``x-ratelimit-*`` for what is limited."""
        headers: dict[str, str] = {}
        for name, meter in (("requests", self._requests), ("tokens", self._tokens)):
            if meter is not None:
                headers[f"x-ratelimit-limit-{name}"] = str(meter.limit)
                headers[f"x-ratelimit-remaining-{name}"] = str(int(meter.left(now)))
                headers[f"x-ratelimit-reset-{name}"] = span_text(meter.full_again(now))
        return headers

    def anthropic_headers(self, now: float) -> dict[str, str]:
        """``anthropic-ratelimit-*`` for what is limited."""
        headers: dict[str, str] = {}
        for name, meter in (("requests", self._requests), ("tokens", self._tokens)):
            if meter is not None:
                headers[f"anthropic-ratelimit-{name}-limit"] = str(meter.limit)
                headers[f"anthropic-ratelimit-{name}-remaining"] = str(int(meter.left(now)))
        return headers


def retry_headers(wait: float) -> dict[str, str]:
    """How both providers say when to come back."""
    return {"retry-after": str(math.ceil(wait)), "retry-after-ms": str(math.ceil(wait * 1000))}


def span_text(seconds: float) -> str:
    """A span as OpenAI writes it: ``12ms``, ``1.5s``, ``6m0s``."""
    if seconds < 1:
        return f"{math.ceil(seconds * 1000)}ms"
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}m{rest:.0f}s" if minutes else f"{rest:.3f}s"
