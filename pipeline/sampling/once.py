"""Recipes of what is asked for once each: rewrites of traces, and new problems."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...prompts.rewrites import load_rewrite
from ...prompts.synthesis import SCHEMA, load_synthesis
from ..config_rewrite import Rewrite
from ..config_synthesize import Synthesize
from ..config_teacher import Teacher
from ..errors import ConfigError
from ..records import DOMAINS
from .recipe import Recipe, Recipes

TakesSeed = Callable[[Teacher], bool]
"""Whether the provider of a teacher takes a seed; raises ConfigError where there is no such provider."""


def rewriting_recipes(settings: Rewrite | None, base_dir: Path, takes_seed: TakesSeed) -> Recipes:
    """How accepted traces of each domain are rewritten; nothing where they are not.

    Raises:
        ConfigError: the prompt or the provider does not exist.
    """
    if settings is None:
        return {}
    teacher, seeded = _once(settings.teacher, "rewrite", takes_seed)
    prompt = load_rewrite(settings.prompt, base_dir)
    return {domain: Recipe(teacher, domain, prompt, teacher.sampling, "rewrite", seeded) for domain in DOMAINS}


def synthesis_recipes(settings: Synthesize | None, base_dir: Path, takes_seed: TakesSeed) -> Recipes:
    """How new problems are asked for; nothing where none are.

    Raises:
        ConfigError: the prompt or the provider does not exist.
    """
    if settings is None:
        return {}
    teacher, seeded = _once(settings.teacher, "synthesize", takes_seed)
    prompt = load_synthesis(settings.prompt_ref, base_dir)
    domain = settings.domain
    return {domain: Recipe(teacher, domain, prompt, teacher.sampling, "synthesis", seeded, SCHEMA)}


def _once(teacher: Teacher, section: str, takes_seed: TakesSeed) -> tuple[Teacher, bool]:
    try:
        seeded = takes_seed(teacher)
    except ConfigError as error:
        raise ConfigError(f"{section}.teacher.provider: {error}") from error
    return teacher.model_copy(update={"sampling": teacher.sampling.model_copy(update={"k": 1})}), seeded
