"""The ledger of a file's pages: who may change it, and when a file is finished."""

from dataclasses import dataclass
from uuid import UUID

from lector.contracts import FileCompleted
from lector.domain import outbox
from lector.runtime import events, queries
from lector.runtime.database import Connection


@dataclass(frozen=True)
class LockedFile:
    """A file whose row this transaction holds."""

    status: str
    page_selection: str | None
    page_count: int | None


@dataclass(frozen=True)
class FinishedFile:
    """How a file ended."""

    status: str
    pages_read: int
    pages_failed: int


_sql = queries.load(__file__)
LOCK_FILE = _sql.rows("lock_file", LockedFile)
HAS_UNFINISHED_PAGES = _sql.scalar("has_unfinished_pages", bool)
FINISH_FILE = _sql.rows("finish_file", FinishedFile)


def lock(connection: Connection, file_id: UUID, generation: int) -> LockedFile | None:
    """The file, locked until the commit; None if it is gone or another generation is current."""
    return LOCK_FILE.one(connection, file_id=file_id, generation=generation)


def finish_if_done(connection: Connection, file_id: UUID, generation: int, source: str) -> None:
    """Close a locked file and announce it, if none of its pages waits any more."""
    if HAS_UNFINISHED_PAGES.one(connection, file_id=file_id):
        return
    finished = FINISH_FILE.one(connection, file_id=file_id)
    if finished is None:
        return
    completed = FileCompleted(
        generation=generation,
        status=finished.status,
        pages_read=finished.pages_read,
        pages_failed=finished.pages_failed,
    )
    # The file is the cause, not the page that happened to come last.
    outbox.announce(connection, [events.event(str(file_id), file_id, completed, source)])
