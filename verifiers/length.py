"""Whether a trace is long enough to hold steps and short enough to train on."""

from __future__ import annotations

import functools
import importlib
from pathlib import Path
from typing import Any

from pydantic import Field

from ..pipeline.errors import ConfigError
from ..pipeline.records import Finding, Problem
from .base import Candidate, Settings, Verifier, failed, passed

__all__ = ["Length"]


class LengthSettings(Settings):
    """Bounds; reasoning and response count together."""

    min_characters: int = Field(default=10, ge=0)
    """A trace that is shorter holds no steps."""
    max_characters: int = Field(default=100_000, ge=1)
    """A trace that is longer is too long to learn from."""
    max_completion_tokens: int | None = Field(default=None, ge=1)
    """The same in tokens, as the teacher's server counted them; null sets no bound."""
    tokenizer: str | None = None
    """The student's: a tokenizer.json, a folder that holds one, or a model's name of the Hub's cache."""
    min_tokens: int | None = Field(default=None, ge=0)
    """Bound in the student's tokens; null sets none."""
    max_tokens: int | None = Field(default=None, ge=1)
    """Bound in the student's tokens; null sets none."""


class Length(Verifier[LengthSettings]):
    """Passes a trace within the bounds; the score is its length, in the student's tokens where a tokenizer is named.

    Raises:
        ConfigError: the tokenizer is not there, or a bound in tokens has none to count them. Nothing is downloaded.
    """

    version = "2"
    cost = 10
    Settings = LengthSettings

    def __init__(self, settings: LengthSettings) -> None:
        super().__init__(settings)
        if settings.tokenizer is not None:
            _tokenizer(settings.tokenizer)
        elif settings.min_tokens is not None or settings.max_tokens is not None:
            raise ConfigError("tokenizer: min_tokens and max_tokens count the student's tokens; name its tokenizer")

    def verify(self, problem: Problem, candidate: Candidate) -> Finding:
        """Fail what is too short or too long; the reason gives the count, what was counted, and the bound."""
        bounds, text = self.settings, candidate.text
        count = len(text)
        if finding := _outside(count, "characters", bounds.min_characters, bounds.max_characters):
            return finding
        served = candidate.completion_tokens
        if served is not None and (
            finding := _outside(served, "completion_tokens", None, bounds.max_completion_tokens)
        ):
            return finding
        if bounds.tokenizer is None:
            return passed(f"{count:,} characters", count)
        tokens = len(_tokenizer(bounds.tokenizer).encode(text, add_special_tokens=False).ids)
        return _outside(tokens, "tokens", bounds.min_tokens, bounds.max_tokens) or passed(
            f"{tokens:,} tokens by {bounds.tokenizer}", tokens
        )


def _outside(count: int, unit: str, least: int | None, most: int | None) -> Finding | None:
    words = unit.replace("_", " ")
    if least is not None and count < least:
        return failed(f"{count:,} {words}, min_{unit} is {least:,}", count)
    if most is not None and count > most:
        return failed(f"{count:,} {words}, max_{unit} is {most:,}", count)
    return None


@functools.cache
def _tokenizer(name: str) -> Any:
    """The tokenizer of a file, a folder or a model in the Hub's cache, once per process."""
    try:
        library = importlib.import_module("tokenizers")
    except ImportError as error:
        raise ConfigError("tokenizer: counting a student's tokens needs: pip install 'tracestill[train]'") from error
    path = Path(name) / "tokenizer.json" if Path(name).is_dir() else Path(name)
    if not path.is_file():
        hub = importlib.import_module("huggingface_hub")
        cached = (
            None
            if name.count("/") != 1 or name.startswith((".", "/"))
            else hub.try_to_load_from_cache(name, "tokenizer.json")
        )
        if not isinstance(cached, str):
            raise ConfigError(
                f"tokenizer: {name}: there is no tokenizer.json there, and none of a model of this name in the Hub's "
                f"cache; fetch it first, as with `hf download {name} tokenizer.json`"
            )
        path = Path(cached)
    try:
        return library.Tokenizer.from_file(str(path))
    except Exception as error:
        raise ConfigError(f"tokenizer: {path}: {error}") from error
