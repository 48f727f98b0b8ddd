"""What render asks the ledger before it fetches or removes: events alone are not believed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from lector.runtime import queries
from lector.runtime.database import Connection
from lector.runtime.queries import Sent


@dataclass(frozen=True)
class FileToOpen:
    """A file that waits to be opened.

    With the digest of its bytes, if it was announced with one, the pages that are wanted of it
    (None: all), and the reader that they are for (None: the default).
    """

    sha256: str | None
    page_selection: str | None
    reader: str | None


_sql = queries.load(__file__)
FILE_TO_OPEN = _sql.rows("file_to_open", FileToOpen)
PAGES_READ = _sql.scalar("pages_read", int)
IS_DELETED = _sql.scalar("is_deleted", bool)


def file_to_open(connection: Connection, file_id: UUID, generation: int) -> Sent[FileToOpen]:
    """Ask for the file if it still waits to be opened; no row when there is nothing left to do."""
    return FILE_TO_OPEN.send(connection, file_id=file_id, generation=generation)


def pages_read(
    connection: Connection, file_id: UUID, generation: int, numbers: Sequence[int]
) -> Sent[int]:
    """Ask for those of a file's pages, ascending, that were read."""
    key = {"file_id": file_id, "generation": generation}
    return PAGES_READ.send(connection, **key, numbers=list(numbers))


def is_deleted(connection: Connection, file_id: UUID) -> bool:
    """Whether the file is a tombstone, so that nobody can want its objects any more."""
    return bool(IS_DELETED.one(connection, file_id=file_id))
