"""Where the parts of the report's charts stand; stages/charts.html.jinja draws them as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from .funnel import OUTCOMES, Funnel
from .histograms import Lengths, PassRates

__all__ = ["Bars", "Columns", "calibration_chart", "funnel_chart", "length_chart", "rate_chart"]

WIDTH = 760
MAX_BARS = 40
LABEL_WIDTH, LABEL_CHARACTERS = 170, 25
ROW, BAR = 26, 20
PLOT_TOP, PLOT_HEIGHT = 22, 150
MAX_LONG_LABELS = 7
"""Bins beside each other for which a label with both ends has room."""
CHARACTER = 6.3
"""Width of a character, on the safe side of what browsers draw."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A rectangle, with a word on it where that fits."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    """Its class in the style sheet."""
    label: str
    title: str
    """What a pointer over it shows."""


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A bar with its name on the left."""

    middle: float
    label: str
    title: str
    parts: list[Part]


class Bars(msgspec.Struct, frozen=True, kw_only=True):
    """Stacked bars, one below the other."""

    height: int
    bars: list[Bar]
    left_off: int
    """Groups that there is no room for."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of one bin, side by side."""

    middle: float
    label: str
    parts: list[Part]


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """A histogram."""

    height: int
    base: int
    columns: list[Column]


def funnel_chart(total: Funnel, groups: Mapping[str, Sequence[Funnel]]) -> Bars:
    """A bar of 100% per group; a rejection by each verifier is a part of its own."""
    rows = [("all", total)]
    rows += [(f"{grouping}: {one.group}", one) for grouping, funnels in groups.items() for one in funnels]
    kept = [row for row in rows if row[1].sampled][:MAX_BARS]
    bars = [
        Bar(
            middle=place * ROW + ROW / 2,
            label=label if len(label) <= LABEL_CHARACTERS else f"{label[: LABEL_CHARACTERS - 1]}…",
            title=f"{label}: {one.sampled} sampled",
            parts=_stacked(one, place * ROW + (ROW - BAR) / 2),
        )
        for place, (label, one) in enumerate(kept)
    ]
    return Bars(height=len(kept) * ROW, bars=bars, left_off=sum(bool(row[1].sampled) for row in rows) - len(kept))


def _stacked(funnel: Funnel, y: float) -> list[Part]:
    pieces: list[tuple[str, str, int, float]] = []
    for outcome in OUTCOMES:
        if outcome == "rejected":
            pieces += [
                (f"rejected-{place % 2}", name, one.traces, one.percent)
                for place, (name, one) in enumerate(funnel.rejected_by.items())
            ]
        else:
            pieces.append((outcome, outcome, funnel.outcomes[outcome], funnel.percent[outcome]))
    parts: list[Part] = []
    x, scale = float(LABEL_WIDTH), (WIDTH - LABEL_WIDTH) / max(1, funnel.sampled)
    for kind, name, count, percent in pieces:
        if not count:
            continue
        width = count * scale
        said = f"rejected by {name}" if kind.startswith("rejected") else name
        label = _fitting((f"{name} {percent:.1f}%", f"{percent:.1f}%"), width)
        title = f"{said}: {count} ({percent:.1f}%)"
        parts.append(Part(x=_at(x), y=y, width=_at(width), height=BAR, kind=kind, label=label, title=title))
        x += width
    return parts


def length_chart(lengths: Lengths) -> Columns:
    """Accepted beside rejected traces, by their tokens."""
    labels = [f"{one.least:,}-{one.most:,}" for one in lengths.bins]
    if len(labels) > MAX_LONG_LABELS:
        labels = [_short(one.least) for one in lengths.bins]
    series = {"accepted": [one.accepted for one in lengths.bins], "rejected-0": [one.rejected for one in lengths.bins]}
    named = [f"{one.least:,} to {one.most:,} tokens" for one in lengths.bins]
    return _columns(labels, named, series, "traces")


def rate_chart(rates: PassRates) -> Columns:
    """Problems by their pass rate; never and always solved ones stand apart at the ends."""
    labels = ["never", *(f"{100 * one.least:.0f}-{100 * one.below:.0f}%" for one in rates.bins), "always"]
    named = ["never solved", *(f"pass rate {label}" for label in labels[1:-1]), "always solved"]
    return _columns(
        labels, named, {"solved": [rates.never, *(one.problems for one in rates.bins), rates.always]}, "problems"
    )


def calibration_chart(bins: Sequence[tuple[float, float, float, float]]) -> Columns:
    """How often a majority is right beside how large it is: of the same height, a model that knows what it knows.

    Args:
        bins: least and most share of the bin, mean share, and how often right; all from 0 to 1.
    """
    labels = [f"{100 * least:.0f}-{100 * most:.0f}%" for least, most, _, _ in bins]
    series = {
        "agreed": [round(100 * share) for _, _, share, _ in bins],
        "right": [round(100 * right) for _, _, _, right in bins],
    }
    return _columns(labels, [f"majority of {label}" for label in labels], series, "%")


def _columns(labels: Sequence[str], named: Sequence[str], series: Mapping[str, Sequence[int]], unit: str) -> Columns:
    highest = max((count for counts in series.values() for count in counts), default=0)
    room = WIDTH / max(1, len(labels))
    width = min(48.0, room * 0.84 / len(series))
    columns: list[Column] = []
    for place, label in enumerate(labels):
        middle = room * (place + 0.5)
        left = middle - width * len(series) / 2
        parts: list[Part] = []
        for index, (kind, counts) in enumerate(series.items()):
            height = PLOT_HEIGHT * counts[place] / max(1, highest)
            said = kind.removesuffix("-0")
            parts.append(Part(
                x=_at(left + index * width), y=_at(PLOT_TOP + PLOT_HEIGHT - height), width=_at(width - 1),
                height=_at(height), kind=kind, label=_short(counts[place]) if counts[place] else "",
                title=f"{named[place]}, {said}: {counts[place]} {unit}" if len(series) > 1
                else f"{named[place]}: {counts[place]} {unit}",
            ))  # fmt: skip
        columns.append(Column(middle=_at(middle), label=label, parts=parts))
    return Columns(height=PLOT_TOP + PLOT_HEIGHT + 20, base=PLOT_TOP + PLOT_HEIGHT, columns=columns)


def _short(count: int) -> str:
    """A number in at most four characters or so."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= 10 * size or (count >= size and not count % size):
            return f"{round(count / size)}{unit}"
    return str(count)


def _fitting(labels: Sequence[str], width: float) -> str:
    return next((label for label in labels if len(label) * CHARACTER + 6 <= width), "")


def _at(place: float) -> float:
    return round(place, 2)
