"""The wordings behind the arithmetic source: word problems of one or two steps with small positive whole numbers.

A wording is a function of a Draw that gives a text and its answer. Every number is drawn so that the answer is a
positive whole one: what is divided is made from the quotient, what is taken away from what remains.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

__all__ = ["NAMES", "TRAINING", "Draw", "Wording"]

NAMES = (
    "Ada", "Ben", "Carla", "Diego", "Emma", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Mina", "Noah",
    "Olga", "Pablo", "Rosa", "Samir", "Tess", "Umar", "Vera", "Will", "Yuki", "Zoe",
)  # fmt: skip
THINGS = (
    "marbles", "stickers", "stamps", "shells", "coins", "beads", "buttons", "pencils", "cards", "badges", "crayons",
    "ribbons", "erasers", "magnets", "balloons", "pebbles",
)  # fmt: skip
FRUITS = ("apples", "pears", "plums", "oranges", "peaches", "lemons", "mangoes", "figs", "cherries", "apricots")
BAKED = ("muffins", "cookies", "bagels", "rolls", "pretzels", "scones", "tarts", "waffles", "buns", "brownies")
ANIMALS = ("sheep", "goats", "hens", "ducks", "cows", "horses", "geese", "rabbits", "ponies", "llamas")
PLANTS = ("tulips", "roses", "daisies", "lilies", "irises", "poppies", "pansies", "violets")


T = TypeVar("T")


class Draw:
    """What a wording is filled with. Only ``randrange`` is used: its results are the same in every Python 3."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def number(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return self._random.randrange(low, high + 1)

    def one_of(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[self._random.randrange(len(choices))]

    def name(self) -> str:
        """A given name."""
        return self.one_of(NAMES)

    def two_of(self, words: Sequence[str]) -> tuple[str, str]:
        """Two different words."""
        first = self._random.randrange(len(words))
        second = self._random.randrange(len(words) - 1)
        return words[first], words[second + (second >= first)]


Wording = Callable[[Draw], tuple[str, int]]


def _gets_more(d: Draw) -> tuple[str, int]:
    a, b, thing = d.number(2, 12), d.number(2, 8), d.one_of(THINGS)
    name, friend = d.two_of(NAMES)
    return f"{name} has {a} {thing}. {friend} gives {name} {b} more. How many {thing} does {name} have now?", a + b


def _two_have_together(d: Draw) -> tuple[str, int]:
    a, b, thing = d.number(2, 10), d.number(2, 10), d.one_of(THINGS)
    name, friend = d.two_of(NAMES)
    return f"{name} has {a} {thing} and {friend} has {b} {thing}. How many {thing} do they have together?", a + b


def _two_days_of_baking(d: Draw) -> tuple[str, int]:
    a, b, name, baked = d.number(3, 12), d.number(3, 12), d.name(), d.one_of(BAKED)
    return f"{name} baked {a} {baked} on Monday and {b} {baked} on Tuesday. How many {baked} did {name} bake?", a + b


def _two_kinds_on_a_farm(d: Draw) -> tuple[str, int]:
    a, b, (first, second) = d.number(2, 12), d.number(2, 12), d.two_of(ANIMALS)
    return f"A farmer keeps {a} {first} and {b} {second}. How many animals does the farmer keep in all?", a + b


def _gives_away(d: Draw) -> tuple[str, int]:
    b, rest, thing = d.number(2, 6), d.number(2, 9), d.one_of(THINGS)
    name, friend = d.two_of(NAMES)
    text = f"{name} had {b + rest} {thing} and gave {b} of them to {friend}. How many {thing} does {name} have left?"
    return text, rest


def _eats_some(d: Draw) -> tuple[str, int]:
    b, rest, name, fruit = d.number(2, 5), d.number(2, 9), d.name(), d.one_of(FRUITS)
    return f"There were {b + rest} {fruit} in a bowl. {name} ate {b} of them. How many {fruit} are left?", rest


def _reads_a_book(d: Draw) -> tuple[str, int]:
    read, rest, name = d.number(5, 20), d.number(5, 20), d.name()
    text = (
        f"{name} is reading a book of {read + rest} pages and has read {read} of them. How many pages are left to read?"
    )
    return text, rest


def _how_many_more(d: Draw) -> tuple[str, int]:
    b, more, thing = d.number(2, 9), d.number(2, 6), d.one_of(THINGS)
    name, friend = d.two_of(NAMES)
    text = f"{name} has {b + more} {thing}, {friend} has {b}. How many more {thing} does {name} have than {friend}?"
    return text, more


def _saves_for_a_price(d: Draw) -> tuple[str, int]:
    saved, missing, name = d.number(3, 12), d.number(2, 8), d.name()
    item = d.one_of(("helmet", "skateboard", "lamp", "backpack", "tent", "radio", "jacket", "globe"))
    text = f"A {item} costs ${saved + missing}. {name} has saved ${saved}. How many more dollars does {name} need?"
    return text, missing


def _boxes_of_the_same(d: Draw) -> tuple[str, int]:
    boxes, each, name, thing = d.number(2, 5), d.number(2, 6), d.name(), d.one_of(THINGS)
    text = f"{name} has {boxes} boxes. Each box holds {each} {thing}. How many {thing} does {name} have in all?"
    return text, boxes * each


def _rows_of_plants(d: Draw) -> tuple[str, int]:
    rows, each, name, plant = d.number(2, 5), d.number(2, 6), d.name(), d.one_of(PLANTS)
    return (
        f"{name} plants {rows} rows of {plant} with {each} in each row. How many {plant} does {name} plant?",
        rows * each,
    )


def _price_of_several(d: Draw) -> tuple[str, int]:
    count, price, name = d.number(2, 5), d.number(2, 6), d.name()
    item = d.one_of(("notebooks", "tickets", "mugs", "puzzles", "scarves", "plants", "posters", "kites", "candles"))
    return f"{name} buys {count} {item} that cost ${price} each. How many dollars does {name} pay?", count * price


def _same_every_day(d: Draw) -> tuple[str, int]:
    each, days, name = d.number(2, 6), d.number(2, 5), d.name()
    done = d.one_of(("kilometers", "laps", "miles"))
    return f"{name} runs {each} {done} every day. How many {done} does {name} run in {days} days?", each * days


def _shares_equally(d: Draw) -> tuple[str, int]:
    friends, each, name, thing = d.number(2, 5), d.number(2, 6), d.name(), d.one_of(THINGS)
    total = friends * each
    text = f"{name} shares {total} {thing} equally among {friends} friends. How many {thing} does each friend get?"
    return text, each


def _bags_needed(d: Draw) -> tuple[str, int]:
    each, bags, name, baked = d.number(2, 5), d.number(2, 6), d.name(), d.one_of(BAKED)
    text = f"{name} puts {each * bags} {baked} into bags of {each}. How many bags does {name} fill?"
    return text, bags


def _equal_teams(d: Draw) -> tuple[str, int]:
    teams, each = d.number(2, 5), d.number(2, 6)
    group = d.one_of(("children", "students", "players", "dancers", "campers", "runners", "scouts"))
    return f"{teams * each} {group} form {teams} equal teams. How many {group} are in each team?", each


def _finds_and_loses(d: Draw) -> tuple[str, int]:
    a, b, name, thing = d.number(5, 15), d.number(2, 9), d.name(), d.one_of(THINGS)
    lost = d.number(2, a - 2)
    text = f"{name} has {a} {thing}, finds {b} more and then loses {lost}. How many {thing} does {name} have now?"
    return text, a + b - lost


def _three_parts(d: Draw) -> tuple[str, int]:
    a, b, c, name = d.number(2, 8), d.number(2, 8), d.number(2, 8), d.name()
    fruit, other = d.two_of(FRUITS)
    third = d.one_of(("bananas", "melons", "kiwis", "grapefruits"))
    text = f"{name} picks {a} {fruit}, {b} {other} and {c} {third}. How many pieces of fruit does {name} pick?"
    return text, a + b + c


def _boxes_and_loose(d: Draw) -> tuple[str, int]:
    boxes, each, loose, name, thing = d.number(2, 5), d.number(2, 6), d.number(2, 6), d.name(), d.one_of(THINGS)
    text = f"{name} has {boxes} packs of {each} {thing} and {loose} single {thing}. How many {thing} does {name} have?"
    return text, boxes * each + loose


def _trays_then_sold(d: Draw) -> tuple[str, int]:
    trays, each, baked = d.number(2, 5), d.number(3, 6), d.one_of(BAKED)
    sold = d.number(2, 5)
    text = f"A baker makes {trays} trays of {each} {baked} and sells {sold} {baked}. How many {baked} are left?"
    return text, trays * each - sold


def _change_from_a_note(d: Draw) -> tuple[str, int]:
    count, price, name = d.number(2, 4), d.number(2, 6), d.name()
    paid = count * price + d.number(1, 8)
    item = d.one_of(("pens", "combs", "juices", "cups", "brushes", "rulers", "sandwiches"))
    text = f"{name} buys {count} {item} for ${price} each and pays with ${paid}. How many dollars does {name} get back?"
    return text, paid - count * price


def _twice_as_many(d: Draw) -> tuple[str, int]:
    a, thing = d.number(2, 12), d.one_of(THINGS)
    name, friend = d.two_of(NAMES)
    text = f"{name} has {a} {thing}. {friend} has twice as many. How many {thing} do {name} and {friend} have together?"
    return text, 3 * a


def _keeps_then_shares(d: Draw) -> tuple[str, int]:
    friends, each, kept, name, baked = d.number(2, 5), d.number(2, 6), d.number(2, 6), d.name(), d.one_of(BAKED)
    total = friends * each + kept
    text = (
        f"{name} bakes {total} {baked} and keeps {kept}. The rest is shared equally by {friends} friends. "
        f"How many {baked} does each friend get?"
    )
    return text, each


def _two_kinds_of_price(d: Draw) -> tuple[str, int]:
    count, price, other, name = d.number(2, 5), d.number(2, 5), d.number(3, 9), d.name()
    single, item = d.one_of(("book", "hat", "poster", "ball")), d.one_of(("pens", "bracelets", "stickers", "bookmarks"))
    text = (
        f"{name} buys {count} {item} for ${price} each and a {single} for ${other}. How many dollars does {name} spend?"
    )
    return text, count * price + other


def _combine_then_split(d: Draw) -> tuple[str, int]:
    groups, each = d.number(2, 5), d.number(3, 6)
    a = d.number(2, groups * each - 2)
    (name, friend), thing = d.two_of(NAMES), d.one_of(THINGS)
    text = (
        f"{name} has {a} {thing} and {friend} has {groups * each - a} {thing}. They put them together and sort them "
        f"into {groups} equal piles. How many {thing} are in each pile?"
    )
    return text, each


def _half_is_gone(d: Draw) -> tuple[str, int]:
    half, extra, name, fruit = d.number(2, 8), d.number(2, 6), d.name(), d.one_of(FRUITS)
    text = (
        f"{name} has {2 * half} {fruit} and sells half of them. Then {name} picks {extra} more. "
        f"How many {fruit} does {name} have now?"
    )
    return text, half + extra


def _earns_and_spends(d: Draw) -> tuple[str, int]:
    hours, wage, name = d.number(2, 5), d.number(4, 8), d.name()
    spent = d.number(2, 6)
    text = f"{name} works {hours} hours for ${wage} an hour and then spends ${spent}. How many dollars are left?"
    return text, hours * wage - spent


def _two_goes_away(d: Draw) -> tuple[str, int]:
    b, c, rest = d.number(2, 5), d.number(2, 5), d.number(2, 8)
    thing, name = d.one_of(THINGS), d.name()
    text = (
        f"A box has {b + c + rest} {thing}. {name} takes {b} in the morning and {c} in the evening. "
        f"How many {thing} are left in the box?"
    )
    return text, rest


def _older_than(d: Draw) -> tuple[str, int]:
    age, more, later = d.number(4, 12), d.number(2, 6), d.number(2, 5)
    name, friend = d.two_of(NAMES)
    text = f"{name} is {age} years old. {friend} is {more} years older. How old will {friend} be in {later} years?"
    return text, age + more + later


def _tables_and_chairs(d: Draw) -> tuple[str, int]:
    tables, chairs = d.number(2, 6), d.number(2, 6)
    seat = d.one_of(("chairs", "stools"))
    place = d.one_of(("room", "hall", "cafe", "library", "classroom", "canteen", "tent", "garden"))
    text = f"In a {place} there are {tables} tables with {chairs} {seat} each. How many {seat} are in the {place}?"
    return text, tables * chairs


TRAINING: tuple[Wording, ...] = (
    _gets_more, _gives_away, _boxes_of_the_same, _shares_equally, _finds_and_loses, _two_have_together, _eats_some,
    _rows_of_plants, _bags_needed, _boxes_and_loose, _two_days_of_baking, _reads_a_book, _price_of_several,
    _equal_teams, _trays_then_sold, _two_kinds_on_a_farm, _how_many_more, _same_every_day, _keeps_then_shares,
    _change_from_a_note, _three_parts, _saves_for_a_price, _tables_and_chairs, _combine_then_split, _two_kinds_of_price,
    _twice_as_many, _two_goes_away, _half_is_gone, _earns_and_spends, _older_than,
)  # fmt: skip
"""Wordings of problems to train on; those to measure on are in arithmetic_held_out.py."""
