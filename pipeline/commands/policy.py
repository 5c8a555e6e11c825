"""Commands about terms and licences."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import yaml

from ...policies.library import load_terms
from ..errors import ConfigError, PolicyRefused
from ..planning import rulings_of
from .opening import open_plan, print_result


def list_terms(output: str) -> None:
    """List every set of terms."""
    terms = load_terms(None)
    rows = [{"id": one.id, "kind": one.kind, "name": one.name} for one in terms.all]
    print_result({"terms": rows}, output, "\n".join(f"{row['id']:32} {row['kind']:16} {row['name']}" for row in rows))


def show_terms(terms_id: str) -> None:
    """Print one set of terms as YAML."""
    terms = load_terms(None)
    found = next((one for one in terms.all if one.id == terms_id), None)
    if found is None:
        raise ConfigError(f"{terms_id}: no terms have this id; `tracestill policies list` shows all")
    sys.stdout.write(
        yaml.safe_dump(found.model_dump(mode="json", exclude_none=True), sort_keys=False, allow_unicode=True)
    )


def check(config: Path, sets: Sequence[str] | None, output: str) -> None:
    """Print the gate's decisions; refuse as a run would."""
    rulings = rulings_of(open_plan(config, sets))
    decisions = [msgspec.to_builtins(ruling.decision("", "")) for ruling in rulings]
    print_result({"decisions": decisions}, output, "\n\n".join(ruling.explanation for ruling in rulings))
    if any(ruling.blocked for ruling in rulings):
        raise PolicyRefused("the gate refuses this configuration; the reasons are above")
