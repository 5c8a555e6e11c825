"""Tells the language of running text: by its script, then by py3langid, which carries its model and loads nothing.

Formulas, code, numbers and names say little about a language and are left out; what is too short is not judged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

NO_PROSE = re.compile(
    r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]{1,300}`"
    r"|\$\$[^$]{1,2000}\$\$|\$[^$\n]{1,300}\$|\\\[.{1,2000}?\\\]|\\\([^\n]{1,300}?\\\)"
    r"|\\(?:begin|end)\{\w{1,20}\*?\}|\\[A-Za-z]{1,30}|</?\w{1,20}>|https?://\S{1,500}|\b\w{0,40}_\w{1,40}|\b\w{1,40}\(",
    re.DOTALL,
)
SCRIPTS = {
    "Latin": "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff",
    "Han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff",
    "Kana": "\u3041-\u3096\u30a1-\u30fa\u30fc",
    "Hangul": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
    "Cyrillic": "\u0400-\u052f",
    "Arabic": "\u0620-\u064a\u066e-\u06d3\u06fa-\u06fc",
    "Hebrew": "\u05d0-\u05ea",
    "Devanagari": "\u0904-\u0939\u0958-\u0961",
    "Bengali": "\u0985-\u09b9",
    "Tamil": "\u0b85-\u0bb9",
    "Thai": "\u0e01-\u0e30",
    "Georgian": "\u10a0-\u10ff",
}
"""Letters of each script; Greek is none of them, since it is in every formula."""
OF_LANGUAGE = {
    "zh": "Han", "ja": "Han Kana", "ko": "Hangul", "ar": "Arabic", "fa": "Arabic", "ur": "Arabic", "ps": "Arabic",
    "he": "Hebrew", "hi": "Devanagari", "mr": "Devanagari", "ne": "Devanagari", "bn": "Bengali", "ta": "Tamil",
    "th": "Thai", "ka": "Georgian", "ru": "Cyrillic", "uk": "Cyrillic", "be": "Cyrillic", "bg": "Cyrillic",
    "mk": "Cyrillic", "kk": "Cyrillic", "ky": "Cyrillic", "mn": "Cyrillic", "sr": "Cyrillic Latin", "el": "Greek",
}  # fmt: skip
LETTERS = {script: re.compile(f"[{letters}]") for script, letters in SCRIPTS.items()}
LETTER = re.compile(f"[{''.join(SCRIPTS.values())}\u0370-\u03ff]")
NO_LETTERS = re.compile(r"[\W\d_]+")
WIDE = "Han", "Kana", "Hangul"
"""Scripts in which a letter says as much as three others."""
ENOUGH = 60
"""Letters that a language can be told from."""
PROSE = 0.6
"""Share of letters in what is no table and no code."""
SURE, HARDLY = 0.6, 0.05
"""Probability of the other language, and of the expected one, at which a text is in the other one."""


ALIKE = ("zh yue wuu", "no nn da", "en pcm", "ar arz", "hr bs sr", "id ms", "cs sk", "pt gl")
"""Languages that a short text may well be taken for each other in."""
WORDLESS = "zxx"
"""py3langid's code of what is in no language."""


class Passage(NamedTuple):
    """A piece of running text that is long enough to be judged."""

    text: str
    script: str
    letters: int


def passages(text: str) -> Iterator[Passage]:
    """The running text, cut at line ends into pieces of enough letters; a last piece may be too short to be given."""
    held: list[str] = []
    letters = 0
    for line in NO_PROSE.sub(" ", text).splitlines():
        counts = scripts_of(line)
        found = counts.total()
        if found < PROSE * len(line.replace(" ", "")) or not found:
            continue
        held.append(line)
        letters += found + 2 * sum(counts[script] for script in WIDE)
        if letters >= ENOUGH:
            yield _passage(" ".join(held))
            held, letters = [], 0


def scripts_of(text: str) -> Counter[str]:
    """How many letters of each script ``text`` holds."""
    if text.isascii():
        return Counter(Latin=sum(map(len, NO_LETTERS.split(text))))
    return Counter({script: len(letters.findall(text)) for script, letters in LETTERS.items()})


def scripts_for(language: str) -> frozenset[str]:
    """The scripts that ``language`` is written in."""
    return frozenset(OF_LANGUAGE.get(language, "Latin").split())


def language_of(text: str) -> str | None:
    """The language of a piece of text; null where it cannot be told."""
    words = NO_LETTERS.sub(" ", NO_PROSE.sub(" ", text)).strip()
    counts = scripts_of(words)
    if counts.total() + 2 * sum(counts[script] for script in WIDE) < ENOUGH:
        return None
    language, probability = _identifier().classify(words)
    return language if probability >= SURE and language != WORDLESS else None


def other_language(passage: Passage, language: str) -> str | None:
    """The language of a passage that is surely not in ``language``, else null."""
    probabilities: dict[str, float] = dict(_identifier().rank(NO_LETTERS.sub(" ", passage.text)))
    best = max(probabilities, key=probabilities.__getitem__)
    if best == WORDLESS or any({best, language} <= set(alike.split()) for alike in ALIKE):
        return None
    return best if probabilities[best] >= SURE and probabilities.get(language, 0) < HARDLY else None


def known_languages() -> list[str]:
    """The codes of ISO 639 that can be told."""
    return sorted(set(_identifier().labels) - {WORDLESS})


def _passage(text: str) -> Passage:
    counts = scripts_of(text)
    return Passage(text, counts.most_common(1)[0][0], counts.total())


@cache
def _identifier() -> Any:
    """The model, which takes half a second to load, once a process."""
    from py3langid import langid  # pyright: ignore[reportMissingTypeStubs] - it has none

    untyped: Any = langid
    return untyped.LanguageIdentifier.from_model_file(untyped.MODEL_FILE, norm_probs=True)
