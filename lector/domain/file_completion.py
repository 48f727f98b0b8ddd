"""The ledger of a file's pages: who may change it, and when a file is finished."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lector.contracts import FileCompleted
from lector.domain import budgets, outbox, shares
from lector.domain.shares import WorkLeft
from lector.runtime import events, queries
from lector.runtime.database import Connection
from lector.runtime.queries import Sent


@dataclass(frozen=True)
class LockedFile:
    """A file whose row this transaction holds."""

    status: str
    page_selection: str | None
    page_count: int | None
    tenant: str


@dataclass(frozen=True)
class FinishedFile:
    """How a file ended, and when it is deleted, if at all."""

    status: str
    delete_at: datetime | None
    pages_read: int
    pages_failed: int
    pages_doubted: int


_sql = queries.load(__file__)
LOCK_FILE = _sql.rows("lock_file", LockedFile)
FINISH_FILE = _sql.rows("finish_file", FinishedFile)


def lock(connection: Connection, file_id: UUID, generation: int) -> LockedFile | None:
    """The file, locked until the commit; None if it is gone or another generation is current."""
    return LOCK_FILE.one(connection, file_id=file_id, generation=generation)


def go_on(
    connection: Connection,
    file_id: UUID,
    generation: int,
    source: str,
    sent: Sent[WorkLeft] | None = None,
) -> None:
    """After pages of a locked file have finished: announce its next ones, or close the file.

    What is left of it may have been asked for before, after the last change of its pages.
    """
    left = (sent or shares.WORK_LEFT.send(connection, file_id=file_id)).first
    if left is None:
        return
    if left.waits_for_money:
        budgets.announce_affordable(connection, file_id, generation, left, source)
    if left.has_line:
        shares.announce_next(connection, file_id, generation, left, source)
    elif left.in_flight == 0 and not left.waits_for_money:
        _finish(connection, file_id, generation, source)


def _finish(connection: Connection, file_id: UUID, generation: int, source: str) -> None:
    finished = FINISH_FILE.one(connection, file_id=file_id)
    if finished is None:
        return
    completed = FileCompleted(
        generation=generation,
        status=finished.status,
        pages_read=finished.pages_read,
        pages_failed=finished.pages_failed,
        pages_doubted=finished.pages_doubted,
        delete_at=finished.delete_at.isoformat() if finished.delete_at else None,
    )
    # The file is the cause, not the page that happened to come last.
    outbox.announce(connection, [events.event(str(file_id), file_id, completed, source)])
