"""Renders the page's templates; everything in them is escaped."""

from __future__ import annotations

from importlib.resources import files
from typing import Any
from urllib.parse import quote, unquote

from jinja2 import Environment, FunctionLoader, StrictUndefined


class Pages:
    """The templates, for a workspace of that name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._environment = Environment(
            loader=FunctionLoader(_source),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "count": _count,
            "percent": _percent,
            "usd": _usd,
            "duration": _duration,
            "segment": _segment,
            "unquote": unquote,
        }

    def render(self, template: str, **facts: Any) -> str:
        """The page."""
        return self._environment.get_template(template).render(workspace_name=self._name, **facts)


def _source(template: str) -> str:
    package = "tracestill.pipeline.stages" if template.endswith(".jinja") else f"{__package__}"
    folder = files(package) if template.endswith(".jinja") else files(package).joinpath("templates")
    return folder.joinpath(template).read_text(encoding="utf-8")


def _count(number: int) -> str:
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}%"


def _segment(text: str) -> str:
    """Text as one part of an address."""
    return quote(text, safe="")


def _usd(amount: float | None) -> str:
    if amount is None:
        return ""
    return f"${amount:.2f}" if amount == 0 or amount >= 1 else f"${amount:.5f}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
