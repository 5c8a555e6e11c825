"""Licences that hold on to what is adapted, and under which licences such an adaptation may be published.

Two of them go together where there is a licence under which adaptations of both may be published. What is not
listed here holds on to nothing, or to its own files alone (MPL-2.0, EPL-2.0).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .creative_commons import CreativeCommons, creative_commons
from .licences import alternatives

_CC_VERSIONS = ((2, 0), (2, 1), (2, 5), (3, 0), (4, 0))
_GPL_3 = frozenset({"GPL-3.0", "AGPL-3.0"})
_DESTINATIONS: Mapping[str, frozenset[str]] = {
    # GPL-2.0 section 9 and GPL-3.0 section 14 for "or later"; GPL-3.0 section 13 lets it join a work under the AGPL.
    "GPL-2.0-only": frozenset({"GPL-2.0"}),
    "GPL-2.0-or-later": frozenset({"GPL-2.0"}) | _GPL_3,
    "GPL-3.0-only": _GPL_3,
    "GPL-3.0-or-later": _GPL_3,
    "AGPL-3.0-only": frozenset({"AGPL-3.0"}),
    "AGPL-3.0-or-later": frozenset({"AGPL-3.0"}),
    # LGPL-2.1 section 3 and LGPL-3.0 section 2(b): a copy may be put under the GPL.
    "LGPL-2.1-only": frozenset({"LGPL-2.1", "GPL-2.0"}) | _GPL_3,
    "LGPL-2.1-or-later": frozenset({"LGPL-2.1", "LGPL-3.0", "GPL-2.0"}) | _GPL_3,
    "LGPL-3.0-only": frozenset({"LGPL-3.0"}) | _GPL_3,
    "LGPL-3.0-or-later": frozenset({"LGPL-3.0"}) | _GPL_3,
    # Compatible with CC-BY-SA-4.0 in both directions: https://creativecommons.org/compatiblelicenses
    "LAL-1.3": frozenset({"LAL-1.3", "CC-BY-SA-4.0"}),
    # Section 4.4: this licence, a later version, or a compatible one; none has been designated.
    "ODbL-1.0": frozenset({"ODbL-1.0"}),
    # Section 3.1: data that is published stays under this agreement.
    "CDLA-Sharing-1.0": frozenset({"CDLA-Sharing-1.0"}),
    "EUPL-1.2": frozenset({"EUPL-1.2"}),
    "GFDL-1.3-only": frozenset({"GFDL-1.3"}),
    "GFDL-1.3-or-later": frozenset({"GFDL-1.3"}),
    "OSL-3.0": frozenset({"OSL-3.0"}),
}


def destinations(licence: str) -> frozenset[str] | None:
    """Under which licences an adaptation may be published; None for a licence that leaves it free.

    A Creative Commons licence takes the same elements in this version or a later one (2.0 to 3.0: section 4(b);
    4.0: section 3(b)(1)). Version 1.0 takes itself alone. CC-BY-SA-4.0 also goes, one way, into GPL-3.0, and into
    the Free Art License 1.3 (https://creativecommons.org/compatiblelicenses).
    """
    plain = licence.partition(" WITH ")[0]
    found = creative_commons(plain)
    if found is None:
        return _DESTINATIONS.get(plain)
    # A version made for one country goes where the general one goes, and stays what it is.
    return _later(found) | {plain} if found.share_alike else None


def go_together(one: str, other: str) -> bool:
    """Whether adaptations under both can be published together."""
    first, second = destinations(one), destinations(other)
    return first is None or second is None or not first.isdisjoint(second)


def passes_on(licence: str, outbound: str) -> bool:
    """Whether an outbound expression keeps a share-alike licence: every way to read it holds one that it goes into."""
    kept = destinations(licence) or frozenset({licence})
    try:
        options = alternatives(outbound)
    except ValueError:
        return False
    return all(kept & {_SUFFIX.sub("", one) for one in option} for option in options)


_SUFFIX = re.compile(r"-(?:only|or-later)$")


def _later(licence: CreativeCommons) -> frozenset[str]:
    versions = [version for version in _CC_VERSIONS if version >= licence.version] if licence.version > (1, 0) else []
    ids = {f"CC-{licence.name}-{major}.{minor}" for major, minor in versions or [licence.version]}
    if "CC-BY-SA-4.0" in ids and licence.version == (4, 0):
        ids |= {"LAL-1.3", "GPL-3.0"}
    return frozenset(ids)
