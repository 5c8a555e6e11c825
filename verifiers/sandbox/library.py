"""What a Python program has to read of the machine: the standard library, and the libraries that it is linked with."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_PACKAGES = ("site-packages", "dist-packages")
"""Never shown: they may hold this project, its tests, or data sets with their answers."""
_DATA = ("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo")


class Library(NamedTuple):
    """Places that are shown to a program, read-only."""

    stdlib: Path
    shared: list[str]
    """Folders of shared libraries; beside Python itself the libraries one by one."""
    data: list[str]
    tools: list[str]
    """What other languages need."""

    def files(self) -> list[str]:
        """All of it, the standard library entry by entry, without packages."""
        entries = [str(entry) for entry in self.stdlib.iterdir() if entry.name not in _PACKAGES]
        return [*entries, *self.shared, *self.data]

    def packages(self) -> list[str]:
        """Folders of packages inside the standard library."""
        return [str(self.stdlib / name) for name in _PACKAGES if (self.stdlib / name).is_dir()]


def library(tools: Sequence[str] = ()) -> Library:
    """Where this process has its standard library and its shared libraries from."""
    stdlib = Path(os.__file__).resolve().parent
    prefix = Path(sys.base_prefix).resolve()
    shared: set[str] = set()
    for line in Path("/proc/self/maps").read_text().splitlines():
        _, slash, tail = line.partition("/")
        place = Path(slash + tail)
        if ".so" not in place.name or stdlib in place.parents:
            continue
        beside_python = prefix != Path("/usr") and prefix in place.parents
        shared.add(str(place if beside_python else place.parent))
    return Library(stdlib, sorted(shared), [path for path in _DATA if Path(path).exists()], list(tools))
