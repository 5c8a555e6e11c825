"""``tracestill policies check --lint`` and ``review``: for whoever writes terms files and keeps them current."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

from ...policies.library import files_in, load_terms
from ...policies.lint import Report, lint_folder, lint_shipped
from ...policies.reviewing import quoted, record, renewed
from ..errors import ConfigError
from .opening import print_result
from .policy import found_terms, terms_folder


def lint(folder: Path | None, config: Path | None, output: str) -> None:
    """Print every complaint about a folder, or about what ships and the configuration's own; fail on any."""
    reports = _reports(folder, terms_folder(None, config))
    files = sum(report.files for report in reports)
    complaints = [one for report in reports for one in report.complaints]
    result = {
        "files": files,
        "complaints": [{"file": one.file, "key": one.key, "complaint": one.text} for one in complaints],
    }
    print_result(result, output, "\n".join(map(str, complaints)) or f"{files} files, no complaint")
    if complaints:
        raise ConfigError(f"{len(complaints)} complaints about {files} terms files; mend what is listed above")


def _reports(folder: Path | None, configured: Path | None) -> list[Report]:
    today = _today()
    if folder is not None:
        return [lint_folder(folder, today)]
    return [lint_shipped(today), *([] if configured is None else [lint_folder(configured, today)])]


def review(
    terms_id: str, reviewer: str, on: str | None, terms: Path | None, config: Path | None, confirmed: bool
) -> None:
    """Show the quoted clauses, ask whether they still stand, and write the new reading into the user's folder."""
    folder = _folder_to_write(terms, config)
    holds_files = folder.is_dir() and files_in(folder)
    found = found_terms(load_terms(folder if holds_files else None), terms_id)
    today = _today()
    again = renewed(found, reviewer, today if on is None else _day(on), today)
    sys.stdout.write(f"{quoted(found)}\n")
    sys.stdout.flush()
    if not confirmed:
        _ask(terms_id)
    path = record(again, folder)
    last = f"holds until {again.review.review_by}" if again.review.review_by else "does not end"
    print_result({}, "text", f"{path}: read by {again.review.reviewer} on {again.review.reviewed}; {last}")


def _folder_to_write(terms: Path | None, config: Path | None) -> Path:
    folder = terms_folder(terms, config) if terms is not None or (config is not None and config.exists()) else None
    if folder is None:
        raise ConfigError("no folder to write to: name one with --terms, or set policy.terms in the configuration")
    return folder


def _ask(terms_id: str) -> None:
    if not sys.stdin.isatty():
        raise ConfigError(
            "nobody is here to confirm that these words still stand: run it in a terminal, or give --yes once you "
            "have held them against the texts"
        )
    sys.stdout.write("Do all of these words still stand there? [y/N] ")
    sys.stdout.flush()
    if sys.stdin.readline().strip().casefold() not in {"y", "yes"}:
        raise ConfigError(
            f"{terms_id}: not recorded. Where the words changed, write a terms file with the new ones and with what "
            "they mean for each use; docs/policies.md shows how."
        )


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"--on: {text!r} is no date; write it like 2026-11-23") from None


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()
