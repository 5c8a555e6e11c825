"""A teacher's key: from the environment by its name, or from a file that NAME_FILE names. Never from a file of ours."""

from __future__ import annotations

import os
from pathlib import Path

from ..config_teacher import Teacher
from ..errors import ConfigError


def read_key(teacher: Teacher) -> str | None:
    """The teacher's key, from the environment or from the file that NAME_FILE names.

    Raises:
        ConfigError: api_key_env names a variable that is not set.
    """
    name = teacher.api_key_env
    if name is None:
        return None
    if key := os.environ.get(name, "").strip():
        return _one_line(key, teacher)
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return _one_line(Path(path).read_text(encoding="utf-8").strip(), teacher)
        except OSError as error:
            raise ConfigError(
                f"teachers.{teacher.id}.api_key_env: {name}_FILE names {path}, which cannot be read ({error.strerror})"
            ) from error
    raise ConfigError(
        f"teachers.{teacher.id}.api_key_env: the environment variable {name} is not set; "
        f"`export {name}=...`, or set {name}_FILE to a file that holds the key"
    )


def _one_line(key: str, teacher: Teacher) -> str:
    if not key.isprintable():
        raise ConfigError(f"teachers.{teacher.id}.api_key_env: the key holds a line break or another control character")
    return key
