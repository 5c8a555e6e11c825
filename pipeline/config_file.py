"""Reading the configuration file: YAML, then the environment, then ``--set``; errors name the key and the mend."""

from __future__ import annotations

import difflib
import inspect
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel, ValidationError

from .config import Config
from .errors import ConfigError

ENV_PREFIX = "TRACESTILL__"


def load_config(path: Path, sets: Sequence[str] = (), environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration at ``path`` with what overrides it.

    Args:
        path: the YAML file.
        sets: ``a.b=value`` texts, strongest last; values are YAML, numbers index lists (``teachers.0.model=...``).
        environ: TRACESTILL__A__B=value overrides the file and is overridden by ``sets``.

    Raises:
        ConfigError: the file is missing or no YAML, or a key is wrong; names the key and the nearest right one.
    """
    data = _read_yaml(path)
    for key, value in _environment(environ):
        _put(data, key, value, f"environment variable {ENV_PREFIX}{'__'.join(key).upper()}")
    for text in sets:
        name, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"--set {text}: write it as key.path=value, for example --set select.per_problem=2")
        _put(data, name.strip().split("."), _yaml_value(value, f"--set {name}"), f"--set {name}")
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        raise ConfigError("\n".join(f"{path}: {line}" for line in _explain(error))) from error


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path}: there is no such file; `tracestill init DIR` makes one to start from, -c says where yours is"
        ) from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is no YAML: {error}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: holds no keys; it begins with `schema_version: 1`")
    return cast("dict[str, Any]", data)


def _environment(environ: Mapping[str, str]) -> Iterable[tuple[list[str], Any]]:
    for name in sorted(environ):
        if name.startswith(ENV_PREFIX):
            key = name.removeprefix(ENV_PREFIX).lower().split("__")
            yield key, _yaml_value(environ[name], name)


def _yaml_value(text: str, where: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{where}: the value {text!r} is no YAML: {error}") from error


def _put(data: dict[str, Any], key: Sequence[str], value: Any, where: str) -> None:
    place: Any = data
    for part in key[:-1]:
        place = _step(place, part, where)
    if isinstance(place, list):
        items = cast("list[Any]", place)
        items[_index(items, key[-1], where)] = value
    else:
        place[key[-1]] = value


def _step(place: Any, part: str, where: str) -> Any:
    if isinstance(place, list):
        items = cast("list[Any]", place)
        return items[_index(items, part, where)]
    section = cast("dict[str, Any]", place)
    if not isinstance(section.get(part), dict | list):
        section[part] = {}
    return section[part]


def _index(items: list[Any], part: str, where: str) -> int:
    if part.isdigit() and int(part) < len(items):
        return int(part)
    raise ConfigError(f"{where}: {part!r} is no place in a list of {len(items)}; count from 0")


def _explain(error: ValidationError) -> Iterable[str]:
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            yield f"{where}: there is no such key{_nearest(problem['loc'])}"
        elif problem["type"] == "missing":
            yield f"{where}: is missing; docs/configuration.md says what belongs there"
        else:
            message = problem["msg"].removeprefix("Value error, ")
            if {"headers", "extra_body"} & set(problem["loc"]):  # a key may stand there
                yield f"{where}: {message}"
                continue
            yield f"{where or 'the file'}: {message} (found {problem['input']!r:.60})"


def _nearest(location: tuple[int | str, ...]) -> str:
    """The keys that stand where an unknown one was written, the nearest first."""
    model: Any = Config
    for part in location[:-1]:
        if isinstance(part, str) and model is not None:
            fields: dict[str, Any] = model.model_fields
            model = next((_model_in(f.annotation) for n, f in fields.items() if part in (n, f.alias)), None)
    if model is None:
        return ""
    known = [field.alias or name for name, field in model.model_fields.items()]
    near = difflib.get_close_matches(str(location[-1]), known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{hint} (keys here: {', '.join(known)})"


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation such as ``list[Teacher]`` or ``Train | None`` holds."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if (found := _model_in(inner)) is not None:
            return found
    return None
