"""Wordings that the arithmetic source keeps for measuring: alike in kind and difficulty to those to train on."""

from __future__ import annotations

from .arithmetic_templates import NAMES, Draw, Wording

__all__ = ["HELD_OUT"]


def _bus(d: Draw) -> tuple[str, int]:
    off, rest, on = d.number(2, 5), d.number(3, 9), d.number(2, 6)
    vehicle = d.one_of(("bus", "tram", "ferry", "train"))
    text = (
        f"There are {off + rest} people on a {vehicle}. At the next stop {off} people get off and {on} people get on. "
        f"How many people are on the {vehicle} now?"
    )
    return text, rest + on


def _free_places(d: Draw) -> tuple[str, int]:
    taken, free = d.number(2, 9), d.number(2, 8)
    where, places = d.one_of(
        (("parking lot", "spaces"), ("theater", "seats"), ("hostel", "beds"), ("harbor", "berths"))
    )
    text = f"A {where} has {taken + free} {places}. {taken} of them are taken. How many {places} are free?"
    return text, free


def _jars(d: Draw) -> tuple[str, int]:
    jars, each, name = d.number(2, 5), d.number(2, 6), d.name()
    what = d.one_of(("olives", "pickles", "candies", "nuts", "dried figs"))
    text = f"{name} fills {jars} jars and puts {each} {what} in every jar. How many {what} does {name} use?"
    return text, jars * each


def _pages_a_day(d: Draw) -> tuple[str, int]:
    days, each, name = d.number(2, 5), d.number(2, 6), d.name()
    text = (
        f"{name} wants to finish {days * each} pages in {days} days and reads the same number every day. "
        f"How many pages is that a day?"
    )
    return text, each


def _collected_bottles(d: Draw) -> tuple[str, int]:
    a, b, (name, friend) = d.number(2, 10), d.number(2, 10), d.two_of(NAMES)
    what = d.one_of(("bottles", "cans", "newspapers", "jars"))
    text = f"For recycling, {name} brings {a} {what} and {friend} brings {b}. How many {what} do they bring altogether?"
    return text, a + b


def _shelves(d: Draw) -> tuple[str, int]:
    shelves, each, borrowed = d.number(2, 5), d.number(3, 6), d.number(2, 5)
    what = d.one_of(("books", "games", "films", "magazines"))
    text = (
        f"A library has {shelves} shelves with {each} {what} on each shelf. {borrowed} {what} are borrowed. "
        f"How many {what} are still on the shelves?"
    )
    return text, shelves * each - borrowed


def _weekly_saving(d: Draw) -> tuple[str, int]:
    start, week, weeks, name = d.number(3, 10), d.number(2, 5), d.number(2, 5), d.name()
    text = f"{name} has ${start} and saves ${week} a week. How many dollars does {name} have after {weeks} weeks?"
    return text, start + week * weeks


def _rope(d: Draw) -> tuple[str, int]:
    pieces, each, name = d.number(2, 5), d.number(2, 6), d.name()
    what = d.one_of(("rope", "ribbon", "wire", "string"))
    text = (
        f"{name} cuts {pieces * each} meters of {what} into {pieces} pieces of the same length. "
        f"How many meters long is each piece?"
    )
    return text, each


def _tower(d: Draw) -> tuple[str, int]:
    low, more, (name, friend) = d.number(2, 12), d.number(2, 8), d.two_of(NAMES)
    text = (
        f"{name} builds a tower of {low} blocks. The tower of {friend} has {more} blocks more. "
        f"How many blocks does the tower of {friend} have?"
    )
    return text, low + more


def _trip(d: Draw) -> tuple[str, int]:
    vehicles, each, adults = d.number(3, 5), d.number(3, 5), d.number(2, 4)
    group = d.one_of(("children", "students", "scouts", "campers", "singers", "cyclists"))
    vehicle = d.one_of(("cars", "vans", "boats", "canoes", "sledges"))
    text = (
        f"{vehicles * each - adults} {group} and {adults} guides go on a trip in {vehicle}. "
        f"Each of the {vehicle} takes {each} people. How many {vehicle} do they need?"
    )
    return text, vehicles


HELD_OUT: tuple[Wording, ...] = (
    _collected_bottles, _free_places, _jars, _rope, _bus, _tower, _shelves,
    _pages_a_day, _weekly_saving, _trip,
)  # fmt: skip
"""Wordings of problems to measure on."""
