"""Deleted files: what is in flight comes too late, and their objects go in rounds.

A page that is being rendered, or a PDF that is being uploaded, at the moment of the deletion is
stored after its objects were removed. So they are removed once at once, and again when nothing can
be in flight any more; the row stays as a tombstone until that last removal is confirmed.
"""

from uuid import UUID

from lector.contracts import FilesDeleted
from lector.domain import outbox
from lector.runtime import events, queries
from lector.runtime.database import Connection

_sql = queries.load(__file__)
BURY_FILE = _sql.scalar("bury_file", int)
WAIT_FOR_DELETIONS = _sql.scalar("wait_for_deletions", bool)
FORGET_READINGS = _sql.statement("forget_readings")
DELETE_PAGES = _sql.statement("delete_pages")


def delete_with_pages(
    connection: Connection,
    file_id: UUID,
    removal_after_s: float,
    source: str,
    *,
    days_over: bool = False,
) -> None:
    """Delete a file with its texts, whose row this transaction holds, also while it is read.

    `days_over`: nobody asked for it now; it was kept for as long as was said.
    """
    # One after the other, as each must see whether another file still shows the same page.
    WAIT_FOR_DELETIONS.one(connection)
    FORGET_READINGS.run(connection, file_id=file_id)
    DELETE_PAGES.run(connection, file_id=file_id)
    delete(connection, file_id, removal_after_s, source, days_over=days_over)


def delete(
    connection: Connection,
    file_id: UUID,
    removal_after_s: float,
    source: str,
    *,
    days_over: bool = False,
) -> bool:
    """Make a file a tombstone and announce that; False if there is no such file to delete."""
    generation = BURY_FILE.one(connection, file_id=file_id, removal_after_s=removal_after_s)
    if generation is None:
        return False
    announce_removal(connection, file_id, 1, source, days_over=days_over)
    return True


def announce_removal(
    connection: Connection, file_id: UUID, number: int, source: str, *, days_over: bool = False
) -> None:
    """Announce a round of removing a deleted file's objects."""
    cause = f"{file_id} removal {number}"
    deleted = FilesDeleted(round=number, days_over=days_over or None)
    outbox.announce(connection, [events.event(cause, file_id, deleted, source)])
