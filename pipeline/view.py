"""What of the ledger a configuration describes: the small tables that the views of schema.sql rest on."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pyarrow as pa

from .segments import table_of_rows


class RequiredVerifier(msgspec.Struct, frozen=True):
    """One verifier that the configuration asks for in a domain."""

    domain: str
    verifier: str
    version: str
    settings_hash: str
    position: int
    """Place in the cascade, cheapest first."""
    required: bool
    proves: bool
    """Whether a pass says that the answer is right, and not only that the trace looks well."""
    uses_reference: bool
    appealable: bool = False
    """Whether a judge may overrule a failure."""


class JudgedDomain(msgspec.Struct, frozen=True):
    """A domain in which a judge is asked, and about which traces."""

    domain: str
    version: str
    settings_hash: str
    undecided: bool
    """About those that the verifiers leave undecided."""
    rejected: bool
    accepted: bool


class Recipe(msgspec.Struct, frozen=True):
    """One way of sampling that the configuration describes."""

    recipe_id: str
    k: int
    stop_after: int | None = None
    """Acceptances after which a problem is asked no more."""


class View(msgspec.Struct, frozen=True):
    """What of the ledger the present configuration describes; nothing of it without one."""

    required: Sequence[RequiredVerifier] = ()
    recipes: Sequence[Recipe] = ()
    agreements: Sequence[str] = ()
    """Ids of the agreements with providers that stand."""
    judged: Sequence[JudgedDomain] = ()
    consensus: tuple[float, int] | None = None
    """The least share and number of traces with which an answer counts as a reference; null lets none count."""


def table_of(record: type[msgspec.Struct], rows: Sequence[msgspec.Struct]) -> pa.Table:
    """Records of one kind as a table."""
    types = {str: pa.string(), int: pa.int64(), bool: pa.bool_(), int | None: pa.int64()}
    schema = pa.schema([pa.field(field.name, types[field.type]) for field in msgspec.structs.fields(record)])
    return table_of_rows(rows, schema)
