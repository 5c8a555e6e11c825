"""Who judges: the judges of a configuration with their rubrics, and the identity of their verdicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..prompts.rubrics import Rubric, load_rubric
from ..verifiers.judge import VERSION, Panel
from ..verifiers.judgement import SCHEMA
from .config import Config
from .config_judge import Judge
from .config_teacher import Teacher
from .errors import ConfigError
from .records import Domain, short_hash
from .sampling.recipe import Recipe, Recipes
from .view import JudgedDomain


@dataclass(frozen=True)
class Jury:
    """One or more judges."""

    settings: Judge
    judges: list[Teacher]
    rubrics: dict[Domain, Rubric]
    recipes: list[Recipes]
    """In the order of ``judges``."""

    @classmethod
    def of(cls, config: Config, base_dir: Path, takes_seed: Callable[[Teacher], bool]) -> Jury | None:
        """The judges of a configuration; null where it has none.

        Raises:
            ConfigError: a rubric cannot be read, is for another domain, or a provider does not exist.
        """
        settings = config.verify.judge
        if settings is None:
            return None
        rubrics: dict[Domain, Rubric] = {
            domain: _rubric(domain, ref, base_dir) for domain, ref in settings.rubrics.items()
        }
        votes = {"k": settings.votes}
        judges = [one.model_copy(update={"sampling": one.sampling.model_copy(update=votes)}) for one in settings.judges]
        recipes: list[Recipes] = []
        for judge in judges:
            try:
                seeded = takes_seed(judge)
            except ConfigError as error:
                raise ConfigError(f"verify.judge.judges.{judge.id}.provider: {error}") from error
            recipes.append(
                {
                    domain: Recipe(judge, domain, rubric, judge.sampling, "judge", seeded, SCHEMA)
                    for domain, rubric in rubrics.items()
                }
            )
        return cls(settings, judges, rubrics, recipes)

    @property
    def panel(self) -> Panel:
        """How their votes are counted."""
        names = [judge.id for judge in self.judges]
        return Panel(names, self.settings.votes, self.settings.rule, self.settings.min_score)

    @property
    def max_tokens(self) -> dict[str, int]:
        """The longest reply that each judge may give, in tokens."""
        return {judge.id: judge.sampling.max_tokens for judge in self.judges}

    def described(self) -> list[JudgedDomain]:
        """Where they are asked, and about which traces."""
        when = self.settings.when
        return [
            JudgedDomain(
                domain=domain,
                version=VERSION,
                settings_hash=self.settings_hash(domain),
                undecided="undecided" in when,
                rejected="rejected" in when,
                accepted="accepted" in when,
            )
            for domain in self.rubrics
        ]

    def settings_hash(self, domain: Domain) -> str:
        """Hash of what a verdict depends on; another judge, rubric or way of counting judges anew.

        What was asked before is not asked again: replies are known by what was asked.
        """
        asked = [[recipes[domain].recipe_id, recipes[domain].sampling.max_tokens] for recipes in self.recipes]
        return short_hash(["jury", asked, self.settings.votes, self.settings.rule, self.settings.min_score])


def _rubric(domain: Domain, ref: str, base_dir: Path) -> Rubric:
    rubric = load_rubric(ref, base_dir)
    if rubric.domain != domain:
        raise ConfigError(f"verify.judge.rubrics.{domain}: the rubric {rubric.id} is for {rubric.domain}, not {domain}")
    return rubric
