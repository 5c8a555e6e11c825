"""Commands about terms and licences."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import yaml

from ...policies.library import TermsSet, load_terms
from ...policies.terms import Terms
from ..config_file import load_config
from ..errors import ConfigError, PolicyRefused
from ..planning import rulings_of
from .opening import open_plan, print_result


def list_terms(terms: Path | None, config: Path | None, output: str) -> None:
    """List every set of terms, with the last day of its reading."""
    today = datetime.datetime.now(datetime.UTC).date()
    rows = [
        {
            "id": one.id,
            "kind": one.kind,
            "name": one.name,
            "review_by": one.review.review_by and one.review.review_by.isoformat(),
            "stale": one.stale(today),
        }
        for one in load_terms(terms_folder(terms, config)).all
    ]
    lines = [
        f"{row['id']:28} {row['kind']:16} {row['review_by'] or '-':11}{'stale ' if row['stale'] else ''}{row['name']}"
        for row in rows
    ]
    print_result({"terms": rows}, output, "\n".join(lines))


def show_terms(terms_id: str, terms: Path | None, config: Path | None) -> None:
    """Print one set of terms as YAML."""
    found = found_terms(load_terms(terms_folder(terms, config)), terms_id)
    sys.stdout.write(
        yaml.safe_dump(found.model_dump(mode="json", exclude_none=True), sort_keys=False, allow_unicode=True)
    )


def check(folder: Path | None, config: Path, sets: Sequence[str] | None, output: str) -> None:
    """Print the gate's decisions; refuse as a run would."""
    if folder is not None:
        raise ConfigError(f"{folder}: a folder belongs to --lint; name a configuration with -c")
    rulings = rulings_of(open_plan(config, sets))
    decisions = [msgspec.to_builtins(ruling.decision("", "")) for ruling in rulings]
    print_result({"decisions": decisions}, output, "\n\n".join(ruling.explanation for ruling in rulings))
    if any(ruling.blocked for ruling in rulings):
        raise PolicyRefused("the gate refuses this configuration; the reasons are above")


def terms_folder(terms: Path | None, config: Path | None) -> Path | None:
    """The user's folder: as named, else the one of the configuration, if one is given and names one."""
    if terms is not None or config is None:
        return terms
    named = load_config(config).policy.terms
    return None if named is None else config.resolve().parent / named


def found_terms(terms: TermsSet, terms_id: str) -> Terms:
    """The terms with an id.

    Raises:
        ConfigError: there are none.
    """
    found = terms.by_id(terms_id)
    if found is None:
        raise ConfigError(f"{terms_id}: no terms have this id; `tracestill policies list` shows all")
    return found
