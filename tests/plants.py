"""Copies of real problems that are still the same problem, and look-alikes that are not, from a seeded generator."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

SYNONYMS = [
    ("how many", "what number of"), ("altogether", "in total"), ("in total", "altogether"), ("each", "every"),
    ("bought", "purchased"), ("gave", "handed"), ("begin", "start"), ("needs to", "has to"), ("currently", "right now"),
    ("find", "determine"), ("a lot of", "plenty of"), ("if", "supposing that"), ("wants to", "would like to"),
    ("big", "large"), ("friends", "pals"), ("children", "kids"), ("decides", "chooses"), ("much", "large a sum"),
    ("makes", "produces"), ("then", "afterwards"), ("after", "following"), ("does", "will"),
]  # fmt: skip
UNITS = [
    ("miles per hour", "mph"), ("mph", "miles per hour"), ("hours", "hrs"), ("minutes", "mins"), ("pounds", "lbs"),
    ("kilometers", "km"), ("feet", "ft"), ("grams", "g"), ("meters", "metres"), ("percent", "%"), ("ounces", "oz"),
]  # fmt: skip
NAMES = ["Olga", "Tariq", "Wen", "Bruno", "Ines", "Kofi", "Petra", "Yusuf"]
THINGS = ["lanterns", "kites", "barrels", "stamps", "violins", "cushions", "ladders", "walnuts"]
QUESTIONS = [
    "How much more would be needed to have twice that?", "What share of it is left after the first step?",
    "By how much does the larger amount exceed the smaller one?", "How long would this take two people together?",
]  # fmt: skip
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
SENTENCE = re.compile(r"(?<=[.?!])\s+")


def problems(cases: Path, split: str = "train", count: int = 1000) -> list[str]:
    """The wording of the first problems of GSM8K that have a few words and a number."""
    with (cases / "problems" / f"gsm8k_{split}.jsonl").open(encoding="utf-8") as lines:
        found = (json.loads(line)["question"] for line in lines)
        return [text for text in found if NUMBER.search(text) and len(text.split()) >= 12][:count]


def respaced(text: str, draw: random.Random) -> str:
    """Other white space, case and punctuation at the end."""
    spaced = re.sub(" ", lambda found: draw.choice([" ", " ", "  ", "\n", "\t"]), text)
    return f"\n {spaced.upper() if draw.random() < 0.2 else spaced}  "


def in_latex(text: str, draw: random.Random) -> str:
    """Numbers and signs as LaTeX spells them, each in a spelling of its own."""
    text = re.sub(r"\$(\d[\d,]*(?:\.\d+)?)", r"\\$\1", text)
    text = re.sub(
        r"(?<![\d/])(\d+)/(\d+)(?![\d/])", lambda found: draw.choice([
            rf"${found[0]}$", rf"$\frac{{{found[1]}}}{{{found[2]}}}$", rf"\(\dfrac{{{found[1]}}}{{{found[2]}}}\)",
        ]), text,
    )  # fmt: skip
    wrapped = [r"${}$", r"\({}\)", r"$\left({}\right)$", r"$\text{{{}}}$", "{}"]
    return re.sub(
        r"(?<![\d$\\{/.,])\d+(?![\d}/.,%$\\-])", lambda found: draw.choice(wrapped).format(found[0]), text
    )  # fmt: skip


def in_other_units(text: str, draw: random.Random) -> str:
    """Units and currencies in another spelling."""
    text = re.sub(r"\$(\d[\d,]*(?:\.\d+)?)(?![\d/])", lambda found: draw.choice([
        f"{found[1]} dollars", f"US${found[1]}", f"${found[1]}", f"{found[1]} USD"]), text)  # fmt: skip
    for one, other in UNITS:
        text = re.sub(rf"(?<=\d) {one}\b", f" {other}", text)
    return text


def reworded(text: str, draw: random.Random) -> str:
    """One or two expressions replaced, a sentence moved, or a few words put before it."""
    present = [pair for pair in SYNONYMS if re.search(rf"\b{pair[0]}\b", text, re.IGNORECASE)]
    for one, other in draw.sample(present, min(len(present), draw.choice([1, 2]))):
        text = re.sub(rf"\b{one}\b", other, text, count=1, flags=re.IGNORECASE)
    sentences = SENTENCE.split(text)
    if len(sentences) > 3 and draw.random() < 0.5:
        place = draw.randrange(len(sentences) - 2)
        sentences[place : place + 2] = reversed(sentences[place : place + 2])
    if draw.random() < 0.3:
        sentences.insert(0, draw.choice(["Question:", "Solve this problem.", "Please answer the following."]))
    return " ".join(sentences)


def renumbered(text: str, draw: random.Random) -> str:
    """Every number another one: the same template, another problem."""

    def other(found: re.Match[str]) -> str:
        return str(int(float(found[0].replace(",", "")) // 1) + draw.randint(1, 9))

    return NUMBER.sub(other, text)


def one_number_changed(text: str, draw: random.Random) -> str:
    """The hardest renumbering: one number alone."""
    found = draw.choice(list(NUMBER.finditer(text)))
    return text[: found.start()] + renumbered(found[0], draw) + text[found.end() :]


def recast(text: str, draw: random.Random) -> str:
    """The template with other people, other things and other numbers."""
    names = set(re.findall(r"(?<=[a-z,] )[A-Z][a-z]+\b", text)) | {text.split()[0].strip(".,'s")}
    for name in sorted(names):
        text = re.sub(rf"\b{re.escape(name)}\b", draw.choice(NAMES), text)
    things = sorted(set(re.findall(r"\b[a-z]{4,}s\b", text)))
    for thing in draw.sample(things, min(2, len(things))):
        text = re.sub(rf"\b{thing}\b", draw.choice(THINGS), text)
    return one_number_changed(text, draw)


def asked_otherwise(text: str, draw: random.Random) -> str:
    """The same facts and numbers, and another question."""
    return " ".join([*SENTENCE.split(text)[:-1], draw.choice(QUESTIONS)])


Change = Callable[[str, random.Random], str]
SAME: dict[str, Change] = {
    "white space": respaced, "LaTeX": in_latex, "units": in_other_units, "wording": reworded,
}  # fmt: skip
OTHER: dict[str, Change] = {
    "all numbers": renumbered, "one number": one_number_changed, "template": recast,
}  # fmt: skip


def changed(texts: list[str], changes: dict[str, Change], seed: int) -> Iterator[tuple[str, str, str]]:
    """Each text with one of its changes in turn, or under every third with two: what was done, before, after."""
    draw = random.Random(seed)
    kinds = list(changes)
    for number, text in enumerate(texts):
        kind = kinds[number % len(kinds)]
        after = changes[kind](text, draw)
        if number % 3 == 0 and changes is SAME:
            after = in_other_units(after, draw) if kind == "white space" else respaced(after, draw)
        yield kind, text, after
