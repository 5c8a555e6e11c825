"""Secrets: from the environment by name, or from a file that NAME_FILE names; never from a file of ours."""

from __future__ import annotations

import os
from pathlib import Path

from ..config_teacher import Teacher
from ..errors import ConfigError


def read_key(teacher: Teacher) -> str | None:
    """The teacher's key, from the environment or from the file that NAME_FILE names.

    Raises:
        ConfigError: api_key_env names a variable that is not set, or whose value is no key.
    """
    name = teacher.api_key_env
    if name is None:
        return None
    try:
        key = secret(name)
    except ConfigError as error:
        raise ConfigError(f"teachers.{teacher.id}.api_key_env: {error}") from error
    if key is not None:
        return key
    raise ConfigError(
        f"teachers.{teacher.id}.api_key_env: the environment variable {name} is not set; "
        f"`export {name}=...`, or set {name}_FILE to a file that holds the key"
    )


def secret(name: str) -> str | None:
    """What the environment variable, or the file that NAME_FILE names, holds; null where there is neither.

    Raises:
        ConfigError: the file cannot be read, or what is there is not one line.
    """
    value = os.environ.get(name, "").strip()
    if not value and (path := os.environ.get(f"{name}_FILE")):
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(f"{name}_FILE names {path}, which cannot be read ({error.strerror})") from error
    if value and not value.isprintable():
        raise ConfigError(f"{name}: holds a line break or another control character")
    return value or None
