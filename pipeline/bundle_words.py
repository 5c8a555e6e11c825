"""What a licence bundle asks of whoever passes something on, as Markdown for a card."""

from __future__ import annotations

from collections.abc import Iterator

from ..policies.bundle import LicenceBundle
from .markdown import escaped, listed, sentence, verbatim


def bundle_words(bundle: LicenceBundle, what: str) -> Iterator[str]:
    """Prescribed words, what terms say, the texts that come along, and what a person has to add before ``what`` is."""
    for wording in bundle.wordings:
        yield f"{', '.join(map(escaped, wording.by))}: {sentence(wording.text)}\n\n{verbatim(wording.words)}"
    if bundle.statements:
        yield "What terms say to whoever receives this:\n\n" + listed(map(sentence, bundle.statements))
    if bundle.licences:
        yield "Texts that come along:\n\n" + listed(f"[{path}]({path})" for path in bundle.licences)
    if bundle.open_points:
        head = f"Tracestill could not write the following. Add it before {what} passed on:\n\n"
        yield head + listed(map(sentence, bundle.open_points))
