"""How a reason quotes a trace: on one line, bounded, and valid unicode whatever the trace holds."""

from __future__ import annotations

import re

QUOTED = 80
"""Characters of a quotation at most."""
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, marks that turn the direction of writing, and halves of surrogate pairs."""


def quoted(text: str) -> str:
    """The beginning of ``text`` in quotation marks."""
    shown = " ".join(text[: 2 * QUOTED].split())
    return f'"{_clean(shown[:QUOTED])}{"…" if len(shown) > QUOTED or len(text) > 2 * QUOTED else ""}"'


def quoted_end(text: str) -> str:
    """The end of ``text`` in quotation marks."""
    shown = " ".join(text[-2 * QUOTED :].split())
    return f'"{"…" if len(shown) > QUOTED or len(text) > 2 * QUOTED else ""}{_clean(shown[-QUOTED:])}"'


def _clean(text: str) -> str:
    return UNPRINTABLE.sub("�", text)
