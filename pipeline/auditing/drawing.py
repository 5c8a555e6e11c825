"""Draws the sample of an audit and writes the sheet that a person labels.

Within a stratum the traces are in the order of a hash of seed and id, and the first ones belong to the sample: the same
ledger gives the same sample, and a larger one holds the smaller. What was drawn goes on record before the sheet is
written, with the chance that each trace had, so that figures can be weighted rightly when strata have changed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa

from ..corpus import Corpus, read
from ..errors import ConfigError
from ..ledger import Ledger
from ..records import Event, canonical_json, short_hash
from ..segments import table_of_rows
from ..view import View
from ..workspace import Workspace, new_run_id, utc_now
from . import sheet
from .sheet import Line
from .strata import Name, Stratum, allocate

DRAWN = "audit-drawn"
"""Kind of the events that hold what was drawn of one stratum."""


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What a draw gave."""

    sheet: str
    to_label: int
    """Traces of the sample that nobody has labelled: the lines of the sheet."""
    labelled: int
    """Traces of the sample that are labelled already; they are not drawn again."""


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one stratum gives to the sample."""

    stratum: Stratum
    traces: list[str]


class _Draw(msgspec.Struct, frozen=True, kw_only=True):
    parts: list[_Part]
    labelled: set[str]
    known: set[str]
    """Ids of the events that are on record."""
    lines: list[Line]


def draw(workspace: Workspace, view: View, wanted: int, seed: int) -> Drawn:
    """Draw ``wanted`` traces, those included that are labelled already, and write the sheet of the others.

    Needs no lock. Where everything is labelled, no sheet is written.

    Raises:
        ConfigError: labels were given to a sample of another seed, or the sheet that is there was filled in.
    """
    path = sheet.sheet_of(workspace)
    drawn = read(workspace, view, lambda corpus: _ask(corpus, wanted, seed))
    sampled = {trace for part in drawn.parts for trace in part.traces}
    if drawn.lines:
        sheet.refuse_filled_in(path)
        _record(workspace, drawn, seed)
        sheet.write(path, drawn.lines)
    return Drawn(sheet=str(path), to_label=len(drawn.lines), labelled=len(sampled & drawn.labelled))


def strata_of(corpus: Corpus) -> list[Stratum]:
    """The strata of today with their labels; ``corpus`` keeps the verified traces and the labels for what follows."""
    corpus.keep("audit_population", "audit_population")
    corpus.keep("audit_labels", "audit_labels")
    return [msgspec.convert(row, Stratum) for row in corpus.ask("audit_strata")]


def _ask(corpus: Corpus, wanted: int, seed: int) -> _Draw:
    strata = strata_of(corpus)
    _refuse_another_seed(corpus, seed)
    corpus.keep("audit_order", "audit_order", seed=str(seed))
    # What is labelled to here is settled: the labels themselves would send another draw of this size elsewhere.
    settled = {_name(row): row["leading"] for row in corpus.ask("audit_leading")}
    corpus.bind("audit_allocation", _allocation(allocate(strata, wanted, settled)))
    traces: dict[Name, list[str]] = {}
    for row in corpus.ask("audit_sample"):
        traces.setdefault(_name(row), []).append(row["trace_id"])
    labelled = {row["trace_id"] for row in corpus.ask("audit_labelled")}
    sampled = [name for names in traces.values() for name in names]
    corpus.bind_column("audit_drawn", "trace_id", (name for name in sampled if name not in labelled))
    return _Draw(
        parts=[_Part(stratum=one, traces=traces[one.name]) for one in strata if one.name in traces],
        labelled=labelled,
        known={row["event_id"] for row in corpus.ask("audit_draws")},
        lines=[_line(row) for row in corpus.ask("audit_sheet", seed=str(seed))],
    )


def _refuse_another_seed(corpus: Corpus, seed: int) -> None:
    """Two seeds are two samples; a trace that is in both would count as if it had been drawn once."""
    others = [row["seed"] for row in corpus.ask("audit_seeds") if row["seed"] != seed]
    if others:
        raise ConfigError(
            f"--seed {seed}: the labels on record are of a sample that was drawn with seed {others[0]}; "
            f"give --seed {others[0]} to extend it"
        )


def _name(row: dict[str, Any]) -> Name:
    return row["domain"], row["outcome"], row["verifier"]


def _allocation(positions: dict[Name, int]) -> pa.Table:
    names = ("domain", "outcome", "verifier")
    rows = [dict(zip(names, name, strict=True)) | {"positions": count} for name, count in positions.items()]
    return table_of_rows(rows, pa.schema([*((name, pa.string()) for name in names), ("positions", pa.int64())]))


def _line(row: dict[str, Any]) -> Line:
    held_against = [row["answer"], row["tests"], row["rubric"]]
    reference = "\n\n".join(text for text in held_against if text) or None
    return Line(reference=reference, **{name: row[name] for name in Line.__struct_fields__ if name in row})


def _record(workspace: Workspace, drawn: _Draw, seed: int) -> None:
    draw_id = short_hash(["draw", seed, [[*one.stratum.name, one.stratum.size, one.traces] for one in drawn.parts]])
    events = [event for event in _events(drawn.parts, draw_id, seed) if event.event_id not in drawn.known]
    if events:
        with Ledger(workspace, tidy=False) as ledger:
            ledger.append("events", *events)


def _events(parts: Sequence[_Part], draw_id: str, seed: int) -> list[Event]:
    run_id, now = new_run_id(), utc_now()
    return [
        Event(
            event_id=short_hash([DRAWN, draw_id, *part.stratum.name]),
            run_id=run_id,
            kind=DRAWN,
            subject=" ".join([draw_id, *part.stratum.name]).strip(),
            details=canonical_json({
                "draw_id": draw_id, "seed": seed, "size": part.stratum.size, "positions": len(part.traces),
                "traces": part.traces,
            }),
            created_at=now,
        )
        for part in parts
    ]  # fmt: skip
