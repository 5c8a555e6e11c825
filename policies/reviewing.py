"""A new reading of terms: the same words, confirmed on a later day and put on record."""

from __future__ import annotations

import datetime
import os
import tempfile
from pathlib import Path

import yaml

from ..pipeline.errors import ConfigError
from .terms import MAX_REVIEW_DAYS, Terms


def quoted(terms: Terms) -> str:
    """Every clause with the place where a reader finds it, to be held against the text as it is now."""
    lines: list[str] = []
    for key, clause in terms.clauses.items():
        document = terms.document(key)
        lines += [f"{document.title}, {clause.ref}", f"  {document.url or document.source}", f'  "{clause.quote}"']
    return "\n".join(lines)


def renewed(terms: Terms, reviewer: str, on: datetime.date, today: datetime.date) -> Terms:
    """The terms as read again on a day.

    Raises:
        ConfigError: no text stands behind them, they are an earlier text, or the day cannot be.
    """
    if not terms.clauses:
        raise ConfigError(
            f"{terms.id}: quotes no text, so there is nothing to read again. {terms.missing or ''}".strip()
        )
    if terms.superseded is not None:
        raise ConfigError(
            f"{terms.id}: is an earlier text, which stays as it was; review {terms.superseded.by} instead"
        )
    if on > today:
        raise ConfigError(f"--on: {on} lies in the future; give the day on which the texts were read")
    if on < terms.review.reviewed:
        raise ConfigError(f"--on: {on} lies before the reading in force, which is of {terms.review.reviewed}")
    if not reviewer.strip():
        raise ConfigError("--reviewer: name the person who read the texts")
    last = None if terms.review.review_by is None else on + datetime.timedelta(days=MAX_REVIEW_DAYS[terms.kind])
    review = terms.review.model_copy(update={"reviewed": on, "reviewer": reviewer.strip(), "review_by": last})
    documents = tuple(document.model_copy(update={"retrieved": on}) for document in terms.documents)
    return terms.model_copy(update={"review": review, "documents": documents})


def record(terms: Terms, folder: Path) -> Path:
    """Write the terms into a user's folder, in place of a file of theirs with this id; whole or not at all.

    Raises:
        ConfigError: the folder cannot be written to.
    """
    data = terms.model_dump(by_alias=True, exclude_defaults=True)
    text = yaml.dump(data, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)
    other = folder / f"{terms.id}.yml"
    path = other if other.exists() else folder / f"{terms.id}.yaml"
    temporary: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".tmp", delete=False, encoding="utf-8") as file:
            temporary = Path(file.name)
            file.write(f"# A reading recorded by `tracestill policies review {terms.id}`.\n{text}")
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # a temporary file is for its owner only; terms are for everyone here
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise ConfigError(f"{path}: cannot be written: {error}") from error
    return path


class _Plain(yaml.SafeDumper):
    """Writes a value each time it occurs; anchors would only puzzle whoever reads the file."""

    def ignore_aliases(self, data: object) -> bool:
        return True
