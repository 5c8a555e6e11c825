"""The NOTICE file of a published set: attribution, what machines wrote, prescribed words, what binds the receiver."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .bundle import LicenceBundle
from .creative_commons import creative_commons
from .licences import OWN
from .outbound import Outbound, Source
from .plain_text import one_line

CHANGES = (
    "The problems were changed: each was put into the form of a conversation, answered by models, and kept or left "
    "out by what verifiers said of the answers."
)
MACHINE_WRITTEN = "Reasoning and answers were written by machines and not by people."


def notice(
    title: str, outbound: Outbound, sources: Sequence[Source], models: Sequence[str], bundle: LicenceBundle
) -> str:
    """The text of NOTICE. The same arguments give the same text, whatever the order of sources and models."""
    sections = [
        f"{one_line(title)}\n\nLicence of this data set (SPDX): {outbound.expression}",
        _section("Problems", [*_sources(outbound, sources, bundle), CHANGES]),
        _section("Machine-generated content", [MACHINE_WRITTEN + " They come from:", *_listed(_models(models))]),
    ]
    return "\n\n".join([*sections, *_asked(bundle, "this data set is")]) + "\n"


def weights_notice(title: str, base: str, outbound: Outbound, bundle: LicenceBundle) -> str:
    """The text of NOTICE beside a student's weights: what it was built upon, and what terms prescribe and ask."""
    built = [f"Built upon {one_line(base)}.", f"Licence of what it was built upon (SPDX): {outbound.expression}"]
    changed = "The weights were changed: they were trained further on reasoning that machines wrote."
    sections = ["\n\n".join([one_line(title), *built, changed]), *_asked(bundle, "these weights are")]
    return "\n\n".join(sections) + "\n"


def licence_words(source: Source) -> str:
    """How the licence of a problem set is put into words."""
    if source.licence is None or not source.licence.strip():
        return "not stated"
    stated = one_line(source.licence)
    return "the publisher's own problems" if stated.casefold() == OWN else stated


def _asked(bundle: LicenceBundle, what: str) -> Iterable[str]:
    """Sections on what is prescribed, said, added, and still missing."""
    if bundle.wordings:
        words = [f"{', '.join(one.by)}: {' '.join(one.text.split())}\n\n{one.words}" for one in bundle.wordings]
        yield _section("Prescribed notices", words)
    if bundle.statements:
        yield _section("What terms say to whoever receives this", _listed(bundle.statements))
    if bundle.licences:
        yield _section("Texts that come along", _listed(bundle.licences))
    if bundle.open_points:
        head = f"Tracestill could not write the following. Add it before {what} passed on."
        yield _section("Still to be added by hand", [head, *_listed(bundle.open_points)])


def _sources(outbound: Outbound, sources: Sequence[Source], bundle: LicenceBundle) -> Iterable[str]:
    for source in sorted(set(sources), key=lambda one: (one.name, one.licence or "")):
        lines = [one_line(source.name), f"  Licence: {licence_words(source)}"]
        for licence in outbound.taken(source):
            found = creative_commons(licence)
            where = [*([found.address] if found else []), *bundle.paths(licence)]
            if where:
                lines.append(f"  {licence}: {', '.join(where)}")
        yield "\n".join(lines)


def _models(models: Sequence[str]) -> list[str]:
    return sorted({one_line(model) for model in models}) or ["no model: the set has no rows"]


def _listed(items: Iterable[str]) -> list[str]:
    return ["\n".join(f"- {item}" for item in items)]


def _section(head: str, parts: Iterable[str]) -> str:
    return "\n\n".join([f"{head}\n{'-' * len(head)}", *parts])
