"""What the SPDX id of a Creative Commons licence says: its elements, its version, its address."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ID = re.compile(r"CC-(?P<elements>BY(?:-NC)?(?:-ND)?(?:-SA)?(?:-ND)?)-(?P<version>\d\.\d)(?:-(?P<port>[A-Z]+))?")


@dataclass(frozen=True)
class CreativeCommons:
    """One licence of the family."""

    elements: tuple[str, ...]
    """Of BY, NC, SA, ND, in the order of its name."""
    version: tuple[int, int]
    port: str | None = None
    """The jurisdiction of a ported version, such as DE."""

    @property
    def name(self) -> str:
        """Its elements as the id writes them."""
        return "-".join(self.elements)

    @property
    def share_alike(self) -> bool:
        """Whether what is adapted stays under it."""
        return "SA" in self.elements

    @property
    def non_commercial(self) -> bool:
        """Whether commercial purposes are excluded."""
        return "NC" in self.elements

    @property
    def no_derivatives(self) -> bool:
        """Whether nothing adapted may be shared."""
        return "ND" in self.elements

    @property
    def address(self) -> str:
        """Where the licence stands, which its attribution clause asks to be named (4.0: section 3(a)(1)(C))."""
        port = f"{self.port.lower()}/" if self.port else ""
        return f"https://creativecommons.org/licenses/{self.name.lower()}/{'.'.join(map(str, self.version))}/{port}"


def creative_commons(licence: str) -> CreativeCommons | None:
    """The licence behind an SPDX id, or None for one of another family; CC0 is a dedication and no such licence."""
    found = _ID.fullmatch(licence)
    if found is None:
        return None
    major, minor = map(int, found["version"].split("."))
    return CreativeCommons(tuple(found["elements"].split("-")), (major, minor), found["port"])
