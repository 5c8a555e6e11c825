"""What a teacher costs, and who says so: the configuration, a dated price table, or nobody."""

from __future__ import annotations

import datetime
from importlib.metadata import version
from typing import Any, NamedTuple

from ..config_teacher import Price, Teacher


class Quote(NamedTuple):
    """A price with its source."""

    price: Price | None
    """Null when unknown."""
    source: str


def quote(teacher: Teacher) -> Quote:
    """The price of a teacher: configured, none for a machine of one's own, or the provider's published one.

    The published prices come with the package genai-prices; nothing is fetched.
    """
    if teacher.price is not None:
        day = teacher.price.as_of
        return Quote(teacher.price, f"configured, {f'as of {day}' if day else 'without a date'}")
    if teacher.server is None or teacher.self_hosted:
        return Quote(Price(), "your own machine: no price per token")
    return _published(teacher.server, teacher.model)


def batch_quote(found: Quote) -> Quote:
    """What the same tokens cost in a batch."""
    if (price := found.price) is None:
        return found
    factor = price.batch_factor
    reduced = Price(input_per_mtok=price.input_per_mtok * factor, output_per_mtok=price.output_per_mtok * factor)
    return Quote(reduced, f"{found.source}; {factor:g} of it in a batch")


def _published(server: str, model: str) -> Quote:
    from genai_prices import Usage, calc_price

    million = 1_000_000
    try:
        found = calc_price(Usage(input_tokens=1, output_tokens=1), model_ref=model, provider_api_url=server)
    except LookupError:
        return Quote(None, "unknown: give price.input_per_mtok and price.output_per_mtok")
    price = Price(
        input_per_mtok=round(float(found.input_price) * million, 6),
        output_per_mtok=round(float(found.output_price) * million, 6),
    )
    table = f"genai-prices {version('genai-prices')}"
    day = _latest_change(found.provider)
    return Quote(
        price, f"{table}, published price of {found.provider.name}{f', table last changed {day}' if day else ''}"
    )


def _latest_change(provider: Any) -> datetime.date | None:
    """The last day on which a price of this provider began to hold, which is how old the table is at the most."""
    dated: list[Any] = []
    model: Any
    for model in provider.models:
        prices: Any = model.prices
        dated += [*(prices if isinstance(prices, list) else []), *(model.price_variants or [])]
    days = [change.constraint.start_date for change in dated if hasattr(change.constraint, "start_date")]
    return max(days, default=None)
