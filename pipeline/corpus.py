"""The reading side of the ledger: DuckDB over journals and segments, and the corpus that is built from it.

The only module that knows SQL's dialect and files; the views themselves are in schema.sql. A reader
holds an in-memory database with the views, so it locks nobody and nobody locks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar, cast

import duckdb
import pyarrow as pa

from .errors import ConfigError, WorkspaceError
from .segments import (
    KINDS,
    LedgerFiles,
    arrow_schema,
    in_pieces,
    list_files,
    read_journal,
    table_of_lines,
    table_of_rows,
)
from .view import JudgedDomain, Recipe, RequiredVerifier, View, table_of
from .views import Views
from .workspace import Workspace

BUILD_MB = 512
"""What building the corpus may take of memory before it spills to disk."""
EXPORTED = (*KINDS, "outcomes", "curated")
"""The tables of corpus.duckdb."""

Row = dict[str, Any]
Answer = TypeVar("Answer")

READ_TRIES = 20
"""How often a read starts over because a file that was listed has been sealed and deleted meanwhile."""


class Corpus:
    """A reader of the workspace at one moment. Use as a context manager.

    Its questions are the files of queries/; each is named, and its parameters are given by name.
    """

    def __init__(self, workspace: Workspace, view: View | None = None) -> None:
        self._workspace = workspace
        self._connection = _connect(workspace)
        self._views = Views(_sql("schema.sql"))
        self._segments: dict[str, list[Path]] = {}
        view = view or View()
        _create(self._connection, "required", table_of(RequiredVerifier, view.required))
        _create(self._connection, "recipes", table_of(Recipe, view.recipes))
        _create(self._connection, "agreements", _column("name", view.agreements))
        _create(self._connection, "judged_domains", table_of(JudgedDomain, view.judged))
        self.refresh()
        if view.consensus is None:
            self.share("consensus", "no_consensus")
        else:
            self.share("consensus", "consensus", min_share=view.consensus[0], min_traces=view.consensus[1])

    def __enter__(self) -> Corpus:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def refresh(self, kinds: Iterable[str] = KINDS) -> None:
        """See the ledger, or some kinds of its records, as it is now; tables that were created stay."""
        for kind in kinds:
            found = _ledger_files(kind, self._workspace)
            _define_kind(self._connection, kind, found)
            self._segments[kind] = found.segments

    def cursor(self) -> Corpus:
        """Another reader of the same database, for another thread."""
        other = object.__new__(Corpus)
        other._workspace = self._workspace
        other._segments = self._segments
        other._connection = self._connection.cursor()
        other._views = self._views
        return other

    def bind_column(self, table: str, column: str, texts: Iterable[str]) -> None:
        """Make a table of one column of text readable by this reader alone, in place of an earlier one."""
        self.bind(table, _column(column, texts))

    def bind(self, name: str, table: pa.Table) -> None:
        """Make ``table`` readable under ``name`` by this reader alone, in place of an earlier one."""
        self._connection.unregister(name)
        self._connection.register(name, table)

    def create(self, name: str, table: pa.Table) -> None:
        """Make a table that every cursor sees and that may spill to disk."""
        _create(self._connection, name, table)

    def keep(self, name: str, question: str, **parameters: Any) -> None:
        """Hold the answer of a question as a table that this reader alone sees; the ledger is not read again."""
        sql = f"CREATE OR REPLACE TEMP TABLE {name} AS {self._question(question)}"
        self._connection.execute(sql, parameters or None)

    def share(self, name: str, question: str, **parameters: Any) -> None:
        """Hold the answer of a question as ``keep`` does, for every cursor to see."""
        sql = f"CREATE OR REPLACE TABLE {name} AS {self._question(question)}"
        self._connection.execute(sql, parameters or None)

    def limit_memory(self, megabytes: int) -> None:
        """Have tables and questions spill to the workspace's disk beyond this much; of every cursor alike."""
        self._connection.execute(f"SET memory_limit = '{megabytes} MiB'")

    def pieces(self, kind: str) -> Iterator[None]:
        """Show the records of a kind a piece at a time, as the view ``piece_KIND``.

        A question over all at once holds all of their texts to join them; so memory does not grow with the ledger.
        """
        # Old segments lack columns that came later; the journals' table has them all.
        columns = f"UNION ALL BY NAME SELECT * FROM live_{kind} WHERE false"
        for paths in in_pieces(self._segments[kind]):
            self._connection.execute(f"CREATE OR REPLACE TEMP VIEW piece_{kind} AS FROM {_sealed(paths)} {columns}")
            yield
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW piece_{kind} AS {_unsealed(kind, self._segments[kind])}")
        yield

    def extend(self, name: str, table: pa.Table) -> None:
        """Add rows to a created table."""
        self.bind("more_rows", table)
        self._connection.execute(f"INSERT INTO {name} SELECT * FROM more_rows")

    def ask(self, question: str, **parameters: Any) -> list[Row]:
        """The rows of a question whose answer is small."""
        return [row for rows in self.stream(question, **parameters) for row in rows]

    def stream(self, question: str, size: int = 1000, **parameters: Any) -> Iterator[list[Row]]:
        """The answer of a question as a stream of rows, ``size`` of them at a time."""
        for batch in self.batches(question, size, **parameters):
            yield batch.to_pylist()

    def batches(self, question: str, size: int = 1000, **parameters: Any) -> Iterator[pa.RecordBatch]:
        """The answer of a question as a stream of Arrow batches of at most ``size`` rows."""
        yield from self._connection.sql(self._question(question), params=parameters).to_arrow_reader(size)

    def _question(self, name: str) -> str:
        """The SQL of a question, once every view that it needs is there."""
        sql = _sql(f"queries/{name}.sql")
        self._views.make(sql, self._connection.execute)
        return sql

    def answer(self, sql: str) -> list[Row]:
        """The rows of a user's own SQL.

        Raises:
            ConfigError: it is wrong; the message is DuckDB's, which points at the place.
        """
        self._refuse_writing(sql)
        self._views.make(sql, self._connection.execute)
        try:
            relation = cast("duckdb.DuckDBPyRelation | None", self._connection.sql(sql))
            return [] if relation is None else relation.to_arrow_table().to_pylist()
        except duckdb.IOException:
            raise
        except duckdb.Error as error:
            raise ConfigError(f"the query cannot be answered: {error}") from error

    def _refuse_writing(self, sql: str) -> None:
        try:
            kinds = [statement.type for statement in self._connection.extract_statements(sql)]
        except duckdb.Error as error:
            raise ConfigError(f"the query cannot be answered: {error}") from error
        if kinds != [duckdb.StatementType.SELECT]:
            raise ConfigError("the query is not one SELECT; a workspace is only read, other statements are disabled")

    def seal_off(self) -> None:
        """Let queries read the workspace and nothing else: the SQL that follows may be anybody's."""
        folders = _sql_list([one.path.resolve() for one in _layers(self._workspace)])
        self._connection.execute(f"SET allowed_directories = {folders}")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def export_tables(self, path: Path) -> None:
        """Write every view that users rely on as a table of the database file at ``path``."""
        target = str(path).replace("'", "''")
        self._views.make(" ".join(EXPORTED), self._connection.execute)
        self._connection.execute(f"ATTACH '{target}' AS corpus")
        for name in EXPORTED:
            self._connection.execute(f"CREATE TABLE corpus.{name} AS SELECT * FROM {name}")
        self._connection.execute("DETACH corpus")


def query(workspace: Workspace, view: View, sql: str) -> list[Row]:
    """Answer one query over the workspace as it is now.

    Raises:
        ConfigError: the query is wrong.
    """

    def ask(corpus: Corpus) -> list[Row]:
        corpus.seal_off()
        return corpus.answer(sql)

    return read(workspace, view, ask)


def read(workspace: Workspace, view: View, ask: Callable[[Corpus], Answer]) -> Answer:
    """What ``ask`` finds in the workspace while a run may write, starting over when a sealed file has gone."""
    for _ in range(READ_TRIES):
        try:
            with Corpus(workspace, view) as corpus:
                return ask(corpus)
        except (FileNotFoundError, duckdb.IOException):
            continue
    raise WorkspaceError(f"{workspace.path}: its files changed under {READ_TRIES} reads in a row; try again")


def build_corpus(workspace: Workspace, view: View) -> None:
    """Write corpus.duckdb from the ledger: every view as a table, under a temporary name, then renamed."""
    temporary = workspace.corpus.with_name(".corpus.duckdb.tmp")
    temporary.unlink(missing_ok=True)
    with Corpus(workspace, view) as corpus:
        corpus.limit_memory(BUILD_MB)
        corpus.export_tables(temporary)
    temporary.replace(workspace.corpus)


def _connect(workspace: Workspace) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": str(workspace.path / ".duckdb-spill"),
            "preserve_insertion_order": "false",
        },
    )
    connection.execute("SET enable_progress_bar = false")  # it would go to standard output, among the results
    return connection


def _layers(workspace: Workspace) -> list[Workspace]:
    """The workspace, then what it lies above."""
    below = workspace.beneath
    return [workspace] if below is None else [workspace, below]


def _ledger_files(kind: str, workspace: Workspace) -> LedgerFiles:
    found = [list_files(kind, one.journals, one.segments) for one in _layers(workspace)]
    return LedgerFiles(
        [path for one in found for path in one.segments], [path for one in found for path in one.journals]
    )


def _define_kind(connection: duckdb.DuckDBPyConnection, kind: str, found: LedgerFiles) -> None:
    journals = [read_journal(kind, path) for path in found.journals]
    _create(connection, f"live_{kind}", pa.concat_tables([table_of_lines(b"", arrow_schema(kind)), *journals]))
    connection.execute(
        f"CREATE OR REPLACE VIEW ledger_{kind} AS SELECT * FROM {_sealed(found.segments)} "
        f"UNION ALL BY NAME {_unsealed(kind, found.segments)}"
    )


def _sealed(segments: Sequence[Path]) -> str:
    return f"read_parquet({_sql_list(segments)}, union_by_name = true)"


def _unsealed(kind: str, segments: Sequence[Path]) -> str:
    """The records that lie in a journal alone: a crash can leave a row in a journal and in a segment.

    The keys of the segments may be many, so only those that are in both are held.
    """
    key = KINDS[kind].key
    live = f"live_{kind}"
    both = f"SELECT {key} FROM {_sealed(segments)} WHERE {key} IN (SELECT {key} FROM {live})"
    return f"SELECT * FROM {live} WHERE {key} NOT IN ({both})"


def _create(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    connection.register("new_rows", table)
    connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM new_rows")
    connection.unregister("new_rows")


@cache
def _sql(name: str) -> str:
    return files(__package__ or "tracestill.pipeline").joinpath(name).read_text(encoding="utf-8")


def _sql_list(paths: Sequence[Path]) -> str:
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"


def _column(name: str, texts: Iterable[str]) -> pa.Table:
    return table_of_rows(({name: text} for text in texts), pa.schema([(name, pa.string())]))
