"""What a run may spend: reserved before a request, settled after, never exceeded."""

from __future__ import annotations

from ..config import Budget as Limits
from ..config import Teacher
from ..errors import ConfigError
from ..teachers.base import Completion, Request

CHARACTERS_PER_TOKEN = 2.5
"""A cautious guess for prompts: most text has 3.5 to 4.5 characters a token."""


class Budget:
    """Dollars of one run and of its workspace.

    Args:
        limits: what may be spent.
        spent_before: what earlier runs in the workspace cost.
    """

    def __init__(self, limits: Limits, spent_before: float) -> None:
        self.spent = 0.0
        self._reserved = 0.0
        allowed = [limits.max_usd] if limits.max_usd is not None else []
        if limits.max_usd_total is not None:
            allowed.append(limits.max_usd_total - spent_before)
        self._allowed = min(allowed) if allowed else None

    def check_price(self, teacher: Teacher) -> None:
        """Refuse to run under a budget with a teacher whose price nobody knows.

        Raises:
            ConfigError: the teacher has no price and is not the user's own.
        """
        if self._allowed is not None and price_of(teacher) is None:
            raise ConfigError(
                f"teachers.{teacher.id}.price: a budget is set, and the price of {teacher.model} is not known; "
                "give input_per_mtok and output_per_mtok in US dollars"
            )

    def reserve(self, teacher: Teacher, request: Request) -> float | None:
        """Set aside what the request may cost at the most; null when the budget does not hold it."""
        if self._allowed is None:
            return 0.0
        price = price_of(teacher)
        if price is None:
            return None
        prompt = sum(len(turn.content) + 20 for turn in request.messages) / CHARACTERS_PER_TOKEN
        worst = (prompt * price[0] + request.max_tokens * price[1]) / 1e6
        if self.spent + self._reserved + worst > self._allowed:
            return None
        self._reserved += worst
        return worst

    @property
    def waits_for_others(self) -> bool:
        """Whether requests in flight hold reservations, part of which comes back when they settle."""
        return self._reserved > 1e-12

    def settle(self, reserved: float, spent: float) -> None:
        """Put what was spent in the place of what was reserved; an unknown cost counts as all of it."""
        self._reserved -= reserved
        self.spent += spent


def price_of(teacher: Teacher) -> tuple[float, float] | None:
    """Dollars per million prompt and completion tokens; null when unknown. One's own server costs nothing."""
    if teacher.price is not None:
        return teacher.price.input_per_mtok, teacher.price.output_per_mtok
    return (0.0, 0.0) if teacher.self_hosted or teacher.server is None else None


def cost_of(teacher: Teacher, completion: Completion) -> float | None:
    """What a completion cost in dollars; null where price or token counts are unknown."""
    price = price_of(teacher)
    if price is None:
        return None
    if price == (0.0, 0.0):
        return 0.0
    if completion.prompt_tokens is None or completion.completion_tokens is None:
        return None
    return (completion.prompt_tokens * price[0] + completion.completion_tokens * price[1]) / 1e6
