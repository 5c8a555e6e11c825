"""Whether a trace stays in the language of its problem."""

from __future__ import annotations

from pydantic import Field

from ..pipeline.errors import ConfigError
from ..pipeline.records import Finding, Problem
from .base import Candidate, Settings, Verifier, failed, passed
from .languages import (
    LETTERS,
    NO_PROSE,
    known_languages,
    language_of,
    other_language,
    passages,
    scripts_for,
    scripts_of,
)
from .quoting import quoted
from .thinking import without_thinking

__all__ = ["Language"]

MAX_CHARACTERS = 2_000_000
LEAST_LETTERS = 4
"""Letters of a problem that show its script."""


class LanguageSettings(Settings):
    """Which language a trace is in, and how much may be in others."""

    language: str | None = None
    """Code of the language (ISO 639: en, de, zh); null takes the problem's."""
    max_other: float = Field(default=0.2, ge=0, le=1)
    """Share of the letters that may stand in passages of another language."""
    max_other_script: float = Field(default=0.001, ge=0, le=1)
    """Share of the letters that may be of another script, such as Chinese within an English sentence."""
    reasoning: bool = True
    """Whether the reasoning counts too; some teachers think in another language than they answer in."""


class Language(Verifier[LanguageSettings]):
    """Passes a trace in the problem's language and script; the score is the share of letters in another one.

    Raises:
        ConfigError: the language that is set cannot be told from others.
    """

    version = "1"
    cost = 10
    Settings = LanguageSettings

    def __init__(self, settings: LanguageSettings) -> None:
        super().__init__(settings)
        if settings.language and settings.language not in (known := known_languages()):
            raise ConfigError(f"language: {settings.language!r} is not one of: {', '.join(known)}")

    def verify(self, problem: Problem, candidate: Candidate) -> Finding:
        """Fail other languages and scripts; a problem without words decides nothing."""
        language, scripts = self._expected(problem.prompt)
        if not scripts:
            return passed("the problem has too few words to tell its language")
        response = candidate.response or ""
        text = candidate.text if self.settings.reasoning else without_thinking(response) or ""
        text = text[:MAX_CHARACTERS]
        if finding := self._other_script(text, scripts, problem.prompt):
            return finding
        return self._other_language(text, scripts, language)

    def _expected(self, prompt: str) -> tuple[str | None, frozenset[str]]:
        """Language, null where only its script shows, and scripts."""
        if self.settings.language:
            return self.settings.language, scripts_for(self.settings.language)
        counts = scripts_of(NO_PROSE.sub(" ", prompt))
        if counts.total() < LEAST_LETTERS:
            return None, frozenset[str]()
        shown: frozenset[str] = frozenset(script for script, count in counts.items() if count >= 0.2 * counts.total())
        language = language_of(prompt)
        return language, shown | scripts_for(language) if language else shown

    def _other_script(self, text: str, scripts: frozenset[str], prompt: str) -> Finding | None:
        """Letters of a script that is neither the problem's nor Latin, which names and symbols are written in."""
        if text.isascii():
            return None
        prose = NO_PROSE.sub(" ", text)
        counts = scripts_of(prose)
        given = set(prompt)
        for script in LETTERS.keys() - scripts - {"Latin"}:
            if not counts[script]:
                continue
            places = [found.start() for found in LETTERS[script].finditer(prose) if found[0] not in given]
            share = len(places) / counts.total()
            if places and share > self.settings.max_other_script:
                where = quoted(prose[max(0, places[0] - 20) : places[0] + 40])
                return failed(f"{len(places)} letters of {script} script, not the problem's: {where}", round(share, 4))
        return None

    def _other_language(self, text: str, scripts: frozenset[str], language: str | None) -> Finding:
        total = others = 0
        first: tuple[str, str] | None = None
        for passage in passages(text):
            total += passage.letters
            other = passage.script if passage.script not in scripts else None
            if other is None and language:
                other = other_language(passage, language)
            if other:
                others += passage.letters
                first = first or (other, passage.text)
        share = round(others / total, 4) if total else 0.0
        expected = language or f"{' and '.join(sorted(scripts))} script"
        if first and share > self.settings.max_other:
            return failed(f"{share:.0%} is in {first[0]}, not in {expected}: {quoted(first[1])}", share)
        if not language:
            return passed(f"in {expected}; the problem is too short to tell its language", share)
        return passed(f"{1 - share:.0%} is in {expected}" if total else "too few words to tell its language", share)
