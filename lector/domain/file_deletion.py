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

BURY_FILE = queries.load(__file__).scalar("bury_file", int)


def delete(connection: Connection, file_id: UUID, removal_after_s: float, source: str) -> bool:
    """Make a file a tombstone and announce that; False if there is no such file to delete."""
    generation = BURY_FILE.one(connection, file_id=file_id, removal_after_s=removal_after_s)
    if generation is None:
        return False
    announce_removal(connection, file_id, 1, source)
    return True


def announce_removal(connection: Connection, file_id: UUID, number: int, source: str) -> None:
    """Announce a round of removing a deleted file's objects."""
    cause = f"{file_id} removal {number}"
    deleted = FilesDeleted(round=number)
    outbox.announce(connection, [events.event(cause, file_id, deleted, source)])
