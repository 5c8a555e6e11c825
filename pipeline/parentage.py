"""What a trained student was made from, written beside it and read when it teaches in turn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pydantic

from ..policies.library import TermsSet
from .config import Config
from .config_teacher import Ancestor, Teacher
from .config_train import Train
from .errors import ConfigError
from .records import Decision
from .workspace import replace_file

FILE = "lineage.json"
_Lineage = pydantic.TypeAdapter(list[Ancestor])


def record_parents(
    folder: Path, config: Config, train: Train, curation_id: str, decisions: Sequence[Decision], terms: TermsSet
) -> None:
    """Write what the student in ``folder`` comes from: its base, and the terms of everybody whose texts it learnt."""
    wrote = [one for one in decisions if one.subject.startswith(("teacher:", "dataset:"))]
    names = dict.fromkeys(name for one in wrote for name in one.policies)
    known = [found for found in map(terms.by_id, names) if found and not found.matches.requires_self_hosted]
    teachers = {one.subject.removeprefix("teacher:") for one in wrote}
    examples = Ancestor(
        type="data",
        ref=f"{config.use.student.name}/{curation_id}",
        policies=[found.id for found in known],
        lineage=[parent for teacher in config.teachers if teacher.id in teachers for parent in teacher.lineage],
    )
    lineage = [Ancestor(type="base", ref=train.model), examples]
    replace_file(folder / FILE, _Lineage.dump_json(lineage, indent=1) + b"\n")


def with_parents(teacher: Teacher, base_dir: Path) -> Teacher:
    """The teacher with the lineage that lies beside its adapter or model, where one was trained here.

    Raises:
        ConfigError: the file that is there is no lineage.
    """
    found = parents_of(teacher.adapter, base_dir) or parents_of(teacher.model, base_dir)
    return teacher.model_copy(update={"lineage": [*teacher.lineage, *found]}) if found else teacher


def parents_of(place: str | None, base_dir: Path) -> list[Ancestor]:
    """What the model in a folder was made from; nothing where no lineage lies there.

    Raises:
        ConfigError: the file that is there is no lineage.
    """
    path = base_dir / (place or ".") / FILE
    if place is None or not path.is_file():
        return []
    try:
        return _Lineage.validate_json(path.read_bytes())
    except (OSError, pydantic.ValidationError) as error:
        raise ConfigError(f"{path}: is no lineage of a student ({error}); train it again") from error
