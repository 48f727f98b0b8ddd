"""Named SQL: each query stands in a `queries.sql`, and is bound to the type of its rows here.

A query begins with `-- name: pages_of_file`, followed by comments that say what it is for. Binding
gives the name a row type; a test prepares every bound query against the migrated schema and
holds its columns against that type.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from psycopg import Cursor
from psycopg.rows import class_row

from lector.runtime.database import Connection
from lector.telemetry import tracing

Row = TypeVar("Row")

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class NoRow:
    """The row type of a statement that returns nothing."""


@dataclass(frozen=True)
class Query(Generic[Row]):
    """A named statement whose rows are `row`s; parameters are `%(name)s`."""

    bound: ClassVar[list["Query[Any]"]] = []

    path: Path
    name: str
    sql: str = field(repr=False)
    row: type[Row]

    def all(self, connection: Connection, **parameters: object) -> list[Row]:
        """Every row."""
        return self._run(connection, parameters).fetchall()

    def one(self, connection: Connection, **parameters: object) -> Row | None:
        """The first row, or None."""
        return self._run(connection, parameters).fetchone()

    def run(self, connection: Connection, **parameters: object) -> int:
        """Run it for its effect; the number of rows it touched."""
        return self._run(connection, parameters).rowcount

    def _run(self, connection: Connection, parameters: dict[str, object]) -> Cursor[Row]:
        about = {"db.system.name": "postgresql", "db.query.summary": self.name}
        with tracing.call(self.name, about):
            cursor = connection.cursor(row_factory=class_row(self.row))
            return cursor.execute(self.sql.encode(), parameters)


class Queries:
    """The queries of one SQL file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.statements = dict(_statements(path.read_text()))

    def bind(self, name: str, row: type[Row]) -> Query[Row]:
        """The query of this name, with the dataclass that its rows become."""
        query = Query(self.path, name, self.statements[name], row)
        Query.bound.append(query)
        return query

    def effect(self, name: str) -> Query[NoRow]:
        """The query of this name, which returns no rows."""
        return self.bind(name, NoRow)


def beside(module: str) -> Queries:
    """The `queries.sql` in the folder of a module's `__file__`."""
    return Queries(Path(module).with_name("queries.sql"))


def _statements(text: str) -> Iterator[tuple[str, str]]:
    parts = _NAME.split(text)[1:]
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        yield name, body.strip()
