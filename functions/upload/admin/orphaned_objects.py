"""What nobody will ask for: uploads never confirmed, and objects that belong to no file."""

from uuid import UUID

from functions.upload.answers import Output
from functions.upload.files import changes
from lector.domain import object_keys
from lector.runtime import database, object_store, queries

_sql = queries.load(__file__)
UNCONFIRMED_FILES = _sql.scalar("unconfirmed_files", UUID)
KNOWN_FILES = _sql.scalar("known_files", UUID)


class Garbage(Output, frozen=True):
    """Files that were announced but never confirmed, and keys of objects without a file."""

    unconfirmed: list[UUID]
    orphans: list[str]


def find(older_h: float) -> Garbage:
    """What can go. A file is written down before its objects: one without is no latecomer."""
    stored = _objects_by_file()
    with database.transaction() as connection:
        unconfirmed = UNCONFIRMED_FILES.all(connection, older_s=older_h * 3600)
        known = set(KNOWN_FILES.all(connection, ids=list(stored)))
    orphans = [key for file_id, found in stored.items() if file_id not in known for key in found]
    return Garbage(unconfirmed, orphans)


def collect(garbage: Garbage) -> Garbage:
    """Delete what was found, unless a file was confirmed meanwhile; what is gone by that."""
    gone = [file_id for file_id in garbage.unconfirmed if changes.delete_unconfirmed(file_id)]
    object_store.store().remove(garbage.orphans)
    return Garbage(gone, garbage.orphans)


def _objects_by_file() -> dict[UUID, list[str]]:
    """The keys of each file's objects; a key that no file can have made is left alone."""
    found: dict[UUID, list[str]] = {}
    for key in object_store.store().keys(object_keys.FILES):
        file_id = object_keys.file_id_of(key)
        if file_id is not None:
            found.setdefault(file_id, []).append(key)
    return found
