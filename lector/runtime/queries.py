"""Named SQL: each query stands in a `queries.sql`, and is bound here to what it returns.

A query begins with `-- name: pages_of_file`, followed by comments that say what it is for. It is
bound to a dataclass for its rows, to a type for its only column, or to nothing. A test prepares
every bound query against the migrated schema and holds its columns against that type.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from psycopg import Cursor
from psycopg.rows import BaseRowFactory, class_row, scalar_row

from lector.runtime.database import Connection
from lector.telemetry import tracing

Row = TypeVar("Row")

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Query(Generic[Row]):
    """A named statement; parameters are `%(name)s`.

    `row` is the dataclass of a row, the type of a `scalar`, or None where nothing is returned.
    """

    bound: ClassVar[list["Query[Any]"]] = []

    path: Path
    name: str
    sql: str = field(repr=False)
    row: type[Row] | None
    scalar: bool = False

    def all(self, connection: Connection, **parameters: object) -> list[Row]:
        """Every row, or the value of each."""
        return self._run(connection, parameters).fetchall()

    def send(self, connection: Connection, **parameters: object) -> "Sent[Row]":
        """Have it run, to look at its rows later: in a pipeline nobody waits for it until then."""
        return Sent(self._run(connection, parameters))

    def one(self, connection: Connection, **parameters: object) -> Row | None:
        """The first row, or its value; None if there is none."""
        return self._run(connection, parameters).fetchone()

    def run(self, connection: Connection, **parameters: object) -> int:
        """Run it for its effect; the number of rows it touched."""
        return self._run(connection, parameters).rowcount

    @property
    def factory(self) -> BaseRowFactory[Row]:
        """What makes a row, or a value, of what psycopg fetched."""
        if self.scalar or self.row is None:
            return scalar_row
        return class_row(self.row)

    def _run(self, connection: Connection, parameters: dict[str, object]) -> Cursor[Row]:
        about = {"db.system.name": "postgresql", "db.query.summary": self.name}
        with tracing.client_span(self.name, about):
            cursor = connection.cursor(row_factory=self.factory)
            return cursor.execute(self.sql.encode(), parameters)


class Sent(Generic[Row]):
    """A statement that was sent, in a transaction that may be over when its rows are looked at."""

    def __init__(self, cursor: Cursor[Row]) -> None:
        self._cursor = cursor
        self._fetched: list[Row] | None = None

    @property
    def all(self) -> list[Row]:
        """Every row, or the value of each."""
        # No cached_property: until Python 3.12 that has all threads wait for one that fetches.
        if self._fetched is None:
            self._fetched = self._cursor.fetchall()
        return self._fetched

    @property
    def first(self) -> Row | None:
        """The first row, or its value; None if there is none."""
        return self.all[0] if self.all else None


class Queries:
    """The queries of one SQL file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.statements = dict(_statements(path.read_text()))

    def rows(self, name: str, row: type[Row]) -> Query[Row]:
        """The query of this name, with the dataclass that its rows become."""
        return self._bind(name, row)

    def scalar(self, name: str, kind: type[Row]) -> Query[Row]:
        """The query of this name, with the type of its only column."""
        return self._bind(name, kind, scalar=True)

    def statement(self, name: str) -> Query[None]:
        """The query of this name, which returns nothing."""
        return self._bind(name, None)

    def _bind(self, name: str, row: type[Row] | None, *, scalar: bool = False) -> Query[Row]:
        query = Query(self.path, name, self.statements[name], row, scalar)
        Query.bound.append(query)
        return query


def load(module: str) -> Queries:
    """The `queries.sql` in the folder of a module's `__file__`."""
    return Queries(Path(module).with_name("queries.sql"))


def _statements(text: str) -> Iterator[tuple[str, str]]:
    parts = _NAME.split(text)[1:]
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        yield name, body.strip()
