"""The files that travel with results: NOTICE and LICENSES/, and what is owed but cannot be written here.

Pure: it computes texts from the terms that apply; who writes them is not its concern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..pipeline.config import Use
from .conditions import NamePrefix, NonCommercial
from .creative_commons import creative_commons
from .duties import Duty, ShareAlike
from .licence_texts import licence_text
from .outbound import NOT_STATED, OWN_ONLY, Outbound, Source
from .owed import Binding, Owed, gather
from .plain_text import one_line
from .terms import Terms

FOLDER = "LICENSES"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_COPIES = ("licence_copy", "acceptable_use_flowdown", "use_restrictions_flowdown")
_WITH_COPYRIGHT_LINE = ("MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC")
"""Licences whose text is to be passed on with the author's own copyright line in front of it."""

_PASSED_ON = (Duty, ShareAlike, NamePrefix, NonCommercial)
"""What concerns whoever receives results; the other conditions bind whoever made them."""


@dataclass(frozen=True)
class Wording:
    """Words that terms prescribe."""

    words: str
    text: str
    """What has to be done with them."""
    by: tuple[str, ...]
    """Names of the terms."""


@dataclass(frozen=True)
class LicenceBundle:
    """What goes along with results."""

    licences: Mapping[str, str]
    """Path below ``LICENSES/`` to the text of the licence, in order of path."""
    wordings: tuple[Wording, ...]
    statements: tuple[str, ...]
    """What else binds whoever receives the results, as sentences, each with the terms that say so."""
    terms: tuple[str, ...]
    """Ids of teachers' terms that ask something of whoever receives the results, beside the problems' licences."""
    open_points: tuple[str, ...]
    """What is owed and cannot be written here: a person has to add it before anything is passed on."""

    def paths(self, licence: str) -> list[str]:
        """Where the text of a licence of the data lies: one path, or none where no text ships."""
        return [path for path in self.licences if path == f"{FOLDER}/{licence}.txt"]


def licence_bundle(
    outbound: Outbound,
    sources: Sequence[Source],
    bindings: Iterable[Binding],
    uses: Sequence[Use],
    attested: Iterable[str] = (),
) -> LicenceBundle:
    """What must accompany rows from these sources and from teachers under these terms, for the uses given."""
    owed = gather(bindings, uses, frozenset(attested))
    texts: dict[str, str] = {}
    open_points: list[str] = []
    for licence in outbound.licences:
        if (text := licence_text(licence)) is not None:
            texts[f"{FOLDER}/{licence}.txt"] = text
        elif licence != NOT_STATED:
            open_points.append(f"Put the text of {licence}, a licence of the problems, into {FOLDER}/{licence}.txt.")
    for one in owed:
        if isinstance(one.condition, Duty) and one.condition.type in _COPIES and not _of_data(one):
            _copy(one.condition, one.by, texts, open_points)
    open_points += _about_sources(outbound, sources)
    return LicenceBundle(
        licences=dict(sorted(texts.items())),
        wordings=tuple(_wordings(owed)),
        statements=tuple(_statements(owed)),
        terms=tuple(_beyond_the_data(owed)),
        open_points=tuple(dict.fromkeys(open_points)),
    )


def _of_data(one: Owed) -> bool:
    """Whether the licences of the problems ask for it alone: their texts are there already."""
    return all(terms.kind == "dataset-licence" for terms in one.by)


def _copy(duty: Duty, by: tuple[Terms, ...], texts: dict[str, str], open_points: list[str]) -> None:
    for terms in by:
        path, names = _place(duty, terms)
        found = next((text for name in names if (text := licence_text(name)) is not None), None)
        if found is not None:
            texts[path] = found
        elif duty.file is not None or duty.type == "licence_copy":
            open_points.append(f"Put a copy into {path}: {one_line(duty.text)} [{terms.id}]")


def _place(duty: Duty, terms: Terms) -> tuple[str, list[str]]:
    """Where a copy belongs, and under which names its text may ship."""
    if duty.file is None:
        return f"{FOLDER}/{terms.id}.txt", [terms.id, *([terms.spdx] if terms.spdx else [])]
    name = duty.file.rpartition("/")[2]
    # A terms file of the user's own may name any path: nothing is written outside the folder.
    name = name if _PLAIN_NAME.fullmatch(name) else f"{terms.id}.txt"
    return f"{FOLDER}/{name}", [name.rpartition(".")[0] or name]


def _wordings(owed: Iterable[Owed]) -> Iterable[Wording]:
    found: dict[str, Wording] = {}
    for one in owed:
        if isinstance(one.condition, Duty) and one.condition.wordings:
            words, text = one.condition.wordings[0], one.condition.text
            before = found.get(words)
            by = dict.fromkeys([*(before.by if before else ()), *(terms.name for terms in one.by)])
            found[words] = Wording(words, before.text if before else text, tuple(by))
    return found.values()


def _statements(owed: Iterable[Owed]) -> Iterable[str]:
    asked: dict[str, list[str]] = {}
    for one in owed:
        condition = one.condition
        if isinstance(condition, _PASSED_ON):
            sentence = condition.sentence if isinstance(condition, NamePrefix | NonCommercial) else condition.text
            asked.setdefault(one_line(sentence, None), []).extend(terms.id for terms in one.by)
    return [f"{sentence} [{', '.join(dict.fromkeys(by))}]" for sentence, by in asked.items()]


def _beyond_the_data(owed: Iterable[Owed]) -> list[str]:
    return sorted(
        {
            terms.id
            for one in owed
            if isinstance(one.condition, _PASSED_ON)
            for terms in one.by
            if terms.kind != "dataset-licence"
        }
    )


def _about_sources(outbound: Outbound, sources: Sequence[Source]) -> Iterable[str]:
    if outbound.expression == OWN_ONLY:
        yield "Choose a licence for problems of your own: LicenseRef-own grants nobody anything."
    for source in sorted(set(sources), key=lambda one: (one.name, one.licence or "")):
        name = one_line(source.name)
        for licence in outbound.taken(source):
            if licence == NOT_STATED:
                yield f"Find out under which licence the problems of {name} are: nobody stated one."
            elif licence in _WITH_COPYRIGHT_LINE:
                yield f"Add the copyright line of {name} to {FOLDER}/{licence}.txt, which is the general form."
            elif licence == "Apache-2.0":
                yield f"Add the copyright lines of {name} to NOTICE, and its own NOTICE file if it has one."
            elif creative_commons(licence) is not None:
                yield f"Name the creators of {name} in NOTICE, with a link, as far as they are known."
