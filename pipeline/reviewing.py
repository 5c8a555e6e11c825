"""Verdicts of people: records in a journal of the reviewer's own, written without the run's lock."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import msgspec

from .corpus import Corpus, read
from .errors import ConfigError
from .ledger import Ledger
from .records import Purpose, Review, ReviewVerdict, short_hash, valid_unicode
from .view import View
from .workspace import Workspace, utc_now

NO_ANSWERS: tuple[Purpose, ...] = ("judge", "synthesis")
MAX_NAME = 100
MAX_NOTE = 10_000
"""Characters; a note says why, it is no place for a text."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of one trace."""

    trace_id: str
    verdict: ReviewVerdict
    note: str = ""
    draw_id: str | None = None
    by_model: bool = False
    """Whether a model says it, to measure the verifiers and nothing else."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A trace that may be reviewed, and what has become of it."""

    trace_id: str
    outcome: str
    reason: str
    reviewed_at: datetime.datetime | None


class Reviewer:
    """Puts one person's verdicts on record, beside whatever run holds the workspace. Use as a context manager.

    Raises:
        ConfigError: the name is none that can be shown.
    """

    def __init__(self, workspace: Workspace, view: View, name: str) -> None:
        self.name = reviewer_name(name)
        self._workspace = workspace
        self._view = view
        self._ledger = Ledger(workspace, tidy=False)

    def __enter__(self) -> Reviewer:
        self._ledger.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ledger.__exit__(kind, error, trace)

    def review(self, trace_id: str, verdict: ReviewVerdict, note: str = "") -> Review:
        """Say something of one trace, by its id or the start of it; it is safe from a kill when this returns.

        Raises:
            ConfigError: there is no such trace, several ids begin so, it is no answer, or the note is too long.
        """
        found = standing(self._workspace, self._view, trace_id)
        last = {} if found.reviewed_at is None else {found.trace_id: found.reviewed_at}
        return self.put([Word(trace_id=found.trace_id, verdict=verdict, note=note)], last)[0]

    def put(self, words: Sequence[Word], last: Mapping[str, datetime.datetime]) -> list[Review]:
        """Put words on record about traces that are known to exist, all of them at once.

        Args:
            words: what is said.
            last: when each trace was reviewed last. The latest review counts, so none is dated before the one that
                it follows, whatever the clock says.

        Raises:
            ConfigError: a note is too long.
        """
        now = datetime.datetime.fromisoformat(utc_now())
        reviews = [self._record(word, now, last.get(word.trace_id)) for word in words]
        self._ledger.append("reviews", *reviews)
        return reviews

    def _record(self, word: Word, now: datetime.datetime, last: datetime.datetime | None) -> Review:
        note = checked_note(word.note)
        when = now if last is None else max(now, last + datetime.timedelta(microseconds=1))
        content: dict[str, Any] = {
            "trace_id": word.trace_id,
            "reviewer": self.name,
            "verdict": word.verdict,
            "note": note,
            "created_at": when.isoformat(timespec="microseconds"),
            "draw_id": word.draw_id,
            "by_model": word.by_model,
        }
        return Review(review_id=short_hash(["review", content]), **content)


def standing(workspace: Workspace, view: View, trace_id: str) -> Standing:
    """The completion whose id is or begins with ``trace_id``.

    Raises:
        ConfigError: there is none, or there are several, or it is no answer to a problem.
    """

    def ask(corpus: Corpus) -> list[dict[str, Any]]:
        return corpus.ask("reviewable", trace_id=trace_id)

    found = read(workspace, view, ask) if trace_id else []
    if len(found) != 1:
        what = "several traces have" if found else "no trace has"
        raise ConfigError(f"{trace_id!r}: {what} an id that begins so; `tracestill query` finds ids")
    if found[0]["error"] is not None:
        raise ConfigError(
            f"{found[0]['trace_id']}: is a sample that failed ({found[0]['error']}), so there is no answer to review; "
            "`tracestill generate --retry-failed` asks again"
        )
    if found[0]["purpose"] in NO_ANSWERS:
        raise ConfigError(
            f"{found[0]['trace_id']}: is no answer to a problem (its purpose is {found[0]['purpose']}), so there is "
            "nothing to accept; review the trace that it is about"
        )
    return msgspec.convert({name: found[0][name] for name in Standing.__struct_fields__}, Standing)


def reviewer_name(text: str) -> str:
    """The name as it goes on record: one line of characters that show, composed, without blanks around it.

    Raises:
        ConfigError: it is empty, too long, or holds characters that do not show.
    """
    name = unicodedata.normalize("NFC", valid_unicode(text)).strip()
    if not name:
        raise ConfigError("--by: name the person who says so")
    if len(name) > MAX_NAME or not name.isprintable():
        raise ConfigError(
            f"--by: {text[:MAX_NAME]!r} cannot be a name; give at most {MAX_NAME} characters that show, on one line"
        )
    return name


def checked_note(text: str) -> str:
    """The note as it goes on record, whatever it holds.

    Raises:
        ConfigError: it is too long.
    """
    if len(text) > MAX_NOTE:
        raise ConfigError(f"the note has {len(text)} characters; say it in {MAX_NOTE}")
    return valid_unicode(text)
