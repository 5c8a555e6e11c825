"""How the card of a data set on the Hugging Face Hub names its licence.

The ids are those of the Hub's own list (hub-docs, "Licenses"). What is not on it is ``other`` with a name and a
link, as that page asks.
"""

from __future__ import annotations

import re

from .bundle import FOLDER, LicenceBundle
from .outbound import NOT_STATED, Outbound

# fmt: off
_SAME_NAME = frozenset([
    "afl-3.0", "apache-2.0", "artistic-2.0", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear", "bsl-1.0",
    "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0",
    "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cdla-permissive-1.0",
    "cdla-permissive-2.0", "cdla-sharing-1.0", "ecl-2.0", "epl-1.0", "epl-2.0", "etalab-2.0", "eupl-1.1", "eupl-1.2",
    "isc", "lppl-1.3c", "mit", "mpl-2.0", "ms-pl", "ncsa", "ofl-1.1", "osl-3.0", "postgresql", "unlicense", "wtfpl",
    "zlib",
])
# fmt: on
"""Ids that are the SPDX id in small letters."""
_OTHER_NAME = {
    "agpl-3.0-only": "agpl-3.0",
    "agpl-3.0-or-later": "agpl-3.0",
    "gpl-2.0-only": "gpl-2.0",
    "gpl-2.0-or-later": "gpl-2.0",
    "gpl-3.0-only": "gpl-3.0",
    "gpl-3.0-or-later": "gpl-3.0",
    "lgpl-2.1-only": "lgpl-2.1",
    "lgpl-2.1-or-later": "lgpl-2.1",
    "lgpl-3.0-only": "lgpl-3.0",
    "lgpl-3.0-or-later": "lgpl-3.0",
    "odbl-1.0": "odbl",
    "odc-by-1.0": "odc-by",
    "pddl-1.0": "pddl",
    "licenseref-scancode-bigcode-open-rail-m-v1": "bigcode-openrail-m",
    "licenseref-scancode-gemma-tou-2024-04-01": "gemma",
    "licenseref-scancode-gemma-tou-2025-03-24": "gemma",
    "licenseref-scancode-llama-2-license-2023": "llama2",
    "licenseref-scancode-llama-3.1-license-2024": "llama3.1",
    "licenseref-scancode-llama-3.2-license-2024": "llama3.2",
    "licenseref-scancode-llama-3.3-license-2024": "llama3.3",
    "licenseref-scancode-llama-4-cla-2025": "llama4",
    "licenseref-scancode-openmdw-1.0": "openmdw-1.0",
    NOT_STATED.lower(): "unknown",
}


def hub_licence(outbound: Outbound, bundle: LicenceBundle) -> dict[str, str]:
    """The keys of the card's front matter.

    A single licence that the Hub knows is named only where it is all that binds: who filters by it must not find a
    set to which a teacher's terms are attached.
    """
    known = _hub_id(outbound.expression)
    if known is not None and not bundle.terms:
        return {"license": known}
    name = "-and-".join([*re.split(r" AND ", outbound.expression), *(f"terms-of-{one}" for one in bundle.terms)])
    only = f"{FOLDER}/{outbound.expression}.txt"
    link = only if only in bundle.licences and not bundle.terms else "NOTICE"
    return {"license": "other", "license_name": re.sub(r"[^a-z0-9.-]+", "-", name.lower()), "license_link": link}


def _hub_id(expression: str) -> str | None:
    name = expression.lower()
    return name if name in _SAME_NAME else _OTHER_NAME.get(name)
