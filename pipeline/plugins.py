"""How a plug-in is found: its id is its file's name, and the file exports one class.

A dash in a configuration is an underscore in the file's name, so ``openai-chat`` is openai_chat.py.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
from importlib.resources import files
from typing import TypeVar

from .errors import ConfigError

T = TypeVar("T")


def plugin_class(package: str, plugin_id: str, base: type[T]) -> type[T]:
    """The class that ``package`` exports under ``plugin_id``.

    Raises:
        ConfigError: there is no such plug-in; the message lists those there are.
    """
    name = plugin_id.replace("-", "_")
    if name in _module_names(package):
        module = importlib.import_module(f"{package}.{name}")
        for exported in getattr(module, "__all__", ()):
            found = getattr(module, exported)
            if inspect.isclass(found) and issubclass(found, base) and not inspect.isabstract(found):
                return found
    known = plugin_ids(package, base)
    near = difflib.get_close_matches(plugin_id, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ConfigError(f"{plugin_id!r} is not one of: {', '.join(known)}{hint}")


def plugin_ids(package: str, base: type[object]) -> list[str]:
    """The ids of every plug-in of a package; imports their modules, and leaves out those that lack an extra."""
    found: list[str] = []
    for name in _module_names(package):
        try:
            module = importlib.import_module(f"{package}.{name}")
        except ModuleNotFoundError:
            continue
        exported = (getattr(module, item) for item in getattr(module, "__all__", ()))
        if any(inspect.isclass(item) and issubclass(item, base) and not inspect.isabstract(item) for item in exported):
            found.append(name.replace("_", "-"))
    return found


def _module_names(package: str) -> list[str]:
    entries = files(package).iterdir()
    return sorted(entry.name[:-3] for entry in entries if entry.name.endswith(".py") and entry.name != "__init__.py")
