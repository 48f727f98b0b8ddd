"""Lists of files by state, name, folder, pages to look at: by an index, however many there are."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import product
from uuid import UUID

from functions.upload import cursors
from functions.upload.files.file_model import FILES_BY_ID, FileStatus, StoredFile
from functions.upload.id_ranges import EVERY_ID, IdRange
from lector.domain.states import TROUBLED_FILES
from lector.runtime import database, queries
from lector.runtime.database import Connection


@dataclass(frozen=True)
class FileKey:
    """A file's place in a list: its id, and by what else the list is sorted."""

    id: UUID
    key: str


@dataclass(frozen=True)
class Chosen:
    """Which files of a tenant are wanted; nothing of a kind means all.

    `part_of_name` may stand anywhere in the name, whatever its case. `folder` means those below it,
    too.
    """

    tenant: str
    statuses: Collection[FileStatus] = ()
    doubted: bool | None = None
    part_of_name: str | None = None
    ids: IdRange = EVERY_ID
    folder: str | None = None
    need_a_look: bool | None = None

    def parameters(self) -> dict[str, object]:
        """What queries call these: states, doubts, a pattern for the name, folder, and ids.

        A file belongs into the list if there is one of its state and doubt together.
        """
        lists = list(self._lists())
        return {
            "tenant": self.tenant,
            "statuses": [str(status) for status, _ in lists],
            "doubted": [doubted for _, doubted in lists],
            "name": self.part_of_name and _containing(self.part_of_name),
            "folder": self.folder,
            "first_id": self.ids.first,
            "last_id": self.ids.last,
        }

    def _lists(self) -> Iterator[tuple[FileStatus, bool]]:
        """The states of files that are wanted, each with and without pages to look at."""
        both = (False, True) if self.doubted is None else (self.doubted,)
        for status, doubted in product(dict.fromkeys(self.statuses or FileStatus), both):
            if self.need_a_look in (None, doubted or status in TROUBLED_FILES):
                yield status, doubted


_sql = queries.load(__file__)
SORTED = {
    "newest": _sql.rows("newest_files", FileKey),
    "oldest": _sql.rows("oldest_files", FileKey),
    "name": _sql.rows("files_by_name", FileKey),
    "largest": _sql.rows("largest_files", FileKey),
}
ARE_FEW_NAMED = _sql.scalar("are_few_named", bool)
FOLLOW_INDEX = _sql.scalar("follow_index", str)
ARE_FEW_IN_FOLDER = _sql.scalar("are_few_in_folder", bool)
FEW_FILES = _sql.rows("few_files", FileKey)
_SHORTEST_INDEXED = 2  # characters
MOST_SORTED = 10_000


def find(
    chosen: Chosen, sort: str, cursor: str | None, limit: int
) -> tuple[list[StoredFile], str | None]:
    """At most so many files after the cursor, and the cursor of what follows."""
    file_id, key = cursors.decode(cursor, str, str) or (None, None)
    if sort == "largest" and key is not None:
        key = str(cursors.number_of(key or "0"))  # another sort may have made it
    after = {"id": None if file_id is None else cursors.id_of(file_id), "key": key}
    with database.transaction() as connection:
        found = _keys(connection, chosen, sort, {**after, "limit": limit + 1})
        ids = [row.id for row in found[:limit]]
        files = {file.id: file for file in FILES_BY_ID.all(connection, ids=ids, tenant=None)}
    more = len(found) > limit
    behind = cursors.encode(str(ids[-1]), found[limit - 1].key) if more else None
    return [files[one] for one in ids if one in files], behind


def _keys(
    connection: Connection, chosen: Chosen, sort: str, place: dict[str, object]
) -> list[FileKey]:
    """Where few files have such a name, or folder, these are sorted; else the list is followed."""
    part, folder = chosen.part_of_name, chosen.folder
    wanted = {**chosen.parameters(), **place}
    by_folder = folder is not None and ARE_FEW_IN_FOLDER.one(
        connection, folder=folder, most=MOST_SORTED
    )
    if by_folder or _are_few_named(connection, part):
        return FEW_FILES.all(connection, part=part, sort=sort, by_folder=by_folder, **wanted)
    if part or folder:
        FOLLOW_INDEX.one(connection)
    return SORTED[sort].all(connection, **wanted)


def _are_few_named(connection: Connection, part: str | None) -> bool:
    if not part or len(part) < _SHORTEST_INDEXED:
        return False
    return bool(ARE_FEW_NAMED.one(connection, name=_containing(part)))


def _containing(text: str) -> str:
    """A pattern (of ILIKE) for names that contain a text."""
    escaped = re.sub(r"([\\%_])", r"\\\1", text)
    return f"%{escaped}%"
