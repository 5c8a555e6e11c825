"""Renders reports from templates: model output and names in them are hostile, in HTML and in Markdown."""

from __future__ import annotations

import html as html_escapes
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

from .statistics import Estimate


def render(template: str, facts: object, *, html: bool, **more: object) -> str:
    """The text of a template of ``stages/``, which may import others of them, with ``facts`` in it.

    HTML is escaped throughout.
    """
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"percent": _percent, "interval": _interval, "p_value": _p_value, "cell": _cell, "usd": _usd}
    return environment.get_template(template).render(facts=facts, **more)


def _source(template: str) -> str:
    return files(f"{__package__}.stages").joinpath(template).read_text(encoding="utf-8")


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}%"


def _usd(amount: float | None) -> str:
    """Dollars, in as many decimals as small amounts need; nothing where no price is known."""
    if amount is None:
        return ""
    return f"{amount:.2f}" if amount == 0 or amount >= 1 else f"{amount:.6f}"


def _interval(estimate: Estimate | None, signed: bool = False) -> str:
    """A mean with its interval, in per cent or in points; a null one says so."""
    if estimate is None:
        return "not defined"
    sign = "+" if signed else ""
    return f"{100 * estimate.value:{sign}.1f} [{100 * estimate.low:{sign}.1f}, {100 * estimate.high:{sign}.1f}]"


def _p_value(p: float | None) -> str:
    """A p value in as many digits as mean something."""
    if p is None:
        return ""
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _cell(text: object) -> str:
    """Text that may stand in a cell of a Markdown table: model output must not break out of it."""
    line = html_escapes.escape(" ".join(str(text).split())[:200], quote=False)
    for mark in "\\|`[]*_":
        line = line.replace(mark, f"\\{mark}")
    return line
