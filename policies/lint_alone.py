"""What can be wrong with a terms file by itself, beyond what its form forbids."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import get_args

from ..pipeline.config import Use
from .conditions import Condition
from .duties import Duty
from .terms import UNREAD, Terms

Finding = tuple[str, str]
"""The key, and what is wrong with it and how to mend it."""

_COPIES = ("licence_copy", "acceptable_use_flowdown", "use_restrictions_flowdown")
"""Duties that are met by a file."""


def alone(terms: Terms, today: datetime.date) -> Iterator[Finding]:
    """Everything that is wrong with one file."""
    yield from _incomplete(terms)
    yield from _ungrounded(terms)
    yield from _dead_exceptions(terms)
    yield from _unfindable(terms)
    yield from _impossible_dates(terms, today)


def _incomplete(terms: Terms) -> Iterator[Finding]:
    uses: tuple[Use, ...] = get_args(Use)
    for use in uses:
        if use not in terms.rules and not terms.missing:
            yield f"rules.{use}", "is missing; give the use a rule, or say under `missing` what has to be read first"
    for document in terms.documents:
        if document.url is not None and not document.url.startswith("https://"):
            yield f"documents.{document.doc}.url", "is no https:// address; give the whole address, or null"


def _ungrounded(terms: Terms) -> Iterator[Finding]:
    for use, rule in terms.rules.items():
        if rule.verdict == "unknown" or rule.clause is None:
            continue
        if (document := terms.document(rule.clause)).evidence in UNREAD:
            text = f"rests on {document.doc}, which nobody read (evidence: {document.evidence}), and counts as unknown;"
            yield f"rules.{use}", f"{text} read the text, or make the verdict unknown"


def _dead_exceptions(terms: Terms) -> Iterator[Finding]:
    for exemption in terms.exceptions:
        for use in exemption.uses:
            if (verdict := terms.rule(use).verdict) in {"allowed", "unknown"}:
                text = f"opens nothing for {use}, which is {verdict}; leave the use out, or give it a rule"
                yield f"exceptions.{exemption.id}.uses", text


def _unfindable(terms: Terms) -> Iterator[Finding]:
    for key, conditions in _conditions(terms):
        for condition in conditions:
            if isinstance(condition, Duty) and condition.type in _COPIES and condition.file is None:
                text = f"{condition.type} names no file, so that nobody can find it in what is published;"
                yield key, f"{text} add `file: LICENSES/{terms.id}.txt`"


def _conditions(terms: Terms) -> Iterator[tuple[str, tuple[Condition, ...]]]:
    for use, rule in terms.rules.items():
        yield f"rules.{use}.conditions", rule.conditions
        yield f"rules.{use}.as_base", rule.as_base
    for exemption in terms.exceptions:
        yield f"exceptions.{exemption.id}.conditions", exemption.conditions


def _impossible_dates(terms: Terms, today: datetime.date) -> Iterator[Finding]:
    reviewed = terms.review.reviewed
    if reviewed > today:
        yield "review.reviewed", f"{reviewed} lies in the future; give the day on which the texts were read"
    for document in terms.documents:
        if document.retrieved > reviewed:
            text = f"{document.retrieved} lies after review.reviewed; set that to the day of the last reading"
            yield f"documents.{document.doc}.retrieved", text
    if terms.superseded is None:
        return
    since, until = terms.superseded.since, terms.superseded.until
    if until >= today or (since is not None and since > until):
        yield "superseded.until", f"{until} is no day between the text's first and yesterday; correct the dates"
